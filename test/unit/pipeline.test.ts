import assert from 'node:assert/strict';
import { emptyHost } from '../../src/host/state.ts';
import { compilePolicy, diffPolicy, readPolicy } from '../../src/pipeline.ts';
import { compiledOf } from '../support/compiled.ts';

const TEXT = 'version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 192.168.0.0/24 }]\n';

describe('compilePolicy', () => {
  it('gives what the policy means and what a host should hold for it', () => {
    const { plan, host } = compiledOf(TEXT);
    assert.equal(plan.entries.length, 1);
    assert.ok(host.tables.mangle.chains.has('SAREF-ENTRIES'));
  });

  it('compiles nothing from what is no YAML, has another shape or fails a check', () => {
    const codes = ['a: [', 'version: 1', TEXT.replace('a: 1', 'a: 0')].map((text) => {
      const { compiled, diagnostics } = compilePolicy(readPolicy({ name: 'policy.yaml', text }));
      assert.equal(compiled, undefined);
      return diagnostics[0]?.code;
    });
    assert.deepEqual(codes, ['SM1001', 'SM1002', 'SM1201']);
  });

  it('sorts what all checks find by its place', () => {
    const text = `version: 1
entries:
  - { conn: a, dst: 192.168.0.1/24 }
  - { conn: b, src: 10.9.1.1, dst: 192.168.0.300 }
sarefs: { a: 0 }
`;
    const { diagnostics } = compilePolicy(readPolicy({ name: 'policy.yaml', text }));
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ['SM1402', 'SM1301', 'SM1401', 'SM1201'],
    );
  });
});

describe('diffPolicy', () => {
  it('has steps to a host with nothing of ours, and none to the host that is compiled', () => {
    const compiled = compiledOf(TEXT);
    assert.ok(diffPolicy(compiled, emptyHost(compiled.host)).length > 0);
    assert.deepEqual(diffPolicy(compiled, compiled.host), []);
  });
});
