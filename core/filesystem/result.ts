import type { Errno } from './errno.js';

/** Success with nothing more to say: the reply has no body, or the handler wrote it in place through the request. */
export type Done = 0;
export const Done: Done = 0;

/** What a handler answers: its reply, an error, or `Done`. */
export type Reply<T> = T | Errno | Done;

/** At once is the fast way; a promise parks the request and lets others pass. */
export type Result<T = never> = Reply<T> | Promise<Reply<T>>;
