import { createHash } from 'node:crypto';
import { Errno, errnoName } from '../../core/filesystem/errno.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { type Caller, type Client, type CreatedFile, type Found, namesIn, type OpenedFile, run, type Setting } from '../../stack/index.js';
import type { TraceAnswer, TraceRecord } from '../../plugins/layers/trace/record.js';
import { sameAttributes, sameCount, sameValue } from './compare.js';
import { Listings } from './listings.js';

/** What came of a request now: where it differs from the recording, in words; or why it could not be made. */
export type Outcome = 'alike' | { readonly differs: string } | { readonly skipped: string };

interface Arguments {
  readonly [name: string]: never;
}
type Do = (args: Arguments, record: TraceRecord) => Promise<Outcome>;

const alike: Outcome = 'alike';
const bytes = (text: string): Uint8Array => Buffer.from(text, 'base64');

/** Makes recorded requests of another file system, one after the other, with its own nodes and handles for the recorded ones. */
export class Replay {
  private readonly nodes = new Map<number, number>([[ROOT_NODE, ROOT_NODE]]);
  private readonly handles = new Map<number, { node: number; handle: number }>();
  private readonly listings = new Listings();

  constructor(private readonly client: Client) {}

  async run(record: TraceRecord): Promise<Outcome> {
    const make = this.requests[record.op];
    if (!make) return { skipped: 'not replayed' };
    try {
      return await make(record.args as Arguments, record);
    } catch (error) {
      if (error instanceof Unknown) return { skipped: error.message };
      throw error;
    }
  }

  private node(recorded: number): number {
    const node = this.nodes.get(recorded);
    if (node === undefined) throw new Unknown(`node ${recorded} is not known`);
    return node;
  }
  private handle(recorded: number): number {
    const open = this.handles.get(recorded);
    if (open === undefined) throw new Unknown(`handle ${recorded} is not known`);
    return open.handle;
  }
  private caller({ uid, gid }: TraceRecord, group: number | undefined): Caller {
    return { uid, gid, supplementaryGroup: group ?? -1 };
  }

  /** Compares errors; when both have succeeded, `then` compares the rest. */
  private judge<T>(now: T | Errno, { answer }: TraceRecord, then: (now: T, answer: TraceAnswer) => string | undefined): Outcome {
    const error = typeof now === 'number' && now < 0 ? errnoName(now) : undefined;
    if (error !== answer.error) return { differs: `${answer.error ?? 'success'}, now ${error ?? 'success'}` };
    const differs = error === undefined ? then(now as T, answer) : undefined;
    return differs === undefined ? alike : { differs };
  }

  /** `entry` 0 was an answer of its own: no such name, which is told as ENOENT here. */
  private found(now: Found | Errno, record: TraceRecord): Outcome {
    const { answer } = record;
    const recorded = answer.entry === 0 ? { ...record, answer: { error: 'ENOENT' } } : record;
    if (typeof now === 'object' && answer.entry) this.nodes.set(answer.entry, now.node);
    return this.judge(now, recorded, ({ attributes }) => sameAttributes(answer.attributes!, attributes));
  }
  private opened(now: OpenedFile | Errno, node: number, { answer }: TraceRecord): void {
    if (typeof now === 'object' && answer.opened !== undefined) this.handles.set(answer.opened, { node, handle: now.handle });
  }
  private changed(record: TraceRecord, ...others: readonly number[]): TraceRecord {
    this.listings.changed(record.node, ...others);
    return record;
  }
  /** One without a handler is answered by the kernel, which never asks again. */
  private plain(now: 0 | Errno, record: TraceRecord): Outcome {
    if (now === Errno.ENOSYS || record.answer.error === 'ENOSYS') return { skipped: 'not there' };
    return this.judge(now, record, () => undefined);
  }

