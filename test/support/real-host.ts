import { openNamespace } from '../../src/system/namespace.ts';
import type { TestHost } from './apply-suite.ts';

/** A namespace with a mast0 that is up. */
export async function openHost(): Promise<TestHost> {
  const host = await openNamespace();
  const device = [
    'link add mast0 type veth peer name far',
    'link set dev mast0 arp off',
    'link set dev far up',
  ];
  await host.mustRun({
    argv: ['ip', '-batch', '-'],
    stdin: [...device, 'link set dev mast0 up', ''].join('\n'),
  });
  return host;
}
