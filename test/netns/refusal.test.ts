import assert from 'node:assert/strict';
import { applyHost } from '../../src/apply/apply.ts';
import { locateRefusal } from '../../src/apply/refusal.ts';
import { appliedReport } from '../../src/cli/applied-report.ts';
import { refusedRule } from '../../src/cli/refused-rule.ts';
import { goalOf } from '../../src/pipeline.ts';
import { findBackend } from '../../src/system/backend.ts';
import { hostTools } from '../../src/system/host-tools.ts';
import { openTrialPlace } from '../../src/system/trial.ts';
import { compiledOf } from '../support/compiled.ts';
import { BACKENDS, openLab, whyNoNamespace } from '../support/lab.ts';

/** The kernel takes owner in OUTPUT alone, and sees the jump from PREROUTING only when all is together. */
const OWNED = '-A OWN -m owner --uid-owner 0 -j ACCEPT';

const SCRIPT = [
  '*mangle',
  ':OWN - [0:0]',
  '-A OWN -s 10.1.1.1/32 -j ACCEPT',
  OWNED,
  '-A OWN -s 10.1.1.2/32 -j ACCEPT',
  '-A PREROUTING -j OWN',
  'COMMIT',
  '',
].join('\n');

function rulesOf(text: string): string {
  return text.replace(/^#.*\n/gm, '');
}

for (const backend of BACKENDS) {
  describe(`a refusal by the kernel, ${backend}`, function () {
    this.timeout(30_000);

    before(async function () {
      if ((await whyNoNamespace()) !== undefined) this.skip();
    });

    it('is traced to its rule by trying', async () => {
      const lab = await openLab(backend);
      const place = await openTrialPlace(lab.tools.backend);
      try {
        await assert.rejects(lab.tools.restore(SCRIPT));
        const isSuspect = (index: number): boolean => index > 1 && index < 5;
        const table = await lab.tools.readTable();
        assert.deepEqual(await locateRefusal({ table, script: SCRIPT, isSuspect }, place.trial), {
          where: 'script',
          text: OWNED,
          index: 3,
        });
        // but for the date
        assert.equal(rulesOf(await lab.tools.readTable()), rulesOf(table));
      } finally {
        await place.close();
        await lab.close();
      }
    });
  });
}

describe('a rule of others that the kernel does not want any more', function () {
  this.timeout(30_000);

  before(async function () {
    if ((await whyNoNamespace()) !== undefined || process.geteuid?.() !== 0) this.skip();
  });

  it('is named, for with legacy nobody can change the table while it is there', async () => {
    const lab = await openLab('legacy');
    const name = `saref-mark-${String(process.pid)}`;
    await lab.gateway.mustRun({ argv: ['mkdir', '/run/cgroup'] });
    await lab.gateway.mustRun({ argv: ['mount', '-t', 'cgroup2', 'cgroup2', '/run/cgroup'] });
    await lab.gateway.mustRun({ argv: ['mkdir', `/run/cgroup/${name}`] });
    const backend = await findBackend(lab.gateway.execute, 'legacy');
    const tools = hostTools(lab.gateway.execute, { backend, waitSeconds: 5 });
    try {
      await tools.restore(`*mangle\n-A OUTPUT -m cgroup --path ${name} -j ACCEPT\nCOMMIT\n`);
    } finally {
      await lab.gateway.mustRun({ argv: ['rmdir', `/run/cgroup/${name}`] });
    }
    const compiled = compiledOf('version: 1\nsarefs: { a: 1 }\nentries: [{ conn: a, dst: 10.0.0.0/8 }]\n');
    const applied = await applyHost(tools, goalOf(compiled));
    const report = await appliedReport(applied, 'site.yaml', { refused: await refusedRule(applied, tools) });
    assert.equal(applied.kind, 'undone');
    assert.match(
      report.diagnostics[0]?.detail ?? '',
      new RegExp(
        `in the table already, as a trial in a namespace shows:\\n {4}-A OUTPUT -m cgroup --path "?${name}"? -j ACCEPT`,
      ),
    );
    await lab.close();
  });
});
