import { Logger, Options } from '../../../core/filesystem/decorators.js';
import { errnoName } from '../../../core/filesystem/errno.js';
import { type AnsweredOpcode, type AnyRequest, Layer, type LayerInstance, Paths, type WrappedHandler, Wraps } from '../../../core/filesystem/layer.js';
import { operationOf } from '../../../core/filesystem/operations.js';
import type { Traits } from '../../../core/filesystem/traits.js';
import type { Log } from '../../../core/log.js';
import type { PathTracker } from '../../../core/paths/path-tracker.js';
import { secondSubjectOf, subjectOf } from '../../../core/paths/subject.js';
import { detailOf } from './detail.js';
import { Lines } from '../lines.js';
import { type AuditOptions, auditOptions } from './options.js';

/** Who made a request; what tells of an end of a session was made by nobody. */
type Who = AnyRequest & { readonly uid?: number; readonly gid?: number; readonly pid?: number };

/** Records who did what to which path, and what came of it. Nobody waits for a line to be written. */
@Layer({ name: 'audit', options: auditOptions, description: 'records who did what to which path with which result' })
export class AuditLayer implements LayerInstance {
  readonly traits: Traits;
  private readonly lines: Lines | undefined;

  constructor(@Options() private readonly options: AuditOptions, @Paths() private readonly paths: PathTracker, @Logger() private readonly log: Log) {
    const { operations, file, buffer } = options;
    this.traits = { seesData: operations.includes('read') || operations.includes('write') };
    this.lines = file === undefined ? undefined : new Lines('audit', file, buffer, () => 1, log);
  }

  async start(): Promise<void> {
    await this.lines?.open();
  }
  async stop(): Promise<void> {
    await this.lines?.close();
  }

  @Wraps() wrap(opcode: AnsweredOpcode, next: WrappedHandler): WrappedHandler {
    const operation = operationOf(opcode);
    if (operation === undefined || !this.options.operations.includes(operation)) return next;
    const [subject, second, detail] = [subjectOf(opcode), secondSubjectOf(opcode), detailOf(opcode)];
    const { sample } = this.options;
    return (request) => {
      if (sample < 1 && Math.random() >= sample) return next(request);
      const path = subject(this.paths, request);
      const to = second?.(this.paths, request);
      if (!this.wanted(path) && !(to !== undefined && this.wanted(to))) return next(request);
      const { uid, gid, pid } = request as Who;
      const line = { time: new Date().toISOString(), operation, path: path ?? null, to, ...detail?.(request as never), uid, gid, pid };
      try {
        const result = next(request);
        if (!(result instanceof Promise)) this.say(line, result);
        else void result.then((reply) => this.say(line, reply), () => this.say(line, undefined));
        return result;
      } catch (error) {
        this.say(line, undefined);
        throw error;
      }
    };
  }

  private wanted(path: string | undefined): boolean {
    const { paths, except } = this.options;
    if (path === undefined) return paths === undefined;
    return (paths?.some((glob) => glob.takes(path)) ?? true) && !except.some((glob) => glob.takes(path));
  }

  /** `reply` is undefined when the handler threw. */
  private say(line: object, reply: unknown): void {
    const result = reply === undefined ? 'EIO' : typeof reply === 'number' && reply < 0 ? errnoName(reply) : 'ok';
    const whole = { ...line, result };
    if (this.lines) this.lines.add(JSON.stringify(whole));
    else this.log.info(whole, 'audit');
  }
}
