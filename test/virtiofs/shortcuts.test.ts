import { rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Handles, Opcode, Options } from '../../index.js';
import { FileSystem, Nodes } from '../../core/filesystem/decorators.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import type * as r from '../../core/filesystem/requests/index.js';
import { limitsSchema } from '../../core/config/limits.js';
import { Mount } from '../../core/mount.js';
import { Attr, AttrOut, Dirent, Direntplus, EntryOut, GetattrIn, OpenIn, OpenOut, ReadIn, ReleaseIn, WriteIn, WriteOut } from '../../core/protocol/structs.js';
import { Registry } from '../../core/registry.js';
import { fields, join, terminated } from '../../driver/body.js';
import { Driver, Registry as Devices } from '../../driver/index.js';
import { passthroughOptions, type PassthroughOptions } from '../../plugins/passthrough/options.js';
import { Passthrough } from '../../plugins/passthrough/passthrough.js';
import { VirtiofsTransport } from '../../transports/virtiofs/transport.js';
import { temporaryDirectory } from '../driver/peers.js';

const { EBADF, ENOENT, ENOMEM, ESTALE } = constants.errno;
const O_RDWR = 2;
const O_APPEND = 0o2000;
const KILL_SUIDGID = 4;

/** A passthrough that counts what reaches it. */
@FileSystem({ name: 'counting', options: passthroughOptions, killsPrivileges: true })
class Counting extends Passthrough {
  readonly seen: Opcode[] = [];
  constructor(@Options() options: PassthroughOptions, @Nodes() nodes: NodeTable) {
    super(options, nodes);
  }
  @Handles(Opcode.LOOKUP) override lookup(request: r.LookupRequest) { this.seen.push(Opcode.LOOKUP); return super.lookup(request); }
  @Handles(Opcode.GETATTR) override getattr(request: r.GetattrRequest) { this.seen.push(Opcode.GETATTR); return super.getattr(request); }
  @Handles(Opcode.READ) override read(request: r.ReadRequest) { this.seen.push(Opcode.READ); return super.read(request); }
  @Handles(Opcode.WRITE) override write(request: r.WriteRequest) { this.seen.push(Opcode.WRITE); return super.write(request); }
}

/** A guest with a file of 10,000 bytes, `data`, that it has looked up and opened as `flags` say. */
class Guest {
  node = 0;
  handle = 0;

  private constructor(readonly driver: Driver, readonly mount: Mount) {}

  get plugin(): Counting {
    return this.mount.plugin.plugin as Counting;
  }
  get session() {
    return [...this.mount.sessions][0]!;
  }
  received(): readonly number[] {
    return [...this.session.traffic.requests];
  }

  static async of(t: ExecutionContext, shortcuts: boolean, flags = O_RDWR, limits: object = {}): Promise<Guest> {
    const place = temporaryDirectory(t);
    const source = temporaryDirectory(t);
    writeFileSync(path.join(source, 'data'), Buffer.alloc(10_000, 'abcdefgh'));
    for (const name of ['one', 'two']) writeFileSync(path.join(source, name), name);
    // Old enough to be told by their birth from what may take their inode numbers.
    await delay(60);
    const registry = new Registry();
    registry.addFileSystem(Counting);
    registry.addTransport(VirtiofsTransport);
    const silent = { debug() {}, info() {}, warn() {}, error() {} };
    const socket = path.join(place, 'socket');
    const mount = new Mount({
      name: 'share', transport: { use: 'virtiofs', options: { socket, tag: 'tag', queues: 1, mode: 0o600 } },
      filesystem: { use: 'counting', options: passthroughOptions.parse({ source }) },
      cache: 'auto', timeout: 1, poll: 0, locks: 'server', shortcuts, writeback: false, limits: limitsSchema.parse(limits),
    }, registry, silent);
    await mount.start();
    const driver = await Driver.connect(socket, { registry: new Devices() });
    t.teardown(async () => {
      await driver.close();
      await mount.stop();
    });
    await driver.mount();
    const guest = new Guest(driver, mount);
    await guest.open(flags);
    guest.plugin.seen.length = 0;
    return guest;
  }

  private async open(flags: number): Promise<void> {
    this.node = (await this.lookup('data')).words[0]!;
    const body = fields(OpenIn.size_);
    body[OpenIn.flags >> 2] = flags;
    const { words } = await this.ask(Opcode.OPEN, this.node, join(body), OpenOut.size_);
    this.handle = words[0]!;
    // Its fd is known from now on.
    await this.getattr();
  }

