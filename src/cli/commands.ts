import type { CommandSpec } from './command.ts';

const POLICY = { usage: 'POLICY.yaml', help: 'POLICY.yaml is a file, or - for stdin.' };

/** In the order in which one comes to need them. */
export const COMMANDS: Readonly<Record<string, CommandSpec>> = {
  check: {
    summary: 'say what is wrong with a policy',
    operands: POLICY,
    options: {},
    load: () => import('./commands/check.ts'),
  },
  compile: {
    summary: 'print what apply would run on a host with nothing of ours',
    operands: POLICY,
    options: {},
    load: () => import('./commands/compile.ts'),
  },
  rehearse: {
    summary: 'apply the policy in a namespace of its own, send packets, count their nfmarks',
    operands: POLICY,
    options: {
      break: {
        help: 'break the first entry on purpose: the rehearsal must fail',
        choices: ['rule', 'saref', 'interface'],
      },
    },
    load: () => import('./commands/rehearse.ts'),
  },
  apply: {
    summary: 'bring this host to the policy',
    operands: POLICY,
    options: {
      wait: { help: 'how long to wait for the lock of the tables', placeholder: 'SECONDS', default: '10' },
    },
    load: () => import('./commands/apply.ts'),
  },
  explain: {
    summary: 'say what a code like SM1201 means, and what to do',
    operands: {
      usage: '[CODE]',
      help: 'CODE stands in the brackets of an error or a warning; without it: a list.',
    },
    options: {},
    load: () => import('./commands/explain.ts'),
  },
  mark: {
    summary: 'say which nfmark a SAref has, and which SAref is in an nfmark',
    operands: {
      usage: 'VALUE...',
      help: 'VALUE is a SAref (1 to 32767) or an nfmark: 0x80120000, 2148663296 or 0x80120000/0xffff0000.',
    },
    options: {},
    load: () => import('./commands/mark.ts'),
  },
};
