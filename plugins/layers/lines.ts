import { type FileHandle, open } from 'node:fs/promises';
import { FileUnwritable } from '../../core/errors.js';
import type { Log } from '../../core/log.js';

/** Lines appended to a file in batches, in the background; one that finds too much waiting is dropped, and counted. `layer`: whose lines they are. */
export class Lines {
  private waiting: string[] = [];
  private weight = 0;
  private dropped = 0;
  private writing: Promise<void> | undefined;
  private handle: FileHandle | undefined;

  /** `weigh`: what of `limit` a line that waits takes up. */
  constructor(private readonly layer: string, private readonly file: string, private readonly limit: number, private readonly weigh: (line: string) => number, private readonly log: Log) {}

  async open(): Promise<void> {
    this.handle = await open(this.file, 'a', 0o600).catch((error: NodeJS.ErrnoException) => {
      throw FileUnwritable(this.file, error.code ?? error.message);
    });
  }

  add(line: string): void {
    const weight = this.weigh(line);
    if (this.weight + weight > this.limit) this.dropped++;
    else {
      this.waiting.push(line);
      this.weight += weight;
    }
    this.writing ??= this.drain();
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.writing;
    await this.handle?.close();
    this.handle = undefined;
  }

  private async drain(): Promise<void> {
    // The request that said it is to be answered first.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const lines = this.waiting;
      this.waiting = [];
      this.weight = 0;
      await this.handle!.appendFile(`${lines.join('\n')}\n`).catch((error: NodeJS.ErrnoException) => {
        this.dropped += lines.length;
        this.log.warn({ file: this.file, error: error.code }, `${this.layer}: lines cannot be written`);
      });
      if (this.dropped > 0) await this.tellDropped();
    }
    this.writing = undefined;
  }

  private async tellDropped(): Promise<void> {
    const { dropped } = this;
    this.dropped = 0;
    this.log.warn({ file: this.file, dropped }, `${this.layer}: lines were dropped`);
    await this.handle!.appendFile(`${JSON.stringify({ time: new Date().toISOString(), dropped })}\n`).catch(() => undefined);
  }
}
