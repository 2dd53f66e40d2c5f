import { Column, type Columns } from '../channel/columns.js';
import { OPCODE_LIMIT } from '../protocol/opcode.js';

/** What went through a session, or through all sessions of a mount. */
export class Traffic {
  /** Requests received, by opcode. */
  readonly requests = new Float64Array(OPCODE_LIMIT);
  /** Those of them that were answered with an errno. */
  readonly errors = new Float64Array(OPCODE_LIMIT);
  /** Bytes of messages, headers included: received, sent. */
  readonly bytes = new Float64Array(2);

  /** Has what channels answer by themselves counted, too. */
  show(columns: Columns): void {
    columns.set(Column.REQUESTS, this.requests);
    columns.set(Column.ERRORS, this.errors);
    columns.set(Column.BYTES, this.bytes);
  }

  add({ requests, errors, bytes }: Traffic): this {
    for (let opcode = 0; opcode < OPCODE_LIMIT; opcode++) {
      this.requests[opcode]! += requests[opcode]!;
      this.errors[opcode]! += errors[opcode]!;
    }
    this.bytes[0]! += bytes[0]!;
    this.bytes[1]! += bytes[1]!;
    return this;
  }
}
