import { Opcode } from '../protocol/opcode.js';

/** A handler as the session calls it: bound to its plugin, its types checked where it was decorated. */
export type AnyHandler = (request: unknown) => unknown;
/** Handlers by opcode. */
export type HandlerTable = (AnyHandler | undefined)[];

/** Opcodes that another opcode's handler answers too. */
export const shared: readonly (readonly [Opcode, Opcode])[] = [
  [Opcode.RENAME, Opcode.RENAME2],
  [Opcode.COPY_FILE_RANGE_64, Opcode.COPY_FILE_RANGE],
];
