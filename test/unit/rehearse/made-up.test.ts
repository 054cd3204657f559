import assert from 'node:assert/strict';
import { compilePolicy, readPolicy } from '../../../src/pipeline.ts';
import { madeUpTable } from '../../../src/rehearse/made-up.ts';
import { policyOf, textOf } from '../../support/parsed.ts';

const POLICY = `version: 1
sarefs: pluto
entries:
  - { conn: far, dst: 192.168.0.0/24 }
  - { conn: near, dst: 192.168.1.0/24 }
  - { conn: own, dst: 192.168.2.0/24, saref: { refhim: 2, ref: 9 } }
  - { conn: far, dst: 192.168.3.0/24 }
  - { conn: last, dst: 192.168.5.0/24 }
`;

describe('a made-up table of SArefs', () => {
  const table = madeUpTable(policyOf(POLICY));

  it('numbers the conns in the order of the entries, past the numbers that entries give', () => {
    assert.deepEqual(
      table.lines.map(({ conn, refhim, ref }) => [conn.value, refhim?.value, ref?.value]),
      [
        ['far', 1, 1],
        ['near', 3, 3],
        ['last', 4, 4],
      ],
    );
  });

  it('has its places where the policy first names the conn', () => {
    const [far] = table.lines;
    assert.ok(far?.refhim);
    assert.equal(textOf(far.refhim.span), 'far');
    assert.equal(far.refhim.span.start, POLICY.indexOf('far'));
  });

  it('is all that a policy with sarefs: pluto lacks', () => {
    const reading = readPolicy({ name: 'policy.yaml', text: POLICY });
    const { compiled, diagnostics } = compilePolicy(reading, table);
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      compiled?.plan.entries.map(({ sarefs }) => (sarefs === 'down' ? 'down' : sarefs.refhim)),
      [1, 3, 2, 1, 4],
    );
  });

  it('is empty for a policy without entries', () => {
    assert.deepEqual(madeUpTable(policyOf('version: 1\nsarefs: pluto\nentries: []\n')).lines, []);
  });
});
