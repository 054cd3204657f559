import type { BackendName } from '../../src/system/backend.ts';
import type { Figure } from '../figure.ts';
import { measured } from '../figure.ts';
import type { BenchHost } from '../lab/host.ts';
import { ipBatch, keepText, onHost, restore } from '../lab/host.ts';
import { STOCK_ROUTING, stockTable, stockWords } from '../lab/peer-text.ts';
import type { BenchConn } from '../lab/policy-text.ts';
import { benchConns, policyText } from '../lab/policy-text.ts';
import { sarefMark, taken } from '../lab/run.ts';
import { spdadd } from '../lab/stock-script.ts';
import { spreadOf } from '../rounds.ts';
import type { Kind, Row, Setting } from '../row.ts';
import { counted, forEachKind, ratioFor } from '../row.ts';

/** Times less than the calls of the stock script. */
const REACH = 500;

/** Many conns come up, as after a start: with one run of ours, with one of the stock script for each. */
export const bringUp: Row = {
  name: 'bring-up',
  measure: (setting) => forEachKind(setting, measureOn),
};

async function measureOn({ backend, layout }: Kind, setting: Setting): Promise<Figure[]> {
  setting.tell(`bring-up: ${layout}, ${backend}`);
  const { scale, folder } = setting;
  const conns = benchConns(scale.many);
  const policy = keepText(folder, 'bring-up.yaml', policyText(conns, { layout }));
  const batches = Array.from({ length: Math.ceil(conns.length / scale.every) }, (_, batch) =>
    conns.slice(batch * scale.every, (batch + 1) * scale.every),
  );
  const ours: number[] = [];
  const stock = await onHost(backend, async (host) => {
    await ipBatch(host, STOCK_ROUTING);
    await restore(host, stockTable([]));
    let sum = 0;
    for (const [index, batch] of batches.entries()) {
      sum += (await addedOne(host, batch)) * batch.length;
      // ours takes its turns on the way
      if (index % Math.ceil(batches.length / scale.runs) === 0) ours.push(await applied(backend, policy));
    }
    return sum;
  });
  return [
    {
      what: `${counted(scale.many)} conns come up, ${layout}, ${backend}`,
      unit: 'ms',
      ours: spreadOf(ours),
      peer: measured(`the stock script's calls, 1 in ${String(scale.every)} timed`, spreadOf([stock])),
      ratio: ratioFor(layout, 'less', REACH),
    },
  ];
}

async function applied(backend: BackendName, policy: string): Promise<number> {
  return (await onHost(backend, (host) => taken(host, sarefMark(host, 'apply', policy)))).ms;
}

/** What the calls for the first one take; the others come in at once, as if they had. */
async function addedOne(host: BenchHost, [first, ...rest]: readonly BenchConn[]): Promise<number> {
  const ms = await spdadd(host, first as BenchConn);
  const rules = rest.map((conn) => `-I NEW_IPSEC_CONN 1 ${stockWords(conn).join(' ')}`);
  await restore(host, ['*mangle', ...rules, 'COMMIT', ''].join('\n'));
  return ms;
}
