import { type Columns, Column, Parameter } from '../channel/columns.js';
import type { Dispatcher } from '../dispatch/dispatcher.js';
import { Opcode } from '../protocol/opcode.js';
import type { CachePolicy } from './cache-policy.js';

/** What decides which plain requests a session's channels may answer by themselves. */
export interface ShortcutConditions {
  readonly plugin: Dispatcher;
  /** Ids are mapped: attributes must be, too. */
  readonly mapsIds: boolean;
  /** The kernel may keep names, since it or nobody judges who may look them up. */
  readonly keepsNames: boolean;
  /** What the kernel writes later has times of its own. */
  readonly writeback: boolean;
}

const READS = [Opcode.READ];
const WRITES = [Opcode.WRITE];
const ATTRIBUTES = [Opcode.GETATTR];
const NAMES = [Opcode.LOOKUP];

/**
 * The opcodes for which a channel may answer what needs no decision, as bits. Only such that reach the plugin itself: what
 * a layer or the mount wants to see is never answered past it.
 */
export function shortcuts({ plugin, mapsIds, keepsNames, writeback }: ShortcutConditions): number {
  const attributes = mapsIds ? [] : keepsNames ? [...ATTRIBUTES, ...NAMES] : ATTRIBUTES;
  const allowed = [...READS, ...(writeback ? [] : WRITES), ...attributes];
  return allowed.filter((opcode) => plugin.isOwn(opcode)).reduce((bits, opcode) => bits | (1 << opcode), 0);
}

/** Says in a session's columns what its channels may answer; 0: nothing. */
export class ShortcutSettings {
  private readonly parameters = new Uint32Array(16);

  constructor(columns: Columns, { timeout }: CachePolicy) {
    const whole = Math.floor(timeout);
    const nanoseconds = (timeout - whole) * 1e9;
    this.parameters.set([0, whole, nanoseconds, whole, nanoseconds]);
    columns.set(Column.PARAMETERS, this.parameters);
  }

  allow(opcodes: number): void {
    this.parameters[Parameter.OPCODES] = opcodes;
  }
}
