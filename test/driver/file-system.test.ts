import { constants, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { RenameFlag } from '../../core/protocol/flags.js';
import { Driver, DriverError, Registry } from '../../driver/index.js';
import { type Peer, peers, temporaryDirectory } from './peers.js';

const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW, O_DIRECTORY } = constants;

interface Guest {
  readonly share: Driver;
  /** The directory on the host that the guest sees. */
  readonly host: string;
}

async function boot(t: ExecutionContext, peer: Peer): Promise<Guest> {
  const host = temporaryDirectory(t);
  const share = await Driver.connect(await peer.serve(t, host), { registry: new Registry() });
  t.teardown(() => share.close());
  await share.mount();
  return { share, host };
}

async function fails(t: ExecutionContext, work: Promise<unknown>, code: string): Promise<void> {
  const error = await t.throwsAsync(work, { instanceOf: DriverError });
  t.is(error?.code, code, error?.message);
}

for (const peer of peers) {
  const check = (title: string, work: (t: ExecutionContext, guest: Guest) => Promise<void>): void => {
    if (peer.absent) test.skip(`${peer.name}: ${title} (${peer.absent})`, () => {});
    else test(`${peer.name}: ${title}`, async (t) => work(t, await boot(t, peer)));
  };

  check('what the guest writes is on the host, and the other way round', async (t, { share, host }) => {
    const data = Uint8Array.from({ length: 3_000_001 }, (_, i) => (i * 31) % 251);
    await share.writeFile('/from-guest', data);
    t.true(readFileSync(path.join(host, 'from-guest')).equals(data));
    writeFileSync(path.join(host, 'from-host'), data);
    t.true(Buffer.from(await share.readFile('/from-host')).equals(data));
    await share.writeFile('/from-guest', 'short');
    t.is(Buffer.from(await share.readFile('from-guest')).toString(), 'short');
    t.is((await share.readFile('/from-guest')).length, 5);
    await share.writeFile('/empty', '');
    t.is((await share.readFile('/empty')).length, 0);
  });

  check('stat tells what the host tells', async (t, { share, host }) => {
    const file = path.join(host, 'file');
    writeFileSync(file, 'twelve bytes', { mode: 0o640 });
    await share.utimes('/file', { seconds: 1_000_000_000, nanoseconds: 123_456_789 }, new Date(1_500));
    const there = statSync(file, { bigint: true });
    const here = await share.stat('/file');
    t.true(here.isFile);
    t.is(here.size, 12);
    t.is(BigInt(here.ino), there.ino);
    t.is(BigInt(here.mode), there.mode);
    t.is(BigInt(here.mtime) * 1_000_000_000n + BigInt(here.mtimeNsec), there.mtimeNs);
    t.is(there.mtimeNs, 1_500_000_000n);
    t.is(there.atimeNs, 1_000_000_000_123_456_789n);
  });

  check('a directory of many names is listed whole, in several replies', async (t, { share, host }) => {
    const names = Array.from({ length: 1_000 }, (_, i) => `name-${i}-${'x'.repeat(i % 100)}`);
    mkdirSync(path.join(host, 'many'));
    for (const name of names) writeFileSync(path.join(host, 'many', name), name.slice(0, 7));
    t.deepEqual((await share.readdir('/many')).toSorted(), names.toSorted());
    const entries = await share.readdirEntries('/many', { plus: true });
    t.deepEqual(entries.map(({ name }) => name).toSorted(), names.toSorted());
    t.true(entries.every(({ stats, type, ino }) => stats?.size === 7 && type === 8 && stats.ino === ino));
  });

  check('names that are not UTF-8 survive', async (t, { share, host }) => {
    const bytes = Buffer.from([0x66, 0xff, 0xfe, 0x6f]);
    writeFileSync(Buffer.concat([Buffer.from(`${host}/`), bytes]), 'x');
    const [name] = await share.readdir('/');
    t.is(Buffer.from(await share.readFile(`/${name}`)).toString(), 'x');
    await share.rename(`/${name}`, `/${name}2`);
    t.deepEqual(readdirSync(host, { encoding: 'buffer' }), [Buffer.concat([bytes, Buffer.from('2')])]);
  });

  check('directories are made, renamed and removed', async (t, { share, host }) => {
    await share.mkdir('/a', 0o750);
    t.is(statSync(path.join(host, 'a')).mode & 0o777, 0o750);
    await share.mkdir('/a/b');
    await fails(t, share.mkdir('/a'), 'EEXIST');
    await fails(t, share.mkdir('/'), 'EEXIST');
    await fails(t, share.rmdir('/a'), 'ENOTEMPTY');
    await fails(t, share.unlink('/a'), 'EISDIR');
    await share.rename('/a/b', '/c');
    await share.rmdir('/a/');
    t.deepEqual(readdirSync(host), ['c']);
    await fails(t, share.rmdir('/nothing'), 'ENOENT');
    await fails(t, share.rmdir('/'), 'EBUSY');
    await fails(t, share.mkdir('/nothing/x'), 'ENOENT');
  });

  check('renameat2 flags keep or exchange', async (t, { share, host }) => {
    await share.writeFile('/one', '1');
    await share.writeFile('/two', '2');
    await fails(t, share.rename('/one', '/two', RenameFlag.NOREPLACE), 'EEXIST');
    await share.rename('/one', '/two', RenameFlag.EXCHANGE);
    t.is(readFileSync(path.join(host, 'one'), 'utf8'), '2');
    await share.rename('/one', '/two');
    t.deepEqual(readdirSync(host), ['two']);
  });

  check('links: hard ones count, symbolic ones are followed inside the share', async (t, { share, host }) => {
    await share.mkdir('/dir');
    await share.writeFile('/dir/file', 'here');
    await share.link('/dir/file', '/hard');
    t.is((await share.stat('/hard')).nlink, 2);
    await share.symlink('/dir', '/absolute');
    await share.symlink('../dir/./file', '/dir/relative');
    t.is(await share.readlink('/dir/relative'), '../dir/./file');
    t.is(Buffer.from(await share.readFile('/absolute/relative')).toString(), 'here');
    t.true((await share.lstat('/absolute')).isSymbolicLink);
    t.true((await share.lstat('/absolute/')).isDirectory);
    symlinkSync('loop', path.join(host, 'loop'));
    await fails(t, share.stat('/loop'), 'ELOOP');
    await fails(t, share.open('/absolute', O_NOFOLLOW), 'ELOOP');
    await fails(t, share.readlink('/dir'), 'EINVAL');
    await share.symlink('made-through-link', '/dangling');
    await share.writeFile('/dangling', 'x');
    t.is(readFileSync(path.join(host, 'made-through-link'), 'utf8'), 'x');
    t.deepEqual(await share.readdir('/dir/../dir/'), await share.readdir('dir'));
  });

  check('a path through a file is ENOTDIR, and through nothing ENOENT', async (t, { share }) => {
    await share.writeFile('/file', '');
    await fails(t, share.stat('/file/x'), 'ENOTDIR');
    await fails(t, share.stat('/file/'), 'ENOTDIR');
    await fails(t, share.stat('/nothing/x'), 'ENOENT');
    await fails(t, share.readdir('/file'), 'ENOTDIR');
    await fails(t, share.readFile('/'), 'EISDIR');
    await fails(t, share.open('/file', O_DIRECTORY), 'ENOTDIR');
    await fails(t, share.open('/file', O_CREAT | O_EXCL), 'EEXIST');
    const error = await t.throwsAsync(share.stat('/nothing'), { instanceOf: DriverError });
    t.is(error?.path, '/nothing');
    t.is(error?.errno, 2);
  });

  check('mode, size and times change', async (t, { share, host }) => {
    await share.writeFile('/file', 'something');
    await share.chmod('/file', 0o4711);
    await share.chown('/file', 12, 34);
    await share.truncate('/file', 4);
    await share.utimes('/file', undefined, 'now');
    const there = statSync(path.join(host, 'file'));
    t.is(there.uid, 12);
    t.is(there.gid, 34);
    t.is(there.size, 4);
    await share.chmod('/file', 0o600);
    t.is(statSync(path.join(host, 'file')).mode & 0o7777, 0o600);
    t.is((await share.statfs()).namelen, 255);
  });

  check('extended attributes', async (t, { share }) => {
    await share.writeFile('/file', '');
    await share.setxattr('/file', 'user.one', Buffer.from('value'));
    await fails(t, share.setxattr('/file', 'user.one', Buffer.from('value'), 1), 'EEXIST');
    await share.setxattr('/file', 'user.empty', new Uint8Array(0));
    t.deepEqual((await share.listxattr('/file')).toSorted(), ['user.empty', 'user.one']);
    t.is(Buffer.from(await share.getxattr('/file', 'user.one')).toString(), 'value');
    t.is((await share.getxattr('/file', 'user.empty')).length, 0);
    await share.removexattr('/file', 'user.one');
    await fails(t, share.getxattr('/file', 'user.one'), 'ENODATA');
  });

  check('an open file is read, written, allocated and searched for holes; it outlives its name', async (t, { share }) => {
    const file = await share.open('/file', O_RDWR | O_CREAT, 0o600);
    await share.unlink('/file');
    await file.write(65_536, new TextEncoder().encode('end'));
    t.is((await file.stat()).size, 65_539);
    t.is((await file.read(65_530, 100)).length, 9);
    t.is(await file.lseek(0, 3), 65_536);
    t.is(await file.lseek(65_536, 4), 65_539);
    await file.fallocate(1, 0, 1 << 20);
    t.is((await file.stat()).size, 65_539);
    await file.truncate(3);
    await file.fsync();
    await file.fsync(true);
    t.is((await file.read(0, 10)).length, 3);
    await file.close();
    await fails(t, file.close(), 'EBADF');
    await fails(t, share.stat('/file'), 'ENOENT');
  });

  check('a range is copied from file to file by the server', async (t, { share, host }) => {
    await share.writeFile('/source', 'what is to be copied');
    const source = await share.open('/source');
    const target = await share.open('/target', O_RDWR | O_CREAT, 0o600);
    t.is(await source.copyFileRange(5, target, 2, 8), 8);
    await source.close();
    await target.close();
    t.is(readFileSync(path.join(host, 'target'), 'utf8'), '\0\0is to be');
  });

  check('nodes are forgotten as soon as nobody uses them', async (t, { share }) => {
    await share.mkdir('/dir');
    await share.writeFile('/dir/file', 'x');
    const nodes = (): number => share.mounted!.nodes.size;
    t.is(nodes(), 0);
    const file = await share.open('/dir/file');
    const [one, two] = await Promise.all([share.lookup('/dir/file'), share.lookup('/dir/file')]);
    t.is(one.node, two.node);
    t.is(nodes(), 1);
    one.release();
    one.release();
    await share.readdirEntries('/dir', { plus: true });
    two.release();
    t.is(nodes(), 1);
    await file.close();
    t.is(nodes(), 0);
  });

  check('a thousand requests at once come back, each to its own caller', async (t, { share, host }) => {
    for (let i = 0; i < 100; i++) writeFileSync(path.join(host, `${i}`), `${i}`);
    const texts = await Promise.all(Array.from({ length: 1_000 }, async (_, i) => Buffer.from(await share.readFile(`/${i % 100}`)).toString()));
    t.deepEqual(texts, texts.map((_, i) => `${i % 100}`));
  });

  check('a share is unmounted and mounted again', async (t, { share }) => {
    await share.writeFile('/file', 'still here');
    await share.unmount();
    await fails(t, share.stat('/file'), 'ENODEV');
    await fails(t, share.unmount(), 'EINVAL');
    await share.mount();
    t.is((await share.stat('/file')).size, 10);
    await share.unmount();
    t.is(share.device.inFlight, 0);
  });
}
