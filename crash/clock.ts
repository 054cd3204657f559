import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BackendName } from '../src/system/backend.ts';
import { BIN } from '../test/support/bin.ts';
import type { Ground } from './ground.ts';
import { hostText, openGround } from './ground.ts';
import { policyTexts } from './policies.ts';
import { survivorsOf, TOOLS } from './victim.ts';

const JUMPING = fileURLToPath(new URL('jumping-clock.js', import.meta.url));

const SECONDS = 4;

/** Under a load of others, how late it may be. */
const LATE_SECONDS = 60;

/**
 * A change that nobody confirms, while the clock of the wall jumps by a day, to and fro, each time that the program
 * or who waits for it asks for it. Others have no way to set it for one process; the machine's own is let alone.
 *
 * @returns losses
 */
export async function changeUnderJumpingClock(backend: BackendName): Promise<string[]> {
  const ground = await openGround(backend);
  try {
    const before = await hostText(ground);
    const policy = await ground.write('first.yaml', policyTexts('rules').first);
    const begin = performance.now();
    const { exitCode, stderr } = await applyJumping(ground, policy);
    if (exitCode !== 0) return [`apply --confirm: ${stderr}`];
    while ((await hostText(ground)) !== before) {
      if (performance.now() - begin > (SECONDS + LATE_SECONDS) * 1000) return ['it did not go back in time'];
      await setTimeout(50);
    }
    return performance.now() - begin < SECONDS * 1000 ? ['it went back too early'] : [];
  } finally {
    for (const { pid } of survivorsOf(ground)) process.kill(pid, 'SIGKILL');
    await ground.close();
  }
}

/** Who waits is started with the same environment. */
function applyJumping(ground: Ground, policy: string): ReturnType<Ground['run']> {
  const { namespace, backend } = ground;
  const path = `PATH=${ground.pathOf(TOOLS)}:${process.env['PATH'] ?? ''}`;
  const program = [process.execPath, BIN, 'apply', '--insecure-policy', '--backend', backend, policy];
  return namespace.execute({
    argv: ['env', path, `NODE_OPTIONS=--import ${JUMPING}`, ...program, '--confirm', `${String(SECONDS)}s`],
  });
}
