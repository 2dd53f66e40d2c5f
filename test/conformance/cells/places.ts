import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** `f_type` of statfs(2). */
const types = { ext4: 0xef53, tmpfs: 0x01021994 } as const;
export type Backing = keyof typeof types;

/** An empty directory on a file system of that type; undefined when there is none to be had. */
export function scratch(type: Backing): Scratch | undefined {
  const place = [tmpdir(), '/dev/shm', '/var/tmp', process.cwd()].find((dir) => {
    try {
      return statfsSync(dir).type === types[type];
    } catch {
      return false;
    }
  });
  return place === undefined ? undefined : new Scratch(place);
}

export class Scratch {
  readonly path: string;

  constructor(place: string = tmpdir()) {
    this.path = mkdtempSync(path.join(place, 'fusewire-conformance-'));
  }
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
