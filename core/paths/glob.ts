import { Minimatch } from 'minimatch';
import { z } from 'zod';

/** `*` takes names that start with a dot, too; a pattern is neither a comment nor a negation; names are bytes, in one form. */
const OPTIONS = { dot: true, nocomment: true, nonegate: true, normalize: false } as const;

/**
 * A pattern of paths, as glob(7) with `**` for any number of directories and `{a,b}`. One with a `/` counts from the root of the
 * file system, one without is a name anywhere. It takes what has such a path and, where that is a directory, all that is in it.
 */
export class Glob {
  private readonly itself: Minimatch;
  private readonly below: Minimatch;

  /** Throws when it is too long or expands to too much. */
  constructor(readonly pattern: string) {
    const trimmed = pattern.replace(/\/+$/, '');
    const rooted = trimmed.includes('/') || trimmed === '' ? `/${trimmed.replace(/^\/+/, '')}` : `/**/${trimmed}`;
    this.itself = new Minimatch(rooted, OPTIONS);
    this.below = new Minimatch(rooted === '/' ? '/**' : `${rooted}/**`, OPTIONS);
  }

  /** `path` is absolute: `/a/b`. */
  takes(path: string): boolean {
    return this.itself.match(path) || this.below.match(path);
  }
}

/** Schema of a pattern of paths. */
export const glob = () => z.string().min(1, 'must not be empty').transform((pattern, context) => {
  try {
    return new Glob(pattern);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
});
