import { setTimeout as delay } from 'node:timers/promises';
import { Errno } from './errno.js';
import type { AnyRequest } from './layer.js';
import { Done } from './result.js';

/** Lets a request wait for `seconds`; EINTR when its caller does not wait any longer, or its session has ended. */
export async function pause(request: AnyRequest, seconds: number): Promise<Done | Errno> {
  const signal = 'signal' in request ? request.signal : undefined;
  try {
    await delay(seconds * 1000, undefined, { signal });
    return Done;
  } catch {
    return Errno.EINTR;
  }
}
