import type { Socket } from 'node:net';
import type { z } from 'zod';
import { UserError } from '../core/errors.js';
import type { Log } from '../core/log.js';
import { Whereabouts, type answers } from './methods.js';
import { type Failure, LINE_MAX, type Method, methods, type Reply, request } from './protocol.js';

type Answers = ReturnType<typeof answers>;

const invalid = (message: string): Failure => ({ code: 'FW_BAD_REQUEST', message, hint: '' });

function whatIsWrong(error: z.ZodError): string {
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}

/** One client of the admin socket: lines of JSON in, one line back for each. */
export class AdminConnection {
  private pieces: Buffer[] = [];
  private size = 0;
  /** Requests not yet answered. */
  private pending = 0;
  private ended = false;

  constructor(private readonly socket: Socket, private readonly answers: Answers, private readonly log: Log) {
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('end', () => {
      this.ended = true;
      this.settle();
    });
    // A client that went away needs no answer.
    socket.on('error', () => socket.destroy());
  }

  private take(chunk: Buffer): void {
    for (let rest = chunk; ;) {
      const end = rest.indexOf(0x0a);
      const piece = end < 0 ? rest : rest.subarray(0, end);
      this.size += piece.length;
      if (this.size > LINE_MAX) return this.giveUp();
      this.pieces.push(piece);
      if (end < 0) return;
      const line = Buffer.concat(this.pieces).toString();
      this.pieces = [];
      this.size = 0;
      if (line.trim() !== '') this.start(line);
      rest = rest.subarray(end + 1);
    }
  }

  private start(line: string): void {
    this.pending++;
    void this.follow(line).finally(() => {
      this.pending--;
      this.settle();
    });
  }

  /** A client that has said all, as `nc -N` does, still gets its answers. */
  private settle(): void {
    if (this.ended && this.pending === 0) this.socket.end();
  }

  private giveUp(): void {
    this.socket.removeAllListeners('data');
    this.reply({ id: null, error: invalid(`a request has more than ${LINE_MAX} bytes`) });
    this.socket.end();
  }

  private async follow(line: string): Promise<void> {
    let data: unknown;
    try {
      data = JSON.parse(line);
    } catch {
      return this.reply({ id: null, error: invalid('a request is one line of JSON') });
    }
    const parsed = request.safeParse(data);
    if (!parsed.success) {
      const id = (data as { id?: unknown } | null)?.id;
      return this.reply({ id: typeof id === 'number' || typeof id === 'string' ? id : null, error: invalid(whatIsWrong(parsed.error)) });
    }
    const { id, method, params } = parsed.data;
    const checked = methods[method].safeParse(params ?? {});
    if (!checked.success) return this.reply({ id, error: invalid(`params: ${whatIsWrong(checked.error)}`) });
    const at = new Whereabouts();
    try {
      const answer = this.answers[method] as (params: unknown, at: Whereabouts) => unknown;
      this.reply({ id, result: await answer(checked.data, at) });
    } catch (error) {
      this.reply({ id, error: this.failure(method, error, at) });
    }
  }

  private failure(method: Method, error: unknown, { path }: Whereabouts): Failure {
    if (error instanceof UserError) return { code: error.code, message: error.message, hint: error.hint, ...path && { path } };
    this.log.error({ method, err: error }, 'admin: a request failed');
    return { code: (error as NodeJS.ErrnoException).code ?? 'FW_INTERNAL', message: error instanceof Error ? error.message : String(error), hint: '' };
  }

  private reply(reply: Reply): void {
    if (!this.socket.writable || this.socket.write(`${JSON.stringify(reply)}\n`)) return;
    // Who does not read the answers is asked for no more requests.
    this.socket.pause();
    this.socket.once('drain', () => this.socket.resume());
  }
}
