import { ChangesFailed } from '../../../core/errors.js';
import { type Errno, errnoName } from '../../../core/filesystem/errno.js';

/** The answer, unless it is an errno: that ends the work, with the path it was about. */
export function must<T>(answer: T | Errno, path: string, what: string): T {
  if (typeof answer === 'number' && answer < 0) throw ChangesFailed(path || '/', what, errnoName(answer as Errno));
  return answer as T;
}
