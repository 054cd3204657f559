import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { untrustedPart } from '../../../src/system/trust.ts';

const SOMEBODY = 4242;

describe('untrustedPart', () => {
  let folder: string;
  let file: string;
  const here = process.cwd();

  beforeEach(function () {
    // only root can give files away
    if (process.geteuid?.() !== 0) this.skip();
    folder = mkdtempSync('/tmp/saref-mark-trust-');
    mkdirSync(join(folder, 'etc'));
    file = join(folder, 'etc', 'site.yaml');
    writeFileSync(file, '', { mode: 0o644 });
  });

  afterEach(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true, force: true });
  });

  const part = async (path = file, uids = [0]): Promise<string | undefined> => {
    const found = await untrustedPart(path, uids);
    return found && `${found.why} ${found.path.replace(folder, '')}`;
  };

  it('trusts a file of root, in folders of root, and in /tmp', async () => {
    assert.equal(await part(), undefined);
    assert.equal(await part('/etc/passwd'), undefined);
    process.chdir(folder);
    assert.equal(await part('etc/../etc/./site.yaml'), undefined);
  });

  for (const mode of [0o664, 0o646, 0o622, 0o602, 0o660]) {
    it(`does not trust a file of mode ${mode.toString(8)}`, async () => {
      chmodSync(file, mode);
      assert.equal(await part(), 'mode /etc/site.yaml');
    });
  }

  for (const mode of [0o644, 0o600, 0o755, 0o444, 0o4711]) {
    it(`trusts a file of mode ${mode.toString(8)}`, async () => {
      chmodSync(file, mode);
      assert.equal(await part(), undefined);
    });
  }

  it('does not trust the file of somebody else, but of whom it is told to', async () => {
    chownSync(file, SOMEBODY, 0);
    assert.equal(await part(), 'owner /etc/site.yaml');
    assert.equal(await part(file, [0, SOMEBODY]), undefined);
  });

  it("does not trust a file in a folder that others can write, or that is another's", async () => {
    chmodSync(join(folder, 'etc'), 0o775);
    assert.equal(await part(), 'mode /etc');
    chmodSync(join(folder, 'etc'), 0o755);
    chownSync(join(folder, 'etc'), SOMEBODY, 0);
    assert.equal(await part(), 'owner /etc');
    process.chdir(join(folder, 'etc'));
    assert.equal(await part('site.yaml'), 'owner /etc');
  });

  it('trusts a sticky folder of root alone, and in it nothing of others', async () => {
    chmodSync(join(folder, 'etc'), 0o1777);
    assert.equal(await part(), undefined);
    chownSync(file, SOMEBODY, 0);
    assert.equal(await part(), 'owner /etc/site.yaml');
    chownSync(join(folder, 'etc'), SOMEBODY, 0);
    chmodSync(join(folder, 'etc'), 0o1777);
    assert.equal(await part(file, [0, SOMEBODY]), 'mode /etc');
  });

  it('follows links, and looks at each part of where they lead', async () => {
    const link = join(folder, 'link.yaml');
    symlinkSync('etc/site.yaml', link);
    assert.equal(await part(link), undefined);
    lchownSync(link, SOMEBODY, 0);
    assert.equal(await part(link), 'owner /link.yaml');
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    symlinkSync(file, join(open, 'x'));
    assert.equal(await part(join(open, 'x')), 'mode /open');
    // the way back from where the link has led to, not from where it stands
    mkdirSync(join(folder, 'kept/deep'), { recursive: true });
    writeFileSync(join(folder, 'kept/x'), '');
    symlinkSync(join(folder, 'kept/deep'), join(folder, 'deep'));
    assert.equal(await part(`${folder}/deep/../x`), undefined);
    await assert.rejects(part(`${folder}/etc/../x`), { code: 'ENOENT' });
  });

  it('ends where links lead in a circle, and where there is nothing', async () => {
    symlinkSync('round', join(folder, 'round'));
    assert.equal(await part(join(folder, 'round')), undefined);
    await assert.rejects(part(join(folder, 'none')), { code: 'ENOENT' });
  });
});
