import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Entry, Policy } from '../policy.ts';

/** SM1310, SM1407, SM1408, SM1409, SM1511, SM1512: who sends a packet, as far as the kernel can tell. */
export function checkSender({ entries }: Policy): Diagnostic[] {
  return entries.flatMap((entry) => [
    ...checkAccounts(entry),
    ...checkCgroup(entry),
    ...checkDscp(entry),
    ...checkArrival(entry),
  ]);
}

function checkAccounts({ user, group }: Entry): Diagnostic[] {
  return [user ?? [], group ?? []].flat().flatMap(({ value, span }): Diagnostic[] => {
    switch (value.kind) {
      case 'known':
        return [];
      case 'assumed':
        return [{ code: 'SM1511', labels: [{ span, text: 'has no account here' }] }];
      case 'unknown':
        return [
          {
            code: 'SM1408',
            labels: [{ span, text: 'has no account here' }],
            detail: 'The kernel knows numbers alone, and without one there is nothing to ask for.',
            help: 'see who there is, or write the number:\ngetent passwd\ngetent group',
          },
        ];
      /* c8 ignore next 2 */
      default:
        return value satisfies never;
    }
  });
}

/** One byte of 512 is for the end (struct xt_cgroup_info_v2 in linux/netfilter/xt_cgroup.h). */
const MOST_BYTES = 511;

function checkCgroup({ cgroup }: Entry): Diagnostic[] {
  if (cgroup === undefined) return [];
  const {
    value: { path, isThere },
    span,
  } = cgroup;
  const isPath = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (isPath && new TextEncoder().encode(path).length <= MOST_BYTES)
    return isThere
      ? []
      : [
          {
            code: 'SM1512',
            labels: [{ span, text: 'is not there now' }],
            help: `see what there is:\nsystemd-cgls`,
          },
        ];
  return [
    {
      code: 'SM1409',
      labels: [{ span, text: 'is no path of a cgroup' }],
      help: `its path under the root of the hierarchy, as in /proc/PID/cgroup, at most ${String(MOST_BYTES)} bytes:\ncgroup: system.slice/backup.service`,
    },
  ];
}

function checkDscp({ dscp }: Entry): Diagnostic[] {
  if (dscp === undefined || dscp.value !== undefined) return [];
  return [
    {
      code: 'SM1407',
      labels: [{ span: dscp.span, text: 'is no DSCP' }],
      help: 'a number from 0 to 63, or a class such as af31, cs1 or ef',
    },
  ];
}

/** No packet has a socket here and comes in. */
function checkArrival({ conn, inInterface, user, group, cgroup, socket }: Entry): Diagnostic[] {
  const sender = user ?? group ?? cgroup ?? socket;
  if (sender === undefined || inInterface === undefined) return [];
  return [
    {
      code: 'SM1310',
      labels: [
        { span: conn.span, text: `is for packets that come in by ${inInterface}` },
        { span: sender.span, text: 'and that a program here sends' },
      ],
      help: 'two entries: one with in:, and one that says who sends',
    },
  ];
}
