import assert from 'node:assert/strict';
import { commandText, executeHere, narrated } from '../../../src/system/execute.ts';

describe('a command', () => {
  it('is told so that a shell would run the same', async () => {
    const words = [
      'plain',
      "it's",
      'two words',
      '$HOME',
      '`id`',
      '',
      'a;b',
      '*',
      '\\',
      '"',
      'é',
      '!x',
      '#y',
      '~',
    ];
    const { stdout } = await executeHere({
      argv: ['sh'],
      stdin: commandText({ argv: ['printf', '%s\\n', ...words] }),
    });
    assert.equal(stdout, `${words.join('\n')}\n`);
  });

  it('is told with its input', async () => {
    const stdin = 'one $HOME\ntwo `id`\n';
    const { stdout } = await executeHere({ argv: ['sh'], stdin: commandText({ argv: ['cat'], stdin }) });
    assert.equal(stdout, stdin);
  });

  it('is told with the UTF-8 that the bytes of its input are', () => {
    const stdin = Buffer.from('-A IPSEC -m comment --comment "zürich"').toString('latin1');
    assert.equal(
      commandText({ argv: ['iptables-restore'], stdin }),
      `iptables-restore <<'END'\n-A IPSEC -m comment --comment "zürich"\nEND\n`,
    );
  });

  it('is told before it runs', async () => {
    const told: string[] = [];
    const execute = narrated(
      (command) => {
        told.push(`run ${command.argv[0]}`);
        return Promise.resolve({ exitCode: 0, stdout: '', stderr: '' });
      },
      (text) => told.push(text),
    );
    await execute({ argv: ['true'] });
    assert.deepEqual(told, ['true\n', 'run true']);
  });

  it('gives its exit code, and every byte of what it says', async () => {
    const argv = [
      process.execPath,
      '-e',
      'process.stdout.write(Buffer.from([0xff, 0xe9, 10])); process.exitCode = 3',
    ] as const;
    assert.deepEqual(await executeHere({ argv }), { exitCode: 3, stdout: '\u00ff\u00e9\n', stderr: '' });
  });

  it('speaks no language but C', async () => {
    const { stdout } = await executeHere({ argv: ['sh', '-c', 'echo $LC_ALL'] });
    assert.equal(stdout, 'C\n');
  });

  it('is missing, not to be started, or killed when it takes too long', async () => {
    assert.equal((await executeHere({ argv: ['/nonexistent/tool'] })).failure, 'missing');
    const folder = await executeHere({ argv: ['/etc'] });
    assert.deepEqual([folder.failure, folder.stderr.includes('EACCES')], ['not started', true]);
    const slow = await executeHere({ argv: ['sleep', '30'], timeLimitSeconds: 0.05 });
    assert.deepEqual([slow.exitCode, slow.failure], [undefined, 'timed out']);
  });
});
