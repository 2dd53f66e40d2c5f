import { S_IFDIR, S_IFMT } from '../../../core/protocol/mode.js';
import { type Steps, wait } from '../../../stack/index.js';
import type { FileOf } from './compare.js';
import type { Sink } from './entries.js';
import { must } from './failure.js';
import type { Target } from './target.js';

/** Writes a layer into an empty directory, as an upper directory of the kernel's overlayfs: without redirects, every file with its data. */
export class DirectorySink implements Sink {
  entries = 0;
  /** The directories that lead to what is told, below the root. */
  private readonly open: number[] = [];

  constructor(private readonly target: Target) {}

  private get directory(): number {
    return this.open.at(-1) ?? this.target.layer.root;
  }

  *file(path: string, file: FileOf): Steps<void> {
    if (path === '') return;
    const { target } = this;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const isDirectory = (file.attributes.mode & S_IFMT) === S_IFDIR;
    const known = isDirectory ? undefined : target.copyOf(file);
    this.entries++;
    if (known !== undefined) return target.client.forget(must(yield* wait(target.client.link(known, this.directory, name)), path, 'cannot be linked').node, 1);
    const copy = yield* target.copy(file, path);
    yield* target.place(copy.name, this.directory, name, path);
    if (isDirectory) this.open.push(copy.node);
    else if (file.attributes.nlink > 1) target.note(file, copy.node);
    else target.client.forget(copy.node, 1);
  }

  *whiteout(path: string): Steps<void> {
    this.entries++;
    yield* this.target.whiteout(this.directory, path.slice(path.lastIndexOf('/') + 1), path);
  }

  *opaque(path: string): Steps<void> {
    const { target } = this;
    must(yield* target.layer.setMark(this.directory, target.marks.opaque, 'y'), path, 'cannot be marked as opaque');
  }

  /** What was made in it has changed its times. */
  *left(path: string, file: FileOf): Steps<void> {
    const { target } = this;
    yield* target.dress(this.directory, file, path || '/');
    const node = this.open.pop();
    if (node !== undefined) target.client.forget(node, 1);
  }
}
