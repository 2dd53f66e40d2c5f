import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { NodeTable } from '../../core/filesystem/nodes.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { CreateIn, Dirent, Direntplus, EntryOut, GetattrIn, InHeader, MkdirIn, OpenIn, OpenOut, ReadIn, ReleaseIn, Attr, WriteIn, ForgetIn } from '../../core/protocol/structs.js';
import type { CacheOptions } from '../../core/session/cache-policy.js';
import { Passthrough, passthroughOptions } from '../../plugins/passthrough/index.js';
import { type Answer, answer, Client, join, text, words } from '../session/client.js';

export const root = process.getuid?.() === 0;

export interface Entry {
  node: number;
  ino: number;
  mode: number;
  size: number;
  nlink: number;
  /** `AttrFlag` bits. */
  flags: number;
}

const creating = new Set([Opcode.MKNOD, Opcode.MKDIR, Opcode.SYMLINK, Opcode.CREATE, Opcode.TMPFILE]);

const number = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

function u64(bytes: Uint8Array, at: number, value: number): Uint8Array {
  new DataView(bytes.buffer).setBigUint64(at, BigInt(value), true);
  return bytes;
}

/** A guest's kernel on a share of a fresh directory: requests as Linux would send them, over the loopback. */
export class Guest {
  /** Seen from the host. */
  readonly dir: string;
  readonly nodes = new NodeTable();
  private readonly client: Client;
  private readonly plugin: Passthrough;
  uid = 0;
  gid = 0;
  /** Extensions of the requests that make something. */
  extension: Uint8Array = new Uint8Array(0);

  private constructor(place: string, options: object, cache: Partial<CacheOptions>) {
    this.dir = fs.mkdtempSync(path.join(place, 'fusewire-share-'));
    this.plugin = new Passthrough(passthroughOptions.parse({ source: this.dir, ...options }), this.nodes);
    this.client = new Client(this.plugin, cache, this.nodes);
  }

  /** Runs a test on it, and tidies up. */
  static async visit(t: ExecutionContext, options: object, run: (guest: Guest) => Promise<void>, cache: Partial<CacheOptions> = {}, place = os.tmpdir()): Promise<void> {
    const guest = new Guest(place, options, cache);
    try {
      await guest.client.init();
      await run(guest);
      t.deepEqual(guest.client.logged, []);
    } finally {
      guest.client.session.close();
      guest.client.channel.close();
      guest.plugin.stop();
      fs.rmSync(guest.dir, { recursive: true });
    }
  }

  /** One request; its error is negative. */
  async call(opcode: Opcode, node: number, body: Uint8Array = new Uint8Array(0)): Promise<Answer> {
    const extension = creating.has(opcode) ? this.extension : new Uint8Array(0);
    const header = words(InHeader.size_, {
      [InHeader.len]: InHeader.size_ + body.length + extension.length,
      [InHeader.opcode]: opcode,
      [InHeader.uid]: this.uid,
      [InHeader.gid]: this.gid,
      [InHeader.total_extlen]: extension.length / 8,
    });
    u64(u64(header, InHeader.unique, this.client.next()), InHeader.nodeid, node);
    return answer(await this.client.raw(join(header, body, extension)));
  }

  /** The error alone, 0 for success. */
  async error(opcode: Opcode, node: number, body?: Uint8Array): Promise<number> {
    return (await this.call(opcode, node, body)).error;
  }

  /** The entry, or a negative errno. */
  async lookup(parent: number, name: string | Uint8Array): Promise<Entry> {
    const bytes = typeof name === 'string' ? text(name) : join(name, new Uint8Array(1));
    const { error, body } = await this.call(Opcode.LOOKUP, parent, bytes);
    return error < 0 ? none(error) : entry(body, 0);
  }

  async mkdir(parent: number, name: string, mode = 0o777, umask = 0o22): Promise<Entry> {
    const { error, body } = await this.call(Opcode.MKDIR, parent, join(words(MkdirIn.size_, { [MkdirIn.mode]: mode, [MkdirIn.umask]: umask }), text(name)));
    return error < 0 ? none(error) : entry(body, 0);
  }

  /** The handle, as two words in 8 bytes; a negative errno in `node`. */
  async open(node: number, flags: number, opcode = Opcode.OPEN): Promise<Uint8Array | number> {
    const { error, body } = await this.call(opcode, node, words(OpenIn.size_, { [OpenIn.flags]: flags }));
    return error < 0 ? error : new Uint8Array(body.buffer, body.byteOffset + OpenOut.fh, 8);
  }

