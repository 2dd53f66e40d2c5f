import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { root } from './documents.js';

/** A directory that goes with the test: within the project, where `fusewire` is the project itself, and as deep as an example. */
export function scratch(t: ExecutionContext): string {
  const cache = path.join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(path.join(cache, 'docs-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
