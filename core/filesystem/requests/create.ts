import type { IdMaps } from '../../mapping/id-maps.js';
import { CreateIn, EntryOut, InHeader, MkdirIn, MknodIn, OpenOut } from '../../protocol/structs.js';
import { writeAttributes } from '../attributes.js';
import type { Created, Entry } from '../entry.js';
import { Errno } from '../errno.js';
import { HandleKind } from '../handles.js';
import { Done } from '../result.js';
import { NamedEntryRequest } from './entry.js';
import { findSupplementaryGroup, NO_GROUP } from './extension.js';
import { putHandle } from './handle.js';

/**
 * A request that makes something, which belongs to the caller. Extensions (`struct fuse_ext_header`) may follow its strings,
 * up to the end of the message; the header counts them in units of 8 bytes.
 */
abstract class CreatingRequest<T extends Entry = Entry> extends NamedEntryRequest<T> {
  private extension = 0;
  private group = NO_GROUP;

  /** The one group of the caller, beside `gid`, that matters here: the parent directory's, if the caller is in it; else -1. */
  get supplementaryGroup(): number {
    return this.group;
  }
  /** Strings end where the extensions start. */
  protected override get inline(): number {
    return super.inline - this.extension;
  }

  protected override mapIds(idMaps: IdMaps): number {
    return idMaps.toHost(this.u32, this.head + (InHeader.uid >> 2));
  }

  override enter(idMaps: IdMaps): number {
    const error = super.enter(idMaps);
    if (this.group < 0) return error;
    const group = idMaps.gid.toHost.map(this.group);
    if (group >= 0) this.group = group;
    return Math.min(error, group, 0);
  }

  override begin(): number {
    this.extension = 0;
    this.group = NO_GROUP;
    const full = this.context.admitsNode();
    if (full < 0) return full;
    const error = this.context.supplementaryGroups ? this.extend() : 0;
    return error < 0 ? error : super.begin();
  }

  private extend(): number {
    this.extension = (this.u32[this.head + (InHeader.total_extlen >> 2)]! & 0xffff) * 8;
    if (this.extension === 0) return 0;
    const end = this.length - InHeader.size_;
    if (end > super.inline || end - this.extension < this.fixed) return Errno.EINVAL;
    const group = findSupplementaryGroup(this.u8, this.argsAt + end - this.extension, this.argsAt + end);
    if (group < 0) return group === NO_GROUP ? 0 : group;
    this.group = this.context.idMaps?.gid.toHost.map(group) ?? group;
    return Math.min(this.group, 0);
  }
}

/** MKNOD: make a file, FIFO, socket or device; `mode` includes the type, `rdev` as new_encode_dev(). */
export class MknodRequest extends CreatingRequest {
  protected readonly fixed = MknodIn.size_;
  get mode(): number {
    return this.word(MknodIn.mode);
  }
  set mode(mode: number) {
    this.setWord(MknodIn.mode, mode);
  }
  get rdev(): number {
    return this.word(MknodIn.rdev);
  }
  get umask(): number {
    return this.word(MknodIn.umask);
  }
}

/** MKDIR. */
export class MkdirRequest extends CreatingRequest {
  protected readonly fixed = MkdirIn.size_;
  get mode(): number {
    return this.word(MkdirIn.mode);
  }
  set mode(mode: number) {
    this.setWord(MkdirIn.mode, mode);
  }
  get umask(): number {
    return this.word(MkdirIn.umask);
  }
}

/** SYMLINK: make `name` in `parent` point to `target`. */
export class SymlinkRequest extends CreatingRequest {
  protected readonly fixed = 0;
  private targetLength = 0;

  override begin(): number {
    const error = super.begin();
    if (error < 0) return error;
    this.targetLength = this.stringLength(this.nameBytes + 1);
    return this.targetLength === 0 ? Errno.ENOENT : Math.min(this.targetLength, 0);
  }
  get target(): string {
    return this.text(this.nameBytes + 1, this.targetLength);
  }
  get targetOffset(): number {
    return this.argsAt + this.nameBytes + 1;
  }
}

/**
 * CREATE: make and open a regular file (open(2) `flags`); without O_EXCL an existing one is opened. TMPFILE: the same
 * without a name.
 */
export class CreateRequest extends CreatingRequest<Created> {
  protected readonly fixed = CreateIn.size_;
  /** The plugin's number that `created` answered with. */
  answeredHandle = 0;

  override begin(): number {
    const full = this.context.admitsHandle();
    return full < 0 ? full : super.begin();
  }
  get flags(): number {
    return this.word(CreateIn.flags);
  }
  get mode(): number {
    return this.word(CreateIn.mode);
  }
  set mode(mode: number) {
    this.setWord(CreateIn.mode, mode);
  }
  get umask(): number {
    return this.word(CreateIn.umask);
  }

  /** Answers with `node`, whose attributes stand at `attrOffset`, opened as `handle`; `backing` and `data` as for OPEN. */
  created(node: number, handle: number, flags: number, backing = -1, data = -1): Done | Errno {
    this.answeredHandle = handle;
    const at = this.out + (EntryOut.size_ >> 2);
    const shown = this.depth === 0 ? node : this.shownNode(node);
    const bare = this.depth === 0 || this.bare;
    if (putHandle(this.u32, at, this.context, HandleKind.FILE, shown, handle, this.allowedFlags(flags, false), bare ? backing : -1, this.flags, bare ? data : -1) < 0) {
      this.unshownNode(node);
      return Errno.ENFILE;
    }
    this.entry(node);
    this.body = EntryOut.size_ + OpenOut.size_;
    return Done;
  }

  override encode(result: Created | Done): number {
    if (result === Done) return 0;
    writeAttributes(this.u32, this.out + (EntryOut.attr >> 2), result.attributes, result.node);
    return this.created(result.node, result.handle ?? 0, result.flags ?? 0, result.backing, result.data);
  }
}

/** TMPFILE: a regular file without a name in the directory `parent` (O_TMPFILE); link(2) may give it one. */
export class TmpfileRequest extends CreateRequest {
  protected override nameLength(): number {
    return 0;
  }
}
