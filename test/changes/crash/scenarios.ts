import type { Mount } from '../../../core/mount.js';
import { O, type Posix } from '../../conformance/posix.js';

type Step = (fs: Posix, mount: Mount) => Promise<unknown>;

export interface Scenario {
  /** What is done before. */
  readonly before: Step;
  /** What the process dies in. */
  readonly steps: Readonly<Record<string, Step>>;
}

async function write(fs: Posix, path: string, content: string, flags = 0): Promise<void> {
  const fd = await fs.open(path, O.O_WRONLY | flags);
  await fs.write(fd, content);
  await fs.close(fd);
}

/** By name. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'copy-up': {
    before: async () => undefined,
    steps: {
      'write c/a/b/a': (fs) => write(fs, 'c/a/b/a', 'DEEP'),
      'append to a/b/a': (fs) => write(fs, 'a/b/a', 'more', O.O_APPEND),
      'chmod a/d': (fs) => fs.chmod('a/d', 0o600),
      'truncate c/c': (fs) => fs.truncate('c/c', 3),
      'rename b': (fs) => fs.rename('b', 'c/b2'),
      'setxattr d': (fs) => fs.setxattr('a/a', 'trusted.key', 'value'),
      'link c/b': (fs) => fs.link('c/b', 'c/e'),
    },
  },
  commit: {
    before: async (fs) => {
      await write(fs, 'a/a', 'changed');
      await fs.rename('b', 'c/moved');
      await fs.unlink('a/b/b');
      await fs.mkdir('new');
      await fs.symlink('x', 'new/link');
      await fs.chmod('a/d', 0o600);
      await fs.chown('c/c', 7, 8);
      await fs.rename('c/a', 'b');
      await write(fs, 'b/b/a', 'deeper');
    },
    steps: { commit: (_fs, mount) => mount.changes!.commit() },
  },
  snapshot: {
    before: async (fs) => {
      await write(fs, 'a/a', 'changed');
      await fs.rename('b', 'c/moved');
      await fs.unlink('a/b/b');
      await fs.chmod('.', 0o711);
    },
    steps: {
      snapshot: async (fs, mount) => {
        await fs.open('c/moved/a', O.O_RDWR);
        await mount.changes!.snapshot();
      },
    },
  },
  discard: {
    before: async (fs) => {
      await write(fs, 'a/a', 'changed');
      await fs.rename('b', 'c/moved');
      await fs.unlink('a/b/b');
    },
    steps: { discard: (_fs, mount) => mount.changes!.discard() },
  },
};
