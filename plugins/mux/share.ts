import type { AnyHandler } from '../../core/dispatch/table.js';
import type { Inside } from '../../core/filesystem/inside.js';
import type { FileSystemSelection } from '../../core/config/index.js';
import type { Part, PartGroup } from '../../core/parts.js';
import { ROOT_NODE } from '../../core/protocol/flags.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { Client } from '../../stack/index.js';
import type { Numbers } from './numbers.js';

/** Requests of our own that may wait for a share. */
const SLOTS = 2;

/** One of the file systems of a mux, under its name in the root. */
export class Share implements Inside {
  readonly client: Client;
  /** The number of its root directory in the mux. */
  readonly root: number;
  /** The number in the mux of each of its nodes that is shown, 0 for others. */
  private readonly numbers: number[] = [];
  /** It has been removed: only what is open goes on. */
  gone = false;
  /** Files and directories that are open, and requests that wait for an answer. */
  private uses = 0;
  private stopped: Promise<void> | undefined;

  /** `cookie`: where the root's listing goes on behind it. Its file system has started. */
  constructor(readonly name: string, readonly selection: FileSystemSelection, readonly cookie: number, private readonly part: Part, private readonly group: PartGroup, private readonly outer: Numbers) {
    this.client = new Client(part, SLOTS);
    this.client.start();
    this.root = outer.give(this, ROOT_NODE);
    this.numbers[ROOT_NODE] = this.root;
  }

  get table(): readonly (AnyHandler | undefined)[] {
    return this.part.plugin.table;
  }
  handles(opcode: Opcode): boolean {
    return this.table[opcode] !== undefined;
  }
  get bare(): boolean {
    const { plugin } = this.part;
    return plugin.isOwn(Opcode.READ) && plugin.isOwn(Opcode.WRITE);
  }
  get hearsCloses(): boolean {
    return this.part.plugin.hearsCloses;
  }
  get judgesNames(): boolean {
    return this.part.plugin.definition?.judgesNames === true;
  }
  /** It clears set-id bits, and truncates by OPEN, as the mux says of itself. */
  get killsPrivileges(): boolean {
    return this.part.plugin.definition?.killsPrivileges === true;
  }
  /** It keeps ACLs in step with modes. */
  get posixAcl(): boolean {
    return this.part.plugin.definition?.posixAcl === true;
  }
  /** The umask is its own business, since it has extended attributes and so may have default ACLs. */
  get masks(): boolean {
    return this.handles(Opcode.SETXATTR);
  }

  shown(node: number): number {
    return this.numbers[node] || this.show(node);
  }
  private show(node: number): number {
    const number = this.outer.give(this, node);
    this.numbers[node] = number;
    this.client.session.handOut(node);
    return number;
  }
  unshown(node: number): void {
    const number = this.numbers[node] ?? 0;
    if (number === 0 || number === this.root || this.outer.referred(number)) return;
    this.numbers[node] = 0;
    this.outer.take(number);
    this.client.session.lookups.forget(node, 1);
  }
  unused(node: number): void {
    this.client.session.unused(node);
  }

  /** Nobody refers to its node any more, which the mux has under `number`. */
  forget(node: number, number: number): void {
    if (number === this.root && !this.gone) return;
    this.numbers[node] = 0;
    this.outer.take(number);
    if (!this.stopped) this.client.forget(node, 1);
  }

  use(): void {
    this.uses++;
  }
  unuse(): void {
    this.uses--;
    if (this.gone && this.uses === 0) void this.stop();
  }

  /** Its name has been taken away. Resolves when it has stopped, with the last file that was open in it. */
  leave(): void {
    this.gone = true;
    if (!this.outer.referred(this.root)) this.forget(ROOT_NODE, this.root);
    if (this.uses === 0) void this.stop();
  }

  /** Called when it has stopped. */
  onStopped: (error?: unknown) => void = () => {};

  stop(): Promise<void> {
    return (this.stopped ??= this.end());
  }

  private async end(): Promise<void> {
    this.gone = true;
    this.client.close();
    await this.group.stop().then(() => this.onStopped(), this.onStopped);
  }
}
