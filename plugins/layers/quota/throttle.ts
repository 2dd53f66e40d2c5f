import type { AnsweredOpcode, AnyRequest, WrappedHandler } from '../../../core/filesystem/layer.js';
import { pause } from '../../../core/filesystem/pause.js';
import type { ReadRequest, WriteRequest } from '../../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../../core/filesystem/result.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { Bucket } from './bucket.js';
import type { QuotaOptions } from './options.js';

/** These give something back, and never wait. */
const FREE: ReadonlySet<Opcode> = new Set([Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.FLUSH]);

/** Lets requests wait that are too many, or move too much. None is refused. */
export class Throttle {
  private readonly operations: Bucket | undefined;
  private readonly bandwidth: Bucket | undefined;

  constructor({ operations, bandwidth }: QuotaOptions) {
    this.operations = operations === undefined ? undefined : new Bucket(operations);
    this.bandwidth = bandwidth === undefined ? undefined : new Bucket(bandwidth);
  }

  wrap(opcode: AnsweredOpcode, next: WrappedHandler): WrappedHandler {
    const { operations, bandwidth } = this;
    const moved = bandwidth === undefined ? next : this.moving(opcode, bandwidth, next);
    if (!operations || FREE.has(opcode)) return moved;
    return (request) => paused(request, operations.take(1), moved);
  }

  /** A write waits before, a read after it: how much it moves is not known sooner. */
  private moving(opcode: AnsweredOpcode, bandwidth: Bucket, next: WrappedHandler): WrappedHandler {
    if (opcode === Opcode.WRITE) return (request) => paused(request, bandwidth.take((request as WriteRequest).size), next);
    if (opcode !== Opcode.READ) return next;
    return (request) => {
      const result = next(request);
      return result instanceof Promise ? result.then((reply) => this.sent(bandwidth, request as ReadRequest, reply)) : this.sent(bandwidth, request as ReadRequest, result);
    };
  }

  private sent(bandwidth: Bucket, request: ReadRequest, reply: unknown): Result<unknown> {
    // What belongs to the plugin may change while the reply waits.
    const result = reply instanceof Uint8Array ? request.send(reply, 0, reply.length) : reply;
    const wait = result === Done ? bandwidth.take(request.sent) : 0;
    return wait === 0 ? result as Done : pause(request, wait).then(() => result as Done);
  }
}

function paused(request: AnyRequest, wait: number, next: WrappedHandler): Result<unknown> {
  return wait === 0 ? next(request) : pause(request, wait).then((interrupted) => (interrupted === Done ? next(request) : interrupted));
}
