import { Rename2In, RenameIn } from '../../protocol/structs.js';
import { Errno } from '../errno.js';
import { Request } from '../request.js';

/** A request whose reply has no body. */
export abstract class PlainRequest extends Request {
  encode(): number {
    return 0;
  }
}

/** UNLINK and RMDIR: remove `name` from `parent`. */
export class RemoveRequest extends PlainRequest {
  private nameLength_ = 0;

  begin(): number {
    this.nameLength_ = this.nameLength(0);
    return Math.min(this.nameLength_, 0);
  }
  get parent(): number {
    return this.node;
  }
  get name(): string {
    return this.text(0, this.nameLength_);
  }
  get nameOffset(): number {
    return this.argsAt;
  }
  get nameBytes(): number {
    return this.nameLength_;
  }
}

/** RENAME2: move `name` of `parent` to `newName` of `newParent`; `flags` are `RenameFlag` bits. */
export class RenameRequest extends PlainRequest {
  protected readonly fixed: number = Rename2In.size_;
  private oldLength = 0;
  private newLength = 0;

  begin(): number {
    if (!this.atNode(Rename2In.newdir)) return Errno.ESTALE;
    this.oldLength = this.nameLength(this.fixed);
    if (this.oldLength < 0) return this.oldLength;
    this.newLength = this.nameLength(this.fixed + this.oldLength + 1);
    return Math.min(this.newLength, 0);
  }
  get parent(): number {
    return this.node;
  }
  get newParent(): number {
    return this.secondNode(Rename2In.newdir);
  }
  get flags(): number {
    return this.u32[this.args + (Rename2In.flags >> 2)]!;
  }
  get name(): string {
    return this.text(this.fixed, this.oldLength);
  }
  get newName(): string {
    return this.text(this.fixed + this.oldLength + 1, this.newLength);
  }
  get nameOffset(): number {
    return this.argsAt + this.fixed;
  }
  get newNameOffset(): number {
    return this.argsAt + this.fixed + this.oldLength + 1;
  }
}

/** RENAME, the form without flags; answered by the handler of RENAME2. */
export class PlainRenameRequest extends RenameRequest {
  protected override readonly fixed: number = RenameIn.size_;
  override get flags(): number {
    return 0;
  }
}
