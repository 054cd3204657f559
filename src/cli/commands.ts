import type { CommandSpec } from './command.ts';

export const COMMANDS: Readonly<Record<string, CommandSpec>> = {
  check: {
    summary: 'say what is wrong with a policy',
    options: {},
    load: () => import('./commands/check.ts'),
  },
  compile: {
    summary: 'print what apply would run on a host with nothing of ours',
    options: {},
    load: () => import('./commands/compile.ts'),
  },
  apply: {
    summary: 'bring this host to the policy',
    options: {
      wait: { help: 'how long to wait for the lock of the tables', placeholder: 'SECONDS', default: '10' },
    },
    load: () => import('./commands/apply.ts'),
  },
  rehearse: {
    summary: 'apply the policy in a namespace of its own, send packets, count their nfmarks',
    options: {
      break: {
        help: 'break the first entry on purpose: the rehearsal must fail',
        choices: ['rule', 'saref', 'interface'],
      },
    },
    load: () => import('./commands/rehearse.ts'),
  },
};