  async ask(opcode: Opcode, node: number, body: Uint8Array, size: number) {
    const { error, body: reply } = await this.driver.device.request(opcode, node, body, size);
    return { error, length: reply.length, text: Buffer.from(reply).toString('latin1'), words: new Uint32Array(reply.slice(0, reply.length & ~3).buffer) };
  }
  lookup(name: string) { return this.ask(Opcode.LOOKUP, 1, terminated(name), EntryOut.size_); }
  getattr(node = this.node) { return this.ask(Opcode.GETATTR, node, join(fields(GetattrIn.size_)), AttrOut.size_); }
  read(offset: number, size: number, handle = this.handle, node = this.node) {
    const body = fields(ReadIn.size_);
    body[ReadIn.fh >> 2] = handle;
    body[ReadIn.offset >> 2] = offset % 2 ** 32;
    body[(ReadIn.offset >> 2) + 1] = Math.floor(offset / 2 ** 32);
    body[ReadIn.size >> 2] = size;
    return this.ask(Opcode.READ, node, join(body), size);
  }
  /** All of the root's entries: name, inode number, type; and node and size, which are 0 of those listed by name only. */
  async list(size: number): Promise<[string, number, number, number, number][]> {
    const handle = (await this.ask(Opcode.OPENDIR, 1, join(fields(OpenIn.size_)), OpenOut.size_)).words.subarray(0, 2);
    const entries: [string, number, number, number, number][] = [];
    const body = fields(ReadIn.size_);
    body.set(handle, ReadIn.fh >> 2);
    body[ReadIn.size >> 2] = size;
    for (let bytes = 1; bytes > 0;) {
      const { words, text, length } = await this.ask(Opcode.READDIRPLUS, 1, join(body), size);
      bytes = length;
      for (let at = 0; at < length;) {
        const entry = at >> 2;
        const dirent = entry + (Direntplus.dirent >> 2);
        const named = words[dirent + (Dirent.namelen >> 2)]!;
        const name = text.slice((dirent << 2) + Dirent.size_, (dirent << 2) + Dirent.size_ + named);
        entries.push([name, words[dirent]!, words[dirent + (Dirent.type >> 2)]!, words[entry]!, words[entry + ((EntryOut.attr + Attr.size) >> 2)]!]);
        body.set(words.subarray(dirent + (Dirent.off >> 2), dirent + (Dirent.off >> 2) + 2), ReadIn.offset >> 2);
        at += Direntplus.size_ + ((named + 7) & ~7);
      }
    }
    const release = fields(ReleaseIn.size_);
    release.set(handle, ReleaseIn.fh >> 2);
    await this.ask(Opcode.RELEASEDIR, 1, join(release), 0);
    return entries;
  }
  write(offset: number, data: string, { handle = this.handle, flags = O_RDWR, writeFlags = 0, size = data.length } = {}) {
    const body = fields(WriteIn.size_);
    body[WriteIn.fh >> 2] = handle;
    body[WriteIn.offset >> 2] = offset;
    body[WriteIn.size >> 2] = size;
    body[WriteIn.write_flags >> 2] = writeFlags;
    body[WriteIn.flags >> 2] = flags;
    return this.ask(Opcode.WRITE, this.node, join(body, Buffer.from(data)), WriteOut.size_);
  }
}

test('plain requests are answered without the file system, and counted', async (t) => {
  const guest = await Guest.of(t, true);
  const before = guest.received();
  t.is((await guest.read(8, 4)).text, 'abcd');
  t.is((await guest.read(9_998, 100)).text, 'gh');
  t.is((await guest.write(2, 'XY')).words[0], 2);
  t.is((await guest.read(0, 6)).text, 'abXYef');
  t.is((await guest.getattr()).words[(AttrOut.attr + 8) >> 2], 10_000);
  t.is((await guest.lookup('data')).words[0], guest.node);
  t.is((await guest.lookup('nothing')).error, ENOENT);
  t.deepEqual(guest.plugin.seen, []);
  const counted = guest.received().map((count, opcode) => count - before[opcode]!);
  t.deepEqual([Opcode.READ, Opcode.WRITE, Opcode.GETATTR, Opcode.LOOKUP].map((opcode) => counted[opcode]), [3, 1, 1, 2]);
});

test('what was forgotten is found again without the file system, and counted as held, within the limits', async (t) => {
  // The root is not counted: `data`, which is open, and one more.
  const guest = await Guest.of(t, true, O_RDWR, { nodes: 2 });
  const { lookups } = guest.session;
  const find = async (name: string) => {
    const { error, words } = await guest.lookup(name);
    return error === 0 ? words[0]! : -error;
  };
  const forget = async (node: number) => {
    const before = lookups.count(node);
    await guest.driver.device.forget(node, 1);
    while (lookups.count(node) === before) await delay(1);
  };
  const held = () => [lookups.held, guest.mount.nodes.live];
  const one = await find('one');
  await forget(one);
  const two = await find('two');
  await forget(two);
  t.not(one, two);
  t.deepEqual(held(), [1, 1]);
  guest.plugin.seen.length = 0;
  t.is(await find('one'), one);
  t.deepEqual(held(), [2, 2]);
  t.is(await find('one'), one);
  t.deepEqual(held(), [2, 2]);
  t.deepEqual(guest.plugin.seen, []);
  t.is(await find('two'), -ENOMEM, 'one too many');
  await forget(one);
  t.is(lookups.count(one), 1, 'of two look-ups');
  await forget(one);
  t.is(await find('two'), two);
  t.deepEqual(held(), [2, 2]);
});

