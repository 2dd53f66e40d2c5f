import type { Errno } from '../../core/filesystem/errno.js';
import { RenameFlag } from '../../core/protocol/flags.js';
import { type Found, type Steps, wait } from '../../stack/index.js';
import { PERMISSIONS } from '../../core/protocol/mode.js';
import type { Upper } from './upper.js';

const DEFAULT_ACL = 'system.posix_acl_default';

/**
 * Something that is made in the work directory and then takes the place of a whiteout in one step. It is made in a directory
 * with the owner, mode and default ACL of the one it is for, so that it inherits what it would have inherited there.
 */
export class Staging {
  private readonly name: string;
  /** Where it stands: the work directory, or one in it. */
  private directory: number;
  private room = '';

  constructor(private readonly upper: Upper) {
    this.name = upper.name();
    this.directory = upper.work;
  }

  *make<T extends Found>(parent: number, what: (directory: number, name: string) => T | Errno | Promise<T | Errno>, inherits: boolean): Steps<T | Errno> {
    const error = inherits ? yield* this.furnish(parent) : 0;
    const made = error < 0 ? error as Errno : yield* wait(what(this.directory, this.name));
    if (typeof made === 'number') yield* this.leave();
    return made;
  }

  /** Puts it in the place of the whiteout `name`; a directory changes places with it. */
  *replace(parent: number, name: string, isDirectory: boolean): Steps<0 | Errno> {
    const { client } = this.upper;
    const error = yield* wait(client.rename(this.directory, this.name, parent, name, isDirectory ? RenameFlag.EXCHANGE : 0));
    if (error < 0) return error;
    if (isDirectory) yield* wait(client.unlink(this.directory, this.name));
    yield* this.leave();
    return 0;
  }

  *discard(): Steps<void> {
    yield* this.upper.remove(this.directory, this.name);
    yield* this.leave();
  }

  private *furnish(parent: number): Steps<0 | Errno> {
    const { client } = this.upper;
    const like = yield* wait(client.getattr(parent));
    if (typeof like === 'number') return like;
    this.room = this.upper.name();
    const made = yield* wait(client.mkdir(this.upper.work, this.room, 0o700));
    if (typeof made === 'number') return made;
    this.directory = made.node;
    const owned = yield* wait(client.setattr(made.node, { uid: like.uid, gid: like.gid }));
    if (typeof owned === 'number') return owned;
    const acl = yield* wait(client.getxattr(parent, DEFAULT_ACL));
    const kept = typeof acl === 'number' ? 0 : yield* wait(client.setxattr(made.node, DEFAULT_ACL, acl));
    if (kept < 0) return kept as Errno;
    const dressed = yield* wait(client.setattr(made.node, { mode: like.mode & PERMISSIONS }));
    return typeof dressed === 'number' ? dressed : 0;
  }

  private *leave(): Steps<void> {
    if (this.directory === this.upper.work) return;
    this.upper.client.forget(this.directory, 1);
    yield* wait(this.upper.client.rmdir(this.upper.work, this.room));
    this.directory = this.upper.work;
  }
}