  private readonly requests: Readonly<Record<string, Do>> = {
    lookup: async ({ name }, record) => this.found(await this.client.lookup(this.node(record.node), name), record),
    getattr: async (_, record) => this.judge(await this.client.getattr(this.node(record.node)), record, (now, answer) => sameAttributes(answer.attributes!, now)),
    statx: async (_, record) => this.judge(await this.client.getattr(this.node(record.node)), record, () => undefined),
    setattr: async (args, record) => this.judge(await this.client.setattr(this.node(record.node), setting(args), this.caller(record, undefined)), record, (now, answer) => sameAttributes(answer.attributes!, now)),
    readlink: async (_, record) => this.judge(await this.client.readlink(this.node(record.node)), record, sameValue),
    mknod: async ({ name, mode, rdev, umask, supplementaryGroup }, record) => this.found(await this.client.mknod(this.node(record.node), name, mode, rdev, umask, this.caller(record, supplementaryGroup)), this.changed(record)),
    mkdir: async ({ name, mode, umask, supplementaryGroup }, record) => this.found(await this.client.mkdir(this.node(record.node), name, mode, umask, this.caller(record, supplementaryGroup)), this.changed(record)),
    symlink: async ({ name, target }, record) => this.found(await this.client.symlink(this.node(record.node), name, target, this.caller(record, undefined)), this.changed(record)),
    link: async ({ name, source }, record) => this.found(await this.client.link(this.node(source), this.node(record.node), name), this.changed(record)),
    unlink: async ({ name }, record) => this.plain(await this.client.unlink(this.node(record.node), name), this.changed(record)),
    rmdir: async ({ name }, record) => this.plain(await this.client.rmdir(this.node(record.node), name), this.changed(record)),
    rename: async ({ name, newParent, newName, flags }, record) =>
      this.plain(await this.client.rename(this.node(record.node), name, this.node(newParent), newName, flags), this.changed(record, newParent)),
    create: async ({ name, flags, mode, umask, supplementaryGroup }, record) => {
      const now: CreatedFile | Errno = await this.client.create(this.node(record.node), name, flags, mode, umask, this.caller(record, supplementaryGroup));
      this.opened(now, typeof now === 'object' ? now.node : 0, record);
      return this.found(now, this.changed(record));
    },
    tmpfile: async ({ flags, mode, umask, supplementaryGroup }, record) => {
      const now: CreatedFile | Errno = await this.client.tmpfile(this.node(record.node), flags, mode, umask, this.caller(record, supplementaryGroup));
      this.opened(now, typeof now === 'object' ? now.node : 0, record);
      return this.found(now, record);
    },
    open: async ({ flags, openFlags }, record) => {
      const now = await this.client.open(this.node(record.node), flags, openFlags);
      this.opened(now, this.node(record.node), record);
      return this.judge(now, record, () => undefined);
    },
    opendir: async ({ flags }, record) => {
      const now = await this.client.opendir(this.node(record.node), flags);
      this.opened(now, this.node(record.node), record);
      return this.judge(now, record, () => undefined);
    },
    read: async ({ handle, offset, size }, record) => this.judge(await this.client.read(this.node(record.node), this.handle(handle), offset, size), record, (now, { count, sha1 }) => {
      if (now.length !== count) return `${count} bytes, now ${now.length}`;
      return sha1 === undefined || createHash('sha1').update(now).digest('base64') === sha1 ? undefined : 'other bytes';
    }),
    write: async ({ handle, offset, size, data }, record) =>
      this.judge(await this.client.write(this.node(record.node), this.handle(handle), offset, data === undefined ? new Uint8Array(size) : bytes(data)), record, sameCount),
    fsync: async ({ handle, datasync }, record) => this.plain(await this.client.fsync(this.node(record.node), this.handle(handle), datasync), record),
    fallocate: async ({ handle, mode, offset, size }, record) => this.plain(await this.client.fallocate(this.node(record.node), this.handle(handle), mode, offset, size), record),
    lseek: async ({ handle, offset, whence }, record) => this.judge(await this.client.lseek(this.node(record.node), this.handle(handle), offset, whence), record, sameCount),
    copy_file_range: async ({ handle, offset, targetNode, targetHandle, targetOffset, size }, record) =>
      this.judge(await this.client.copyFileRange(this.node(record.node), this.handle(handle), offset, this.node(targetNode), this.handle(targetHandle), targetOffset, size), record, sameCount),
    release: async ({ handle }, record) => {
      const open = this.handle(handle);
      this.handles.delete(handle);
      return this.plain(await this.client.release(this.node(record.node), open), record);
    },
    releasedir: async ({ handle }, record) => {
      const open = this.handle(handle);
      this.handles.delete(handle);
      this.listings.close(handle);
      return this.plain(await this.client.releasedir(this.node(record.node), open), record);
    },
    fsyncdir: async ({ handle }, record) => this.plain(await this.client.fsyncdir(this.node(record.node), this.handle(handle)), record),
    readdir: ({ handle, start }, record) => this.list(handle, start, record),
    statfs: async (_, record) => this.judge(await this.client.statfs(this.node(record.node)), record, () => undefined),
    syncfs: async (_, record) => this.plain(await this.client.syncfs(this.node(record.node)), record),
    getxattr: async ({ name, size }, record) => (record.answer.error === 'ERANGE' ? { skipped: 'a question of room' } : this.judge(await this.client.getxattr(this.node(record.node), name), record, size === 0 ? () => undefined : sameValue)),
    listxattr: async (_, record) => (record.answer.error === 'ERANGE' ? { skipped: 'a question of room' } : this.judge(await this.client.listxattr(this.node(record.node)), record, () => undefined)),
    setxattr: async ({ name, value, flags, killSetgid }, record) => this.plain(await this.client.setxattr(this.node(record.node), name, bytes(value), flags, killSetgid), record),
    removexattr: async ({ name }, record) => this.plain(await this.client.removexattr(this.node(record.node), name), record),
  };

  private async list(handle: number, start: boolean, record: TraceRecord): Promise<Outcome> {
    const node = this.node(record.node);
    const { names = [], nodes, error } = record.answer;
    if (error !== undefined) return { skipped: 'a listing that failed' };
    if (start) {
      const now = await run(namesIn(this.client, node));
      if (typeof now === 'number') return { differs: `success, now ${errnoName(now)}` };
      this.listings.begin(handle, record.node, now);
    }
    for (const [i, recorded] of (nodes ?? []).entries()) {
      const found = recorded === 0 || this.nodes.has(recorded) ? 0 : await this.client.lookup(node, names[i]!);
      if (typeof found === 'object') this.nodes.set(recorded, found.node);
    }
    const told = this.listings.next(handle, names);
    return told ? { differs: `names: ${told}` } : alike;
  }

}

/** The recording begins, or has a gap, before what makes something known. */
class Unknown extends Error {}

/** `now` is the time of the replay. */
function setting({ mode, uid, gid, size, atime, mtime }: Record<string, unknown>): Setting {
  const time = (value: unknown): [number, number] => (value === 'now' ? [Math.floor(Date.now() / 1000), (Date.now() % 1000) * 1e6] : value as [number, number]);
  const [a, m] = [atime === undefined ? undefined : time(atime), mtime === undefined ? undefined : time(mtime)];
  return { ...{ mode, uid, gid, size } as Setting, ...a && { atime: a[0], atimeNsec: a[1] }, ...m && { mtime: m[0], mtimeNsec: m[1] } };
}
