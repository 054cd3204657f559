import fc from 'fast-check';

/** What means something to a shell, to YAML, to iptables-restore or to a terminal, and what looks like an option. */
const PIECES = [
  ...[
    '-',
    '--',
    '-j',
    '--comment',
    '-A',
    '!',
    '"',
    "'",
    '\\',
    '\\"',
    '`id`',
    '$(id)',
    '$HOME',
    ';',
    '#',
    '|',
    '&',
  ],
  ...[
    '*',
    '?',
    '~',
    '<',
    '>',
    '=',
    '{',
    '}',
    ',',
    ':',
    '[2]',
    '/0x1',
    '%',
    '@',
    'COMMIT',
    '*mangle',
    'saref-mark',
  ],
  ...[
    'é',
    'ÿ',
    '\u00a0',
    '\u{1f600}',
    '\ufffd',
    '\ufeff',
    '\u202e',
    ' ',
    '\t',
    '\n',
    '\r',
    '\0',
    '\u001b[2J',
  ],
  ...['\u007f', '\u0085', '\u009b', '\u2028', '\ud800', '\udfff', 'x'],
];

/** Text of whatever characters, halves of some among them, in the bytes of a comment or a few more. */
export function anyName(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...PIECES) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.nat({ max: 255 }).map((code) => String.fromCharCode(code)) },
  );
  const short = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
  const long = fc
    .tuple(short, fc.integer({ min: 20, max: 260 }))
    .map(([text, length]) => text.repeat(length).slice(0, length));
  return fc.oneof({ weight: 6, arbitrary: short }, { weight: 1, arbitrary: long });
}
