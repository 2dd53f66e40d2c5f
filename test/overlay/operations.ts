import fc from 'fast-check';
import { O, type Posix, PosixError, RENAME } from '../conformance/posix.js';

/** One change of a tree. */
export interface Change {
  readonly text: string;
  run(fs: Posix): Promise<unknown>;
}

const name = fc.constantFrom('a', 'b', 'c', 'd');
const path = fc.oneof(name, fc.tuple(name, name).map((parts) => parts.join('/')), fc.tuple(name, name, name).map((parts) => parts.join('/')));
const mode = fc.constantFrom(0o700, 0o755, 0o1777, 0o640);
const text = fc.constantFrom('x', 'longer text', 'y'.repeat(5000));

function change<T extends unknown[]>(call: string, args: fc.Arbitrary<T>, run: (fs: Posix, ...args: T) => Promise<unknown>): fc.Arbitrary<Change> {
  return args.map((values) => {
    const shown = `${call}(${values.map((value) => String(value).slice(0, 12)).join(', ')})`;
    return { text: shown, [fc.toStringMethod]: () => shown, run: (fs: Posix) => run(fs, ...values) };
  });
}

async function write(fs: Posix, at: string, flags: number, content: string): Promise<void> {
  const fd = await fs.open(at, O.O_WRONLY | O.O_NOFOLLOW | O.O_NONBLOCK | flags, 0o644);
  try {
    await fs.write(fd, content);
  } finally {
    await fs.close(fd);
  }
}

/** Any changes, so that those of a name and what is below it meet often. */
export const changes: fc.Arbitrary<Change[]> = fc.array(fc.oneof(
  { weight: 3, arbitrary: change('create', fc.tuple(path, text), (fs, at, content) => write(fs, at, O.O_CREAT, content)) },
  { weight: 3, arbitrary: change('append', fc.tuple(path, text), (fs, at, content) => write(fs, at, O.O_APPEND, content)) },
  { weight: 1, arbitrary: change('rewrite', fc.tuple(path, text), (fs, at, content) => write(fs, at, O.O_TRUNC, content)) },
  { weight: 3, arbitrary: change('unlink', fc.tuple(path), (fs, at) => fs.unlink(at)) },
  { weight: 3, arbitrary: change('mkdir', fc.tuple(path, mode), (fs, at, bits) => fs.mkdir(at, bits)) },
  { weight: 2, arbitrary: change('rmdir', fc.tuple(path), (fs, at) => fs.rmdir(at)) },
  { weight: 6, arbitrary: change('rename', fc.tuple(path, path, fc.constantFrom(0, 0, 0, RENAME.NOREPLACE, RENAME.EXCHANGE)), (fs, from, to, flags) => fs.rename(from, to, flags)) },
  { weight: 2, arbitrary: change('link', fc.tuple(path, path), (fs, from, to) => fs.link(from, to)) },
  { weight: 1, arbitrary: change('symlink', fc.tuple(path), (fs, at) => fs.symlink('a/b', at)) },
  { weight: 1, arbitrary: change('mkfifo', fc.tuple(path), (fs, at) => fs.mknod(at, O.S_IFIFO | 0o600)) },
  { weight: 2, arbitrary: change('chmod', fc.tuple(path, mode), (fs, at, bits) => fs.chmod(at, bits)) },
  { weight: 1, arbitrary: change('chown', fc.tuple(path), (fs, at) => fs.chown(at, 7, 8)) },
  { weight: 1, arbitrary: change('truncate', fc.tuple(path, fc.constantFrom(0, 3, 9000)), (fs, at, size) => fs.truncate(at, size)) },
  { weight: 1, arbitrary: change('setxattr', fc.tuple(path), (fs, at) => fs.setxattr(at, 'trusted.key', 'value')) },
), { minLength: 1, maxLength: 40, size: 'max' });

/** What came of a change: the name of its error, if any. */
export async function outcome(one: Change, fs: Posix): Promise<string> {
  try {
    await one.run(fs);
    return 'done';
  } catch (error) {
    if (error instanceof PosixError) return error.code;
    throw error;
  }
}