  async create(parent: number, name: string, flags: number, mode = 0o666, umask = 0o22, opcode = Opcode.CREATE): Promise<{ entry: Entry; handle: Uint8Array }> {
    const { error, body } = await this.call(opcode, parent, join(words(CreateIn.size_, { [CreateIn.flags]: flags, [CreateIn.mode]: mode, [CreateIn.umask]: umask }), text(name)));
    if (error < 0) return { entry: none(error), handle: new Uint8Array(8) };
    return { entry: entry(body, 0), handle: new Uint8Array(body.buffer, body.byteOffset + EntryOut.size_, 8) };
  }

  async getattr(node: number): Promise<Entry> {
    const { error, body } = await this.call(Opcode.GETATTR, node, new Uint8Array(GetattrIn.size_));
    return error < 0 ? none(error) : attributes(body, 16, node);
  }

  async read(node: number, handle: Uint8Array, offset: number, size: number): Promise<string | number> {
    const { error, body } = await this.call(Opcode.READ, node, readIn(handle, offset, size));
    return error < 0 ? error : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  }

  /** Bytes written, or a negative errno. */
  async write(node: number, handle: Uint8Array, offset: number, data: string, flags = 0): Promise<number> {
    const bytes = Buffer.from(data);
    const { error, body } = await this.call(Opcode.WRITE, node, join(u64(withHandle(words(WriteIn.size_, { [WriteIn.size]: bytes.length, [WriteIn.flags]: flags }), handle), WriteIn.offset, offset), bytes));
    return error < 0 ? error : body.getUint32(0, true);
  }

  async release(node: number, handle: Uint8Array, opcode = Opcode.RELEASE): Promise<number> {
    return this.error(opcode, node, withHandle(new Uint8Array(ReleaseIn.size_), handle));
  }

  async forget(node: number, lookups = 1): Promise<void> {
    await this.call(Opcode.FORGET, node, u64(new Uint8Array(ForgetIn.size_), 0, lookups));
  }

  /** One reply's worth of a listing after `cookie`, 8 bytes. */
  async list(node: number, handle: Uint8Array, cookie: Uint8Array, size: number, plus = false): Promise<Listed[]> {
    const body = readIn(handle, 0, size);
    body.set(cookie, ReadIn.offset);
    const reply = await this.call(plus ? Opcode.READDIRPLUS : Opcode.READDIR, node, body);
    if (reply.error < 0) throw new Error(`listing: ${reply.error}`);
    const fixed = plus ? Direntplus.dirent : 0;
    const all: Listed[] = [];
    for (let at = 0; at < reply.body.byteLength; ) {
      const dirent = at + fixed;
      const length = reply.body.getUint32(dirent + Dirent.namelen, true);
      const slice = (from: number, bytes: number): Uint8Array => new Uint8Array(reply.body.buffer, reply.body.byteOffset + from, bytes);
      all.push({
        name: Buffer.from(slice(dirent + Dirent.size_, length)).toString('latin1'),
        ino: number(reply.body, dirent),
        cookie: slice(dirent + Dirent.off, 8),
        entry: plus ? entry(reply.body, at) : undefined,
      });
      at += (fixed + Dirent.size_ + length + 7) & ~7;
    }
    return all;
  }

  /** Every entry from the start. */
  async listAll(node: number, size: number, plus = false): Promise<Listed[]> {
    const handle = (await this.open(node, 0, Opcode.OPENDIR)) as Uint8Array;
    const all: Listed[] = [];
    for (let batch = await this.list(node, handle, new Uint8Array(8), size, plus); batch.length > 0; batch = await this.list(node, handle, all.at(-1)!.cookie, size, plus)) all.push(...batch);
    await this.release(node, handle, Opcode.RELEASEDIR);
    return all;
  }
}

export interface Listed {
  name: string;
  ino: number;
  cookie: Uint8Array;
  entry: Entry | undefined;
}

function none(error: number): Entry {
  return { node: error, ino: 0, mode: 0, size: 0, nlink: 0, flags: 0 };
}

function entry(view: DataView, at: number): Entry {
  return attributes(view, at + EntryOut.attr, number(view, at));
}

function attributes(view: DataView, at: number, node: number): Entry {
  return { node, ino: number(view, at), mode: view.getUint32(at + Attr.mode, true), size: number(view, at + Attr.size), nlink: view.getUint32(at + Attr.nlink, true), flags: view.getUint32(at + Attr.flags, true) };
}

export function withHandle(body: Uint8Array, handle: Uint8Array): Uint8Array {
  body.set(handle, 0);
  return body;
}

function readIn(handle: Uint8Array, offset: number, size: number): Uint8Array {
  return u64(withHandle(words(ReadIn.size_, { [ReadIn.size]: size }), handle), ReadIn.offset, offset);
}
