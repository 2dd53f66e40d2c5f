import { Logger, Options } from '../../../core/filesystem/decorators.js';
import { type AnsweredOpcode, type AnyRequest, Layer, type LayerInstance, type WrappedHandler, Wraps } from '../../../core/filesystem/layer.js';
import { operationOf } from '../../../core/filesystem/operations.js';
import type { ListingVisitor, ReaddirplusRequest } from '../../../core/filesystem/requests/index.js';
import type { Traits } from '../../../core/filesystem/traits.js';
import type { Log } from '../../../core/log.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { Lines } from '../lines.js';
import { answerOf } from './answer.js';
import { argumentsOf } from './arguments.js';
import { type TraceOptions, traceOptions } from './options.js';
import type { TraceAnswer, TraceRecord, TraceStart } from './record.js';

/** Who made a request; what tells of an end of a session was made by nobody. */
type Who = AnyRequest & { readonly uid?: number; readonly gid?: number; readonly pid?: number };

/** Names and nodes of one listing, as they are added. */
class Listing implements ListingVisitor {
  readonly names: string[] = [];
  readonly nodes: number[] = [];

  shows(name: string): boolean {
    this.names.push(name);
    return true;
  }
  listed(_name: string, node: number): void {
    this.nodes[this.names.length - 1] = node;
  }
  get answer(): TraceAnswer {
    return { names: this.names, ...this.nodes.length > 0 && { nodes: Array.from(this.names, (_, i) => this.nodes[i] ?? 0) } };
  }
}

/** Records every request and what came of it, for `fusewire replay`. Nobody waits for the file. */
@Layer({ name: 'trace', options: traceOptions, description: 'records all requests and their answers, for `fusewire replay`' })
export class TraceLayer implements LayerInstance {
  readonly traits: Traits = { seesData: true };
  private readonly lines: Lines;

  constructor(@Options() private readonly options: TraceOptions, @Logger() log: Log) {
    this.lines = new Lines('trace', options.file, options.buffer, (line) => line.length, log);
  }

  async start(): Promise<void> {
    await this.lines.open();
    const start: TraceStart = { trace: 1, time: new Date().toISOString(), data: this.options.data };
    this.lines.add(JSON.stringify(start));
  }
  async stop(): Promise<void> {
    await this.lines.close();
  }

  @Wraps() wrap(opcode: AnsweredOpcode, next: WrappedHandler): WrappedHandler {
    const op = operationOf(opcode) ?? Opcode[opcode]!.toLowerCase();
    const [describe, answer] = [argumentsOf(opcode), answerOf(opcode)];
    const { data } = this.options;
    const lists = opcode === Opcode.READDIR || opcode === Opcode.READDIRPLUS;
    return (request) => {
      const { node, uid = 0, gid = 0, pid = 0 } = request as Who;
      const started = performance.now();
      const args = describe(request as never, data);
      const listing = lists ? new Listing() : undefined;
      if (listing) (request as ReaddirplusRequest).visit(listing);
      const say = (reply: unknown): void => {
        const told = listing && !(typeof reply === 'number' && reply < 0) ? listing.answer : reply === undefined ? { error: 'EIO' } : answer(request, reply);
        const record: TraceRecord = { op, node, uid, gid, pid, us: Math.round((performance.now() - started) * 1000), args, answer: told };
        this.lines.add(JSON.stringify(record));
      };
      try {
        const result = next(request);
        if (result instanceof Promise) void result.then(say, () => say(undefined));
        else say(result);
        return result;
      } catch (error) {
        say(undefined);
        throw error;
      }
    };
  }
}
