import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { onHost, plugins, stack } from './stack.js';

const MAP = { use: 'idmap', uidMap: ['map:0:100000:1000'], gidMap: ['map:0:200000:1000'] };

for (const plugin of plugins) {
  test(`${plugin}: ids are mapped in requests and in replies of every kind`, async (t) => {
    const { fs, scene, as } = await stack(t, plugin).serve([MAP]);
    await fs.chown('/', 0, 0);
    await fs.chmod('/', 0o777);
    as(7, 8);
    await scene.file('f');
    await fs.mkdir('d');
    for (const name of ['f', 'd']) {
      const { uid, gid } = await fs.stat(name);
      t.deepEqual([uid, gid], [7, 8], name);
    }
    as(0);
    await fs.chown('f', 9, -1);
    t.is((await fs.stat('f')).uid, 9);
    await scene.names();
    t.is((await fs.stat('f')).uid, 9);
  });

  test(`${plugin}: two maps, one within the other, are applied one after the other`, async (t) => {
    const { fs, mount } = await stack(t, plugin).serve([{ use: 'idmap', uidMap: ['map:0:1000:10'] }, { use: 'idmap', uidMap: ['map:1000:100000:10'] }]);
    await fs.chown('/', 3, 0);
    t.is((await fs.stat('/')).uid, 3);
    t.falsy(mount.plugin.definition?.posixAcl);
  });

  test(`${plugin}: ACLs are hidden and refused, other attributes pass; a forbidden user makes nothing`, async (t) => {
    const { fs, as } = await stack(t, plugin).serve([{ use: 'idmap', uidMap: ['forbid-guest:5:1'] }]);
    await fs.chmod('/', 0o777);
    await fs.mkdir('d');
    await fs.setxattr('d', 'user.x', 'y');
    await t.throwsAsync(fs.setxattr('d', 'system.posix_acl_access', 'z'), { message: /ENOTSUP|EOPNOTSUPP/ });
    await t.throwsAsync(fs.getxattr('d', 'system.posix_acl_access'), { message: /ENOTSUP|EOPNOTSUPP/ });
    t.deepEqual(await fs.listxattr('d'), ['user.x']);
    as(5);
    await t.throwsAsync(fs.mkdir('e'), { code: 'EPERM' });
    await fs.stat('d');
  });
}

onHost('on this host: files belong to mapped users, as the host sees it', [MAP], async (t, at, source) => {
  writeFileSync(path.join(at, 'f'), 'content');
  t.is(statSync(path.join(source, 'f')).uid, 100_000);
  t.is(statSync(path.join(source, 'f')).gid, 200_000);
  t.is(statSync(path.join(at, 'f')).uid, 0);
  execFileSync('chown', ['5:6', 'f'], { cwd: at });
  t.is(statSync(path.join(source, 'f')).uid, 100_005);
  t.deepEqual(execFileSync('ls', ['-ln', 'f'], { cwd: at, encoding: 'utf8' }).split(/ +/).slice(2, 4), ['5', '6']);
});
