import type { Result } from '../../core/filesystem/result.js';
import type { Share } from './share.js';

/** Counts what an answer has opened, until it is released: a share that is removed goes on for it. */
export function counted<T>(share: Share, result: Result<T>): Result<T> {
  if (result instanceof Promise) {
    return result.then((reply) => {
      if (typeof reply === 'object' || (reply as number) >= 0) share.use();
      return reply;
    });
  }
  if (typeof result === 'object' || (result as number) >= 0) share.use();
  return result;
}
