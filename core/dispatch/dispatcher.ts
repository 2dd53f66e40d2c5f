import { type FileSystemDefinition, fileSystemDefinition, handledOpcodes, type Constructor } from '../filesystem/decorators.js';
import { Done } from '../filesystem/result.js';
import { Opcode, OPCODE_LIMIT } from '../protocol/opcode.js';

/** A handler as the session calls it: bound to its plugin, its types checked where it was decorated. */
export type AnyHandler = (request: unknown) => unknown;

/** Opcodes that another opcode's handler answers too. */
const shared: readonly (readonly [Opcode, Opcode])[] = [
  [Opcode.RENAME, Opcode.RENAME2],
  [Opcode.COPY_FILE_RANGE_64, Opcode.COPY_FILE_RANGE],
];

/** The opcode table of one mount: made once from what the decorators recorded, then only indexed. */
export class Dispatcher {
  readonly table: readonly (AnyHandler | undefined)[];

  /** `extend` adds what the mount does beside the plugin, or around it. */
  constructor(readonly plugin: object, extend?: (table: (AnyHandler | undefined)[]) => void) {
    const table = Array.from<AnyHandler | undefined>({ length: OPCODE_LIMIT });
    for (const [opcode, method] of handledOpcodes(plugin.constructor as Constructor)) {
      const handler = (plugin as Record<string, AnyHandler | undefined>)[method];
      table[opcode] = handler!.bind(plugin);
    }
    for (const [opcode, by] of shared) table[opcode] ??= table[by];
    // A session answers these itself when the plugin has nothing to add.
    table[Opcode.RELEASE] ??= () => Done;
    table[Opcode.RELEASEDIR] ??= () => Done;
    extend?.(table);
    this.table = table;
  }

  get name(): string {
    return this.definition?.name ?? this.plugin.constructor.name;
  }

  get definition(): FileSystemDefinition | undefined {
    return fileSystemDefinition(this.plugin.constructor);
  }

  handles(opcode: Opcode): boolean {
    return this.table[opcode] !== undefined;
  }
}
