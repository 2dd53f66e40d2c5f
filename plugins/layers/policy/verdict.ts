import { Errno } from '../../../core/filesystem/errno.js';
import { Done } from '../../../core/filesystem/result.js';
import type { PathTracker } from '../../../core/paths/path-tracker.js';
import type { PolicyOptions } from './options.js';

/** What a rule says, the stricter the higher. */
export const enum Verdict {
  ALLOW = 0,
  READONLY = 1,
  DENY = 2,
  HIDE = 3,
}

const VERDICTS = { allow: Verdict.ALLOW, readonly: Verdict.READONLY, deny: Verdict.DENY, hide: Verdict.HIDE } as const;

/** Judges paths by rules. A path that is not known is denied: nobody gets past a rule by hiding where something is. */
export class Judge {
  constructor(private readonly rules: PolicyOptions['rules'], private readonly paths: PathTracker) {}

  /** What the rules say of a path, for a user. */
  path(path: string | undefined, uid: number): Verdict {
    if (path === undefined) return Verdict.DENY;
    for (const { effect, paths, users } of this.rules) {
      if ((users === undefined || users.includes(uid)) && paths.some((glob) => glob.takes(path))) return VERDICTS[effect];
    }
    return Verdict.ALLOW;
  }

  /** Of a node: the strictest of all its names that are known. */
  node(node: number, uid: number): Verdict {
    let verdict = -1;
    for (const path of this.paths.paths(node)) verdict = Math.max(verdict, this.path(path, uid));
    return verdict < 0 ? Verdict.DENY : verdict;
  }

  /** Of a name in a directory. */
  name(directory: number, name: string, uid: number): Verdict {
    return this.path(this.paths.below(directory, name), uid);
  }
}

/** The answer to who only looks: 0, or an errno. */
export function toRead(verdict: Verdict): Done | Errno {
  return verdict === Verdict.HIDE ? Errno.ENOENT : verdict === Verdict.DENY ? Errno.EACCES : Done;
}

/** To who changes something. */
export function toChange(verdict: Verdict): Done | Errno {
  return verdict === Verdict.READONLY ? Errno.EROFS : toRead(verdict);
}

/** To who would make something of that name: that a hidden name is taken must not be told apart from that it may not be had. */
export function toMake(verdict: Verdict): Done | Errno {
  return verdict === Verdict.HIDE ? Errno.EACCES : toChange(verdict);
}
