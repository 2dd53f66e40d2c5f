import { closeSync, existsSync, mkdtempSync, openSync, promises as fs, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { PAYLOAD_SIZE, Slot } from '../../core/channel/slot.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { Attr, AttrOut, EntryOut, InHeader, InitOut, OpenOut, OutHeader, ReadIn, WriteIn, WriteOut } from '../../core/protocol/structs.js';
import { FuseChannel, mountFuse, umount2 } from '../../native/fuse.js';
import { native, slab } from '../../native/index.js';

const { ENODEV, ENOENT, ENOSYS, ENOTDIR } = constants.errno;
const MNT_DETACH = 2;
const FILE = 2;
const FILE_SIZE = 3_000_000;

const unfit = process.getuid?.() !== 0 ? 'needs root' : existsSync('/dev/fuse') ? '' : 'needs /dev/fuse';
const mounted = unfit === '' ? test : test.skip;
const title = (name: string): string => (unfit === '' ? name : `${name} (${unfit})`);

/** A file system by hand: one file, `file`, whose bytes are those of a host file. */
class Server {
  readonly backing: string;
  readonly mountpoint: string;
  readonly opcodes = new Set<number>();
  readonly drained: number[] = [];
  channel!: FuseChannel;
  gone = 0;
  /** Slots of GETATTR requests kept unanswered, when set. */
  kept: number[] | undefined;
  #file: number;

  private constructor(private readonly dir: string) {
    this.mountpoint = mkdtempSync(path.join(dir, 'mnt-'));
    this.backing = path.join(dir, 'backing');
    const content = new Uint32Array(FILE_SIZE / 4).map((_, index) => index);
    writeFileSync(this.backing, content);
    this.#file = openSync(this.backing, 'r+');
  }

  static async start(t: ExecutionContext, slots: number): Promise<Server> {
    const server = new Server(mkdtempSync(path.join(tmpdir(), 'fusewire-')));
    const fd = openSync('/dev/fuse', 'r+');
    t.is(await mountFuse('test', server.mountpoint, 'fuse', 0, `fd=${fd},rootmode=40000,user_id=0,group_id=0`), 0);
    server.channel = new FuseChannel(fd, slots, () => server.#serve());
    return server;
  }

  async stop(t: ExecutionContext): Promise<void> {
    t.is(await umount2(this.mountpoint), 0);
    closeSync(this.#file);
    rmdirSync(this.mountpoint);
    rmSync(this.dir, { recursive: true });
  }

  #serve(): void {
    const count = this.channel.drain(50);
    if (count < 0) {
      this.gone = count;
      this.channel.close();
      return;
    }
    this.drained.push(count);
    for (let i = 0; i < count; i++) {
      const slot = this.channel.ready[i];
      const opcode = this.#request(slot, InHeader.opcode);
      this.opcodes.add(opcode);
      if (this.kept && opcode === Opcode.GETATTR) this.kept.push(slot);
      else this.answer(slot);
    }
    this.channel.commit();
  }

  answer(slot: number): void {
    const reply = (this.channel.base + slot * Slot.SIZE + Slot.reply) >>> 2;
    const body = reply + OutHeader.size_ / 4;
    slab.u32.fill(0, reply, reply + 80);
    let inline = 0;
    let payload = 0;
    let error = 0;
    const node = this.#request(slot, InHeader.nodeid);
    switch (this.#request(slot, InHeader.opcode)) {
      case Opcode.INIT:
        inline = InitOut.size_;
        slab.u32[body + InitOut.major / 4] = 7;
        slab.u32[body + InitOut.minor / 4] = 38;
        slab.u32[body + InitOut.max_readahead / 4] = 0x10_0000;
        slab.u32[body + InitOut.flags / 4] = (1 << 5) | (1 << 22);
        slab.u32[body + InitOut.max_write / 4] = 0x10_0000;
        slab.u16[(body << 1) + InitOut.max_pages / 2] = 256;
        break;
      case Opcode.LOOKUP:
        if (slab.u8[this.#at(slot, InHeader.size_)] !== 'f'.charCodeAt(0)) {
          error = -ENOENT;
          break;
        }
        inline = EntryOut.size_;
        slab.u32[body + EntryOut.nodeid / 4] = FILE;
        this.#attributes(body + EntryOut.attr / 4, FILE);
        break;
      case Opcode.GETATTR:
        inline = AttrOut.size_;
        this.#attributes(body + AttrOut.attr / 4, node);
        break;
      case Opcode.OPEN:
        inline = OpenOut.size_;
        slab.u32[body + OpenOut.open_flags / 4] = 1;
        break;
      case Opcode.READ: {
        const offset = this.#request(slot, InHeader.size_ + ReadIn.offset);
        payload = this.channel.putFromFd(slot, OutHeader.size_, this.#file, offset, this.#request(slot, InHeader.size_ + ReadIn.size));
        break;
      }
      case Opcode.WRITE: {
        const offset = this.#request(slot, InHeader.size_ + WriteIn.offset);
        const size = this.#request(slot, InHeader.size_ + WriteIn.size);
        inline = WriteOut.size_;
        slab.u32[body] = this.channel.getToFd(slot, InHeader.size_ + WriteIn.size_, this.#file, offset, size, 0);
        break;
      }
      case Opcode.FORGET:
        this.channel.finish(slot, 0, 0);
        return;
      case Opcode.FLUSH:
      case Opcode.RELEASE:
        break;
      default:
        error = -ENOSYS;
    }
    inline += OutHeader.size_;
    slab.u32[reply + OutHeader.len / 4] = inline + payload;
    slab.i32[reply + OutHeader.error / 4] = error;
    slab.u32[reply + OutHeader.unique / 4] = this.#request(slot, InHeader.unique);
    slab.u32[reply + OutHeader.unique / 4 + 1] = this.#request(slot, InHeader.unique + 4);
    this.channel.finish(slot, inline, payload);
  }

  #attributes(at: number, node: number): void {
    slab.u32[at + Attr.ino / 4] = node;
    slab.u32[at + Attr.size / 4] = node === FILE ? FILE_SIZE : 0;
    slab.u32[at + Attr.mode / 4] = node === FILE ? 0o100644 : 0o40755;
    slab.u32[at + Attr.nlink / 4] = 1;
    slab.u32[at + Attr.mtime / 4] = 1234;
  }

  #at(slot: number, position: number): number {
    return this.channel.base + slot * Slot.SIZE + Slot.request + position;
  }

  #request(slot: number, position: number): number {
    return slab.u32[this.#at(slot, position) >>> 2];
  }
}

mounted(title('a mount is served: INIT, GETATTR, a miss, and its end'), async (t) => {
  const server = await Server.start(t, 4);
  const stat = await fs.stat(server.mountpoint);
  t.true(stat.isDirectory());
  t.is(stat.mtimeMs, 1_234_000);
  await t.throwsAsync(fs.stat(path.join(server.mountpoint, 'other')), { code: 'ENOENT' });
  t.true(server.opcodes.has(Opcode.INIT) && server.opcodes.has(Opcode.GETATTR) && server.opcodes.has(Opcode.LOOKUP));
  await server.stop(t);
  while (server.gone === 0) await new Promise((resolve) => setImmediate(resolve));
  t.is(server.gone, -ENODEV);
});

mounted(title('a file of megabytes is read and written through the payload buffers'), async (t) => {
  const server = await Server.start(t, 4);
  const file = await fs.open(path.join(server.mountpoint, 'file'), 'r+');
  const bytes = new Uint8Array(FILE_SIZE);
  const { bytesRead } = await file.read(bytes, 0, FILE_SIZE, 0);
  t.is(bytesRead, FILE_SIZE);
  t.is(Buffer.compare(bytes, readFileSync(server.backing)), 0);
  bytes.reverse();
  t.is((await file.write(bytes, 0, FILE_SIZE, 0)).bytesWritten, FILE_SIZE);
  t.is(Buffer.compare(bytes, readFileSync(server.backing)), 0);
  await file.close();
  t.is(server.channel.failures(), 0);
  await server.stop(t);
});

mounted(title('with every slot in use the kernel keeps the other requests until one is free'), async (t) => {
  const server = await Server.start(t, 2);
  await fs.stat(server.mountpoint);
  server.kept = [];
  const stats = Array.from({ length: 4 }, () => fs.stat(server.mountpoint));
  while (server.kept.length < 2) await new Promise((resolve) => setImmediate(resolve));
  t.true(server.channel.full);
  const turns = server.drained.length;
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  t.is(server.drained.length, turns, 'the fd is not watched meanwhile');
  const { kept } = server;
  server.kept = undefined;
  for (const slot of kept) server.answer(slot);
  for (const stat of await Promise.all(stats)) t.true(stat.isDirectory());
  await server.stop(t);
});

mounted(title('a reply that the kernel refuses ends the request with EIO'), async (t) => {
  const server = await Server.start(t, 2);
  await fs.stat(server.mountpoint);
  server.kept = [];
  const stat = t.throwsAsync(fs.stat(server.mountpoint), { code: 'EIO' });
  while (server.kept.length < 1) await new Promise((resolve) => setImmediate(resolve));
  const [slot] = server.kept;
  server.kept = undefined;
  const request = (server.channel.base + slot * Slot.SIZE + Slot.request) >>> 2;
  const reply = (server.channel.base + slot * Slot.SIZE + Slot.reply) >>> 2;
  slab.u32[reply] = 999;
  slab.u32[reply + 1] = 0;
  slab.u32[reply + 2] = slab.u32[request + 2];
  slab.u32[reply + 3] = slab.u32[request + 3];
  server.channel.finish(slot, 16, 0);
  await stat;
  t.is(server.channel.failures(), 1);
  t.is(server.channel.failures(), 0);
  await server.stop(t);
});

mounted(title('a notification reaches the kernel'), async (t) => {
  const server = await Server.start(t, 2);
  await fs.stat(path.join(server.mountpoint, 'file'));
  const message = new DataView(new ArrayBuffer(40));
  message.setUint32(0, 40, true);
  message.setInt32(4, 2, true);
  message.setUint32(16, FILE, true);
  t.is(await server.channel.notify(new Uint8Array(message.buffer)), 0);
  message.setUint32(16, 77, true);
  t.is(await server.channel.notify(new Uint8Array(message.buffer)), -ENOENT);
  await server.stop(t);
});

mounted(title('closing the channel with a request held ends the mount\'s callers'), async (t) => {
  const server = await Server.start(t, 2);
  await fs.stat(server.mountpoint);
  server.kept = [];
  const stat = t.throwsAsync(fs.stat(server.mountpoint), { code: 'ECONNABORTED' });
  while (server.kept.length < 1) await new Promise((resolve) => setImmediate(resolve));
  server.channel.close();
  server.channel.finish(server.kept[0], 16, 0);
  await stat;
  await t.throwsAsync(fs.stat(server.mountpoint), { code: 'ENOTCONN' });
  await server.stop(t);
});

test('mount and umount report what went wrong', async (t) => {
  t.is(await umount2('/nowhere', MNT_DETACH), process.getuid?.() === 0 ? -ENOENT : -constants.errno.EPERM);
  t.is(await mountFuse('x', `/${'x'.repeat(5000)}`, 'fuse', 0, ''), -constants.errno.EINVAL);
  if (process.getuid?.() === 0) t.is(await mountFuse('none', '/dev/null', 'tmpfs', 0, ''), -ENOTDIR);
});

test('a channel is refused a bad descriptor and a block outside the slab', (t) => {
  t.throws(() => new FuseChannel(-1, 2, () => undefined), { message: /errno 9/ });
  const fd = openSync('/dev/null', 'r+');
  const end = slab.buffer.byteLength;
  for (const [base, count, payloads] of [[4, 1, 4096], [end, 1, 4096], [4096, 0, 4096], [4096, 5000, 4096], [4096, 1, end - PAYLOAD_SIZE + 1]]) {
    t.is(native.fuseCreate(fd, base, count, payloads), -constants.errno.EINVAL);
  }
  closeSync(fd);
});
