import type { Layer } from './layer.js';
import type { OverlayNode } from './node.js';

/** An open file of the overlay: an open file of one of its layers, which copy-up may exchange for one of the upper layer. */
export interface OpenFile {
  readonly node: OverlayNode;
  readonly flags: number;
  layer: Layer;
  /** Node, handle of our session, and the layer's own number of the open file. */
  inner: number;
  handle: number;
  value: number;
  /** Exchanges the file whose data sessions move by themselves. */
  move?: (data: number) => void;
}

/** Open files by number. */
export class OpenFiles {
  private readonly files: (OpenFile | undefined)[] = [];
  private readonly free: number[] = [];

  get(number: number): OpenFile | undefined {
    return this.files[number];
  }
  add(file: OpenFile): number {
    const number = this.free.pop() ?? this.files.length;
    this.files[number] = file;
    file.node.opens.push(file);
    return number;
  }
  remove(number: number): OpenFile | undefined {
    const file = this.files[number];
    if (!file) return undefined;
    this.files[number] = undefined;
    this.free.push(number);
    const { opens } = file.node;
    opens.splice(opens.indexOf(file), 1);
    return file;
  }
}