test('a listing of files that are known is the same with shortcuts and without, whatever its pieces, and each entry is held', async (t) => {
  for (const shortcuts of [true, false]) {
    const guest = await Guest.of(t, shortcuts);
    const { lookups } = guest.session;
    const source = (guest.mount.config.filesystem.options as PassthroughOptions).source;
    const facts = (name: string) => {
      const { ino, size, mode } = statSync(path.join(source, name));
      return { ino: ino % 2 ** 32, size, type: mode >>> 12 };
    };
    for (const name of ['three', 'm'.repeat(255)]) writeFileSync(path.join(source, name), name);
    const names = ['.', '..', 'data', 'one', 'two', 'three', 'm'.repeat(255)].toSorted();
    for (const [round, size] of [4096, 4096, 512, 800, 4096].entries()) {
      // Another file among known ones: it is the file system's, and what follows it the channel's again.
      if (round === 3) {
        rmSync(path.join(source, 'two'));
        writeFileSync(path.join(source, 'two'), 'longer');
      }
      const others = round < 3 ? 0 : 1;
      const entries = await guest.list(size);
      t.deepEqual(entries.map(([name]) => name).toSorted(), names, `${shortcuts}, ${size}`);
      for (const [name, ino, type, node, bytes] of entries) {
        if (name === '.' || name === '..') t.is(node, 0);
        else {
          t.deepEqual({ ino, size: bytes, type }, facts(name));
          t.is(lookups.count(node), name === 'data' ? round + 2 : name === 'two' && others ? round - 2 : round + 1, name);
        }
      }
      t.is(lookups.held, 5 + others);
    }
    t.is(guest.mount.nodes.live, 6);
  }
});

test('a listing hands out no more than the guest may hold', async (t) => {
  const guest = await Guest.of(t, true, O_RDWR, { nodes: 2 });
  for (let round = 0; round < 2; round++) {
    const entries = await guest.list(4096);
    t.is(entries.filter(([, , , node]) => node > 0).length, 2);
    t.is(entries.length, 5);
    t.is(guest.session.lookups.held, 2);
  }
});

test('with shortcuts off the file system sees every request', async (t) => {
  const guest = await Guest.of(t, false);
  await guest.read(8, 4);
  await guest.write(2, 'XY');
  await guest.getattr();
  await guest.lookup('data');
  t.deepEqual(guest.plugin.seen, [Opcode.READ, Opcode.WRITE, Opcode.GETATTR, Opcode.LOOKUP]);
});

test('appends and writes that clear set-id bits are the file system\'s', async (t) => {
  const guest = await Guest.of(t, true);
  t.is((await guest.write(0, 'end', { flags: O_RDWR | O_APPEND })).words[0], 3);
  t.is((await guest.read(10_000, 10)).text, 'end');
  await guest.write(0, 'x', { writeFlags: KILL_SUIDGID });
  t.deepEqual(guest.plugin.seen, [Opcode.WRITE, Opcode.WRITE]);
});

test('what is wrong gets the same errno either way', async (t) => {
  const [native, plain] = [await Guest.of(t, true), await Guest.of(t, false)];
  const readers = [await Guest.of(t, true, 0), await Guest.of(t, false, 0)];
  const wrong: ((guest: Guest) => Promise<{ error: number }>)[] = [
    (guest) => guest.read(0, 8, guest.handle + 1),
    (guest) => guest.read(0, 8, guest.handle, 1),
    (guest) => guest.read(0, 8, guest.handle, guest.node + 1),
    (guest) => guest.read(2 ** 53, 8),
    (guest) => guest.read(2 ** 52, 8),
    (guest) => guest.write(0, 'x', { handle: guest.handle + 7 }),
    (guest) => guest.write(0, 'x', { size: 4096 }),
    (guest) => guest.getattr(guest.node + 1),
    (guest) => guest.lookup('..'),
    (guest) => guest.lookup('a/b'),
    (guest) => guest.lookup(''),
    (guest) => guest.lookup('n'.repeat(256)),
  ];
  const errors = async (guest: Guest) => {
    const all: number[] = [];
    for (const one of wrong) all.push((await one(guest)).error);
    return all;
  };
  const expected = await errors(plain);
  t.deepEqual(expected.slice(0, 4), [EBADF, EBADF, ESTALE, 0]);
  t.deepEqual(await errors(native), expected);
  for (const reader of readers) t.is((await reader.write(0, 'x')).error, EBADF);
});

test('a node that is forgotten is unknown to shortcuts, too', async (t) => {
  const guest = await Guest.of(t, true);
  const { node } = guest;
  await guest.lookup('data');
  await guest.driver.device.forget(node, 2);
  await guest.lookup('nothing');
  t.is((await guest.getattr(node)).error, ESTALE);
});
