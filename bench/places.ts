import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { atExit } from './cleanup.js';

/** The package's folder; this file runs from dist/bench. */
export const ROOT = path.join(import.meta.dirname, '..', '..');
export const FUSEWIRE = path.join(ROOT, 'bin/fusewire');
/** C sources of the load generators. */
export const SOURCES = path.join(ROOT, 'bench/native');
export const RESULTS = path.join(ROOT, 'bench/results');

/** What is fetched or built once; git-ignored. */
export function cache(name: string): string {
  const place = path.join(ROOT, '.cache', 'bench', name);
  mkdirSync(place, { recursive: true });
  return place;
}

/** A folder that is removed when its user disposes of it, or at this process's end. */
export class TemporaryFolder implements Disposable {
  private readonly registered = atExit(() => this.remove());

  private constructor(readonly path: string) {}

  /** For sockets and mountpoints. */
  static forWork(): TemporaryFolder {
    return new TemporaryFolder(mkdtempSync(path.join(tmpdir(), 'fusewire-bench-')));
  }

  /** In memory, for what is served. */
  static inMemory(): TemporaryFolder {
    return new TemporaryFolder(mkdtempSync('/dev/shm/fusewire-bench-'));
  }

  /** On the disk that the package is on. */
  static onDisk(): TemporaryFolder {
    return new TemporaryFolder(mkdtempSync(path.join(cache('disk'), 'd-')));
  }

  [Symbol.dispose](): void {
    this.registered.done();
    this.remove();
  }

  private remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
