import type { CommandSpec } from './command.ts';
import type { OptionSpec } from './options.ts';

const POLICY = { usage: 'POLICY.yaml', help: 'POLICY.yaml is a file, or - for stdin.' };

const SAREFS: OptionSpec = {
  help: 'a map of SArefs, or the text of ipsec auto --status; pluto: what it says now',
  placeholder: 'FILE|pluto',
};

const LAYOUT: OptionSpec = {
  help: "how entries become rules, over the policy's layout:",
  choices: ['auto', 'rules', 'tree', 'sets'],
};

const WAIT: OptionSpec = {
  help: 'how long to wait for a lock, of the tables or of another saref-mark',
  placeholder: 'SECONDS',
  default: '10',
};

const STATE_DIR: OptionSpec = {
  help: 'where journal and history are kept',
  placeholder: 'DIR',
  default: '/var/lib/saref-mark',
};

/** For whoever changes the host. */
const STATE = {
  'state-dir': STATE_DIR,
  'no-state': { help: 'keep neither: a run that is killed is not ended, and cannot be taken back' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const CONFIRM: OptionSpec = {
  help: 'go back by itself, unless saref-mark confirm comes within this time: 60s, 5m, 1h',
  placeholder: 'TIME',
};

const NOTHING = { usage: '', help: 'It takes no words.' };

const INSECURE_POLICY: OptionSpec = {
  help: 'as root, take files that others than root and you can write',
};

/** In the order in which one comes to need them. */
export const COMMANDS: Readonly<Record<string, CommandSpec>> = {
  check: {
    summary: 'say what is wrong with a policy',
    operands: POLICY,
    options: {
      strict: { help: 'warnings are errors, too' },
      host: { help: 'what verify can say of this host before anything is applied; only reads' },
      sarefs: { ...SAREFS, help: `with --host: ${SAREFS.help}` },
      layout: { ...LAYOUT, help: `with --host: ${LAYOUT.help}` },
      wait: { ...WAIT, help: `with --host: ${WAIT.help}` },
    },
    load: () => import('./commands/check.ts'),
  },
  compile: {
    summary: 'print what apply would run on a host with nothing of ours',
    operands: POLICY,
    options: {
      sarefs: SAREFS,
      layout: LAYOUT,
      emit: {
        help: 'one stage of the way there',
        choices: ['policy', 'plan', 'rules', 'script', 'sets', 'routing'],
      },
    },
    load: () => import('./commands/compile.ts'),
  },
  trace: {
    summary: 'follow one packet through the rules: its mark, its route, the entry that decides',
    operands: POLICY,
    options: {
      packet: {
        help: "'udp 10.9.1.4:4000 -> 192.168.0.10:53 in eth1', with mark, ctmark and direction behind it",
        placeholder: 'PACKET',
      },
      local: { help: 'addresses of this host, with commas', placeholder: 'ADDRESSES' },
      live: { help: 'the rules of this dump of iptables-save, not those of the policy', placeholder: 'FILE' },
      sarefs: SAREFS,
      layout: LAYOUT,
    },
    load: () => import('./commands/trace.ts'),
  },
  diff: {
    summary: 'say what apply would change, for which packets, with examples',
    operands: POLICY,
    options: {
      against: { help: 'another policy to compare with, not this host', placeholder: 'OLD-POLICY.yaml' },
      live: { help: 'a dump of iptables-save to compare with, not this host', placeholder: 'FILE' },
      wait: WAIT,
      sarefs: SAREFS,
      layout: LAYOUT,
      'detailed-exitcode': { help: 'exit 2 where there are differences' },
    },
    load: () => import('./commands/diff.ts'),
  },
  sarefs: {
    summary: 'print the table of SArefs in use, and which conns of the policy are down',
    operands: { usage: '[POLICY.yaml]', help: 'Without a policy: the table that --sarefs names.' },
    options: { sarefs: SAREFS },
    load: () => import('./commands/sarefs.ts'),
  },
  rehearse: {
    summary: 'apply the policy in a namespace of its own, send packets, count their nfmarks',
    operands: POLICY,
    options: {
      sarefs: SAREFS,
      layout: LAYOUT,
      break: {
        help: 'break the first entry on purpose, or answers: the rehearsal must fail',
        choices: ['rule', 'saref', 'interface', 'answers'],
      },
    },
    load: () => import('./commands/rehearse.ts'),
  },
  apply: {
    summary: 'bring this host to the policy',
    operands: POLICY,
    options: {
      sarefs: SAREFS,
      layout: LAYOUT,
      wait: WAIT,
      confirm: CONFIRM,
      ...STATE,
      'insecure-policy': INSECURE_POLICY,
      'dry-run': { help: 'what diff says: nothing is written' },
      'detailed-exitcode': { help: 'with --dry-run: exit 2 where there are differences' },
    },
    load: () => import('./commands/apply.ts'),
  },
  confirm: {
    summary: 'say that a change is well: it stays',
    operands: {
      usage: 'TOKEN',
      help: 'TOKEN is the word that apply --confirm printed, and that status prints.',
    },
    options: { wait: WAIT, 'state-dir': STATE_DIR },
    load: () => import('./commands/confirm.ts'),
  },
  status: {
    summary: 'say what was applied, when and by whom, and whether this host still holds it',
    operands: NOTHING,
    options: { 'state-dir': STATE_DIR, 'detailed-exitcode': { help: 'exit 2 where it does not' } },
    load: () => import('./commands/status.ts'),
  },
  history: {
    summary: 'list the changes of this host since its boot, the last one first',
    operands: NOTHING,
    options: { 'state-dir': STATE_DIR },
    load: () => import('./commands/history.ts'),
  },
  rollback: {
    summary: 'go back to the state before one of the last changes',
    operands: { usage: '[N]', help: 'N is the number of a change in the history; without it: the last one.' },
    options: {
      wait: WAIT,
      confirm: CONFIRM,
      'state-dir': STATE_DIR,
      'dry-run': { help: 'say what would change: nothing is written' },
      'detailed-exitcode': { help: 'with --dry-run: exit 2 where there are differences' },
    },
    load: () => import('./commands/rollback.ts'),
  },
  recover: {
    summary: 'end what a crash has left: at boot, and whenever saref-mark was killed',
    operands: NOTHING,
    options: { wait: WAIT, 'state-dir': STATE_DIR },
    load: () => import('./commands/recover.ts'),
  },
  verify: {
    summary: 'hold this host against the policy: its rules packet by packet, its routes, its SArefs',
    operands: POLICY,
    options: {
      sarefs: SAREFS,
      layout: LAYOUT,
      wait: WAIT,
      probe: {
        help: 'send packets, too, and drop them where they are counted; send: let them go',
        choices: ['drop', 'send'],
        bare: 'drop',
      },
    },
    load: () => import('./commands/verify.ts'),
  },
  remove: {
    summary: 'take everything of ours away from this host, and nothing else',
    operands: {
      usage: '[POLICY.yaml]',
      help: 'Of POLICY.yaml the device and the routing table are used. With --all no policy is needed.',
    },
    options: {
      all: { help: 'whatever saref-mark has left here; without a policy' },
      wait: WAIT,
      ...STATE,
      'insecure-policy': INSECURE_POLICY,
      'dry-run': { help: 'say what would change: nothing is written' },
      'detailed-exitcode': { help: 'with --dry-run: exit 2 where there are differences' },
    },
    load: () => import('./commands/remove.ts'),
  },
  exec: {
    summary: 'run a program all of whose packets take a conn',
    operands: {
      usage: '--conn CONN -- PROGRAM',
      help: 'PROGRAM with its arguments. A POLICY.yaml in front of -- says the SAref of CONN; else pluto does.',
    },
    options: {
      conn: { help: 'as in ipsec.conf', placeholder: 'CONN' },
      sarefs: SAREFS,
      wait: WAIT,
      'insecure-policy': INSECURE_POLICY,
    },
    takesProgram: true,
    load: () => import('./commands/exec.ts'),
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
