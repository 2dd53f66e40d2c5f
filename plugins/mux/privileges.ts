import type { Errno } from '../../core/filesystem/errno.js';
import type { Result } from '../../core/filesystem/result.js';
import { type Steps, wait } from '../../stack/index.js';
import type { Share } from './share.js';

const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o010;

/** Takes set-id bits away after a change, in a share that leaves it to the kernel, which has left it to the mux. */
export function* clearSetid<T>(share: Share, node: number, result: Result<T>): Steps<T | Errno | 0> {
  const reply = yield* wait(result);
  if (typeof reply === 'number' && reply < 0) return reply;
  const attributes = yield* wait(share.client.getattr(node));
  if (typeof attributes === 'number') return reply;
  const cleared = attributes.mode & ~S_ISUID & ((attributes.mode & S_IXGRP) === 0 ? -1 : ~S_ISGID);
  if (cleared !== attributes.mode) yield* wait(share.client.setattr(node, { mode: cleared & 0o7777 }));
  return reply;
}
