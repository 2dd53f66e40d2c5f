import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { AdminUnreachable } from '../core/errors.js';
import type { Failure, Method, Parameters, Reply } from './protocol.js';

/** What a server answered that it could not do. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/** Asks the server that listens on the admin socket `path`. Throws `AdminUnreachable`, or `AdminError` when it refuses. */
export async function ask<M extends Method>(path: string, method: M, params: Parameters<M>): Promise<unknown> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    socket.write(`${JSON.stringify({ id: 1, method, params })}\n`);
    for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
      const reply = JSON.parse(line) as Reply;
      if ('error' in reply) throw new AdminError(reply.error);
      return reply.result;
    }
    throw AdminUnreachable(path, 'it closed the connection');
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : AdminUnreachable(path, code ?? 'unknown');
  } finally {
    socket.destroy();
  }
}
