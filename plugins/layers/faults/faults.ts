import { Options } from '../../../core/filesystem/decorators.js';
import { Errno } from '../../../core/filesystem/errno.js';
import { type AnsweredOpcode, type AnyRequest, Layer, type LayerInstance, Paths, type WrappedHandler, Wraps } from '../../../core/filesystem/layer.js';
import { operationOf } from '../../../core/filesystem/operations.js';
import { pause } from '../../../core/filesystem/pause.js';
import type { ReadRequest } from '../../../core/filesystem/requests/index.js';
import { Done, type Result } from '../../../core/filesystem/result.js';
import type { Traits } from '../../../core/filesystem/traits.js';
import type { PathTracker } from '../../../core/paths/path-tracker.js';
import { subjectOf } from '../../../core/paths/subject.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { chance } from './chance.js';
import { type FaultsOptions, faultsOptions } from './options.js';
import { Trigger } from './trigger.js';

/** These are done whatever is answered: what they close must not stay open. */
const CLOSING: ReadonlySet<Opcode> = new Set([Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.FLUSH]);

/** Lets operations fail, take longer or move fewer bytes, by rule, to see what programs make of it. */
@Layer({ name: 'faults', options: faultsOptions, description: 'lets operations fail, dawdle or fall short by rule, for tests' })
export class FaultsLayer implements LayerInstance {
  readonly traits: Traits;
  private readonly triggers: readonly Trigger[];

  constructor(@Options() { rules, seed }: FaultsOptions, @Paths() private readonly paths: PathTracker) {
    const random = chance(seed);
    this.triggers = rules.map((rule) => new Trigger(rule, random));
    this.traits = { seesData: rules.some(({ operations }) => !operations || operations.includes('read') || operations.includes('write')) };
  }

  @Wraps() wrap(opcode: AnsweredOpcode, next: WrappedHandler): WrappedHandler {
    const operation = operationOf(opcode);
    const triggers = this.triggers.filter(({ rule: { operations } }) => operation !== undefined && (operations?.includes(operation) ?? true));
    if (triggers.length === 0) return next;
    const subject = subjectOf(opcode);
    const moves = opcode === Opcode.READ || opcode === Opcode.WRITE;
    return (request) => {
      const path = subject(this.paths, request);
      let [error, latency, short] = [0, 0, Infinity];
      for (const trigger of triggers) {
        if (!trigger.strikes(path)) continue;
        const { rule } = trigger;
        if (rule.error !== undefined && error === 0) error = Errno[rule.error as 'EIO'];
        latency += rule.latency ?? 0;
        short = Math.min(short, rule.short ?? Infinity);
      }
      if (moves && short < Infinity) (request as ReadRequest).shorten(short);
      const then = (): Result<unknown> => answer(opcode, request, error, next);
      if (latency === 0) return then();
      return pause(request, latency).then((interrupted) => (interrupted === Done || CLOSING.has(opcode) ? then() : interrupted));
    };
  }
}

function answer(opcode: Opcode, request: AnyRequest, error: number, next: WrappedHandler): Result<unknown> {
  if (error === 0) return next(request);
  if (!CLOSING.has(opcode)) return error as Errno;
  const result = next(request);
  return result instanceof Promise ? result.then(() => error as Errno) : (error as Errno);
}
