import type { Diagnostic, Label } from '../diagnostics/diagnostic.ts';
import { isError } from '../diagnostics/diagnostic.ts';
import type { Span } from '../diagnostics/source.ts';
import type { MarkPlan } from '../plan/plan.ts';
import type { ConfAnswer } from '../system/ipsec-conf.ts';
import type { Check } from './check.ts';
import { checkOf, notApplicable, notChecked } from './check.ts';
import type { ConnSection } from './ipsec-conf.ts';
import { parseIpsecConf, settingOf } from './ipsec-conf.ts';

const NAME = 'updown script';

/** Whether the stock updown script writes rules of its own: what `sareftrack` of ipsec.conf says. */
export function checkUpdown(plan: MarkPlan, answer: ConfAnswer): Check {
  if (answer.kind === 'absent') return notApplicable(NAME, `there is no ${answer.name}`);
  if (answer.kind === 'unreadable') return notChecked(NAME, `${answer.name} cannot be read: ${answer.why}`);
  const sections = answer.files.flatMap(parseIpsecConf);
  const conns = new Set([...loadedConns(sections), ...connsOf(plan, sections)]);
  const writing = [...conns].flatMap((conn) => writingOf(sections, conn) ?? []);
  const diagnostics = diagnosticsOf(plan, writing);
  const text =
    writing.length === 0
      ? 'writes no rules'
      : diagnostics.some(isError)
        ? `writes rules that do not go with tracking: ${plan.tracking}`
        : 'writes rules in front of ours';
  const unknown = connsOf(plan).filter((conn) => !sections.some(({ name }) => name === conn));
  const remark = unknown.length === 0 ? '' : `; not in ${NAMED}: ${unknown.join(', ')}`;
  return checkOf({ name: NAME, text: `${text}${remark}`, diagnostics });
}

const NAMED = 'ipsec.conf';

/** An alias `name/0x1` and an instance `name[2]` have the section of their conn; one that has none is left out. */
function connsOf({ entries }: MarkPlan, sections?: readonly ConnSection[]): string[] {
  const names = new Set(
    entries.map(({ conn }) => conn.replace(/\[[0-9.]+\]$/, '').replace(/\/[0-9]+x[0-9]+$/, '')),
  );
  return [...names].filter((conn) => sections?.some(({ name }) => name === conn) !== false);
}

/** The others that pluto loads when it starts. */
function loadedConns(sections: readonly ConnSection[]): string[] {
  const names = sections.map(({ name }) => name).filter((name) => name !== '%default');
  return names.filter((name) =>
    /^(?:add|start|route|ondemand|up)$/.test(settingOf(sections, name, 'auto')?.value ?? ''),
  );
}

interface Writing {
  readonly value: string;
  /** What says so; the name of the conn where nothing does. */
  readonly span: Span;
  readonly isSaid: boolean;
}

/** Where nothing is said, sareftrack is yes: Openswan 2.6.32 and later, Libreswan up to 3.27. */
function writingOf(sections: readonly ConnSection[], conn: string): Writing | undefined {
  const own = ['leftupdown', 'rightupdown'].flatMap((key) => settingOf(sections, conn, key)?.value ?? []);
  const isStock = own.every((script) => /^(?:\S*ipsec )?\S*_updown(?:\.mast)?$/.test(script));
  const said = settingOf(sections, conn, 'sareftrack');
  if (!isStock || said?.value === 'no') return undefined;
  const section = sections.find(({ name }) => name === conn) as ConnSection;
  return { value: said?.value ?? 'yes', span: said?.span ?? section.span, isSaid: said !== undefined };
}

const FITTING = { packet: 'yes', flow: 'conntrack' } as const;
const MOST_LABELS = 3;

function diagnosticsOf({ tracking }: MarkPlan, writing: readonly Writing[]): Diagnostic[] {
  const fitting = FITTING[tracking];
  const [fits, misfits] = [true, false].map((wanted) =>
    writing.filter(({ value }) => (value === fitting) === wanted),
  ) as [Writing[], Writing[]];
  const help = 'in conn %default, or in each conn:\nsareftrack=no';
  return [
    ...(misfits.length === 0
      ? []
      : [
          {
            code: 'SM4010' as const,
            labels: labelsOf(misfits),
            detail: `The policy says tracking: ${tracking}, and has the frame of sareftrack=${fitting}. The script empties it when such a conn comes up.${restText(misfits)}`,
            help,
          },
        ]),
    ...(fits.length === 0
      ? []
      : [
          {
            code: 'SM4011' as const,
            labels: labelsOf(fits),
            detail: `Its rules come in front of ours each time when such a conn comes up, until the next apply.${restText(fits)}`,
            help,
          },
        ]),
  ];
}

function labelsOf(writing: readonly Writing[]): Label[] {
  const places = new Map(writing.map((one) => [`${one.span.source.name} ${String(one.span.start)}`, one]));
  return [...places.values()].slice(0, MOST_LABELS).map(({ span, value, isSaid }) => ({
    span,
    text: isSaid ? 'has the script write rules' : `says no sareftrack, which then is ${value}`,
  }));
}

function restText({ length }: readonly Writing[]): string {
  return length === 1 ? '' : ` ${String(length)} conns do so.`;
}
