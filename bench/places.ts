import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

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

/** A new folder for sockets and mountpoints. */
export const workFolder = (): string => mkdtempSync(path.join(tmpdir(), 'fusewire-bench-'));
/** A new folder in memory for what is served. */
export const memoryFolder = (): string => mkdtempSync('/dev/shm/fusewire-bench-');
