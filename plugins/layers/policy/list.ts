import type { ReaddirplusRequest, ReaddirRequest } from '../../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../../core/filesystem/result.js';
import { type Judge, Verdict } from './verdict.js';

/** A listing without the names that are hidden. Where all of a reply's are, it goes on, since an empty reply means the end. */
export function list<R extends ReaddirRequest | ReaddirplusRequest>(judge: Judge, request: R, inner: (request: R) => Result): Result {
  const { node, uid } = request;
  request.visit({ shows: (name) => name === '.' || name === '..' || judge.name(node, name, uid) !== Verdict.HIDE });
  return next(request, inner);
}

function next<R extends ReaddirRequest | ReaddirplusRequest>(request: R, inner: (request: R) => Result): Result {
  for (;;) {
    const result = inner(request);
    if (result instanceof Promise) return result.then((error) => (error === Done && request.resumes() ? next(request, inner) : error));
    if (result !== Done || !request.resumes()) return result;
  }
}
