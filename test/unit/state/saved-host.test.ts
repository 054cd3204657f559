import assert from 'node:assert/strict';
import fc from 'fast-check';
import { diffHosts } from '../../../src/delta/delta.ts';
import { printHost } from '../../../src/host/print.ts';
import { fingerprintOf } from '../../../src/state/fingerprint.ts';
import { isSavedHost, loadHost, saveHost } from '../../../src/state/saved-host.ts';
import { compiledOf } from '../../support/compiled.ts';
import { hostOf } from '../../support/hosts.ts';
import { anyPolicy } from '../../support/policies.ts';
import { printPolicy } from '../../support/written.ts';

const POLICY = `version: 1
sarefs: { café: { refhim: 18, ref: 17 }, "it's": { refhim: 22, ref: 21 } }
entries: [{ conn: café, dst: 192.168.0.0/24 }, { conn: "it's", dst: 192.168.1.0/24 }]
`;

/** So many networks that they are elements of a set. */
const LONG = `version: 1
layout: sets
sarefs: { café: 18 }
entries: [${Array.from({ length: 99 }, (_, at) => `{ conn: café, dst: 10.${String(at)}.0.0/16 }`).join(', ')}]
`;

describe('a saved host', () => {
  it('has its sets, and another fingerprint with another element', () => {
    const { host, ours } = compiledOf(LONG);
    const [name = '', set] = [...host.sets][0] ?? [];
    assert.ok(set);
    const loaded = loadHost(JSON.parse(JSON.stringify(saveHost(host))) as ReturnType<typeof saveHost>);
    assert.equal(loaded && printHost(loaded), printHost(host));
    const [entry = '', element] = [...set.elements][0] ?? [];
    assert.ok(element);
    const elements = new Map([...set.elements, [entry, { ...element, mark: undefined }]]);
    const changed = { ...host, sets: new Map([[name, { ...set, elements }]]) };
    assert.notEqual(fingerprintOf(changed, ours), fingerprintOf(host, ours));
    assert.equal(fingerprintOf({ ...host }, ours), fingerprintOf(host, ours));
  });

  it('is what it was when it is read from a file', () => {
    for (const host of [compiledOf(POLICY).host, compiledOf(POLICY).ours, hostOf(), hostOf({ link: '' })]) {
      const saved: unknown = JSON.parse(JSON.stringify(saveHost(host)));
      assert.ok(isSavedHost(saved));
      const loaded = loadHost(saved);
      assert.ok(loaded);
      assert.equal(printHost(loaded), printHost(host));
      assert.deepEqual([loaded.link, loaded.routes.table], [host.link, host.routes.table]);
      assert.deepEqual(diffHosts({ live: loaded, target: host, ours: host }), []);
    }
  });

  it('is what it was, whatever the policy', () => {
    fc.assert(
      fc.property(anyPolicy(), (policy) => {
        const { host } = compiledOf(printPolicy(policy));
        const loaded = loadHost(saveHost(host));
        assert.ok(loaded);
        assert.equal(printHost(loaded), printHost(host));
      }),
      { numRuns: 50 },
    );
  });

  it('is none when a part is missing or of another kind', () => {
    const whole = saveHost(hostOf());
    assert.equal(isSavedHost({ ...whole, texts: { ...whole.texts, raw: '*raw\nCOMMIT\n' } }), true);
    for (const value of [
      undefined,
      null,
      7,
      {},
      { ...whole, device: 7 },
      { ...whole, table: '50' },
      { ...whole, texts: { ...whole.texts, nat: 7 } },
      { ...whole, texts: { ...whole.texts, routes: undefined } },
    ])
      assert.equal(isSavedHost(value), false, JSON.stringify(value));
  });

  it('is none when its rules are cut off', () => {
    const whole = saveHost(hostOf());
    assert.equal(loadHost({ ...whole, texts: { ...whole.texts, mangle: '*mangle\n' } }), undefined);
  });
});
