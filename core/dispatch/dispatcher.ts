import { type Constructor, type FileSystemDefinition, fileSystemDefinition, handledOpcodes } from '../filesystem/decorators.js';
import type { Handlers } from '../filesystem/handlers.js';
import type { LayerInstance } from '../filesystem/layer.js';
import { Done } from '../filesystem/result.js';
import type { Traits } from '../filesystem/traits.js';
import { Opcode, OPCODE_LIMIT } from '../protocol/opcode.js';
import { type AnyHandler, type HandlerTable, shared } from './table.js';
import { wrap } from './wrap.js';

/** What a plugin or a layer may have beside its handlers. */
type Lifecycle = Pick<LayerInstance, 'start' | 'stop'>;

/**
 * The opcode table of one file system: made once from what the decorators recorded, then only indexed. Layers wrap it
 * before the first session; an opcode that a layer does not handle goes on to the same function as before.
 */
export class Dispatcher {
  definition: FileSystemDefinition | undefined;
  /** From the inside out. */
  readonly layers: LayerInstance[] = [];
  private handlers: HandlerTable;
  /** The plugin's own table. */
  private readonly own: HandlerTable;

  /** `extend` adds what the mount does beside the plugin, or around it. */
  constructor(readonly plugin: object, extend?: (table: HandlerTable) => void) {
    this.definition = fileSystemDefinition(plugin.constructor);
    const table = Array.from<AnyHandler | undefined>({ length: OPCODE_LIMIT });
    for (const [opcode, method] of handledOpcodes(plugin.constructor as Constructor)) {
      const handler = (plugin as Record<string, AnyHandler | undefined>)[method];
      table[opcode] = handler!.bind(plugin);
    }
    for (const [opcode, by] of shared) table[opcode] ??= table[by];
    // A session answers these itself when the plugin has nothing to add.
    for (const opcode of [Opcode.RELEASE, Opcode.RELEASEDIR, Opcode.FORGET, Opcode.DESTROY]) table[opcode] ??= () => Done;
    this.own = [...table];
    extend?.(table);
    this.handlers = table;
  }

  get table(): readonly (AnyHandler | undefined)[] {
    return this.handlers;
  }

  /** Puts a layer around all that there is; `build` makes it, given the handlers that it wraps. */
  add(build: (inner: Handlers) => object): void {
    const layer = build(this.handlers as unknown as Handlers) as LayerInstance;
    this.handlers = wrap(this.handlers, layer);
    if (this.definition) this.definition = { ...this.definition, ...changed(this.definition, layer.traits ?? {}) };
    this.layers.push(layer);
  }

  get name(): string {
    return this.definition?.name ?? this.plugin.constructor.name;
  }

  handles(opcode: Opcode): boolean {
    return this.handlers[opcode] !== undefined;
  }

  /** The plugin itself handles the opcode, with nothing around it. */
  isOwn(opcode: Opcode): boolean {
    return this.handlers[opcode] !== undefined && this.handlers[opcode] === this.own[opcode];
  }

  /** Locks or a layer need to hear of every close(2), whatever the plugin says of its own FLUSH: no open is NOFLUSH. */
  get hearsCloses(): boolean {
    return this.handles(Opcode.FLUSH) && !this.isOwn(Opcode.FLUSH);
  }

  /** Starts the plugin, then its layers; when one cannot start, those that did are stopped and its error is thrown. */
  async start(): Promise<void> {
    const started: Lifecycle[] = [];
    for (const one of [this.plugin as Lifecycle, ...this.layers]) {
      try {
        await one.start?.();
        started.unshift(one);
      } catch (error) {
        for (const other of started) await other.stop?.();
        throw error;
      }
    }
  }

  async stop(): Promise<void> {
    for (const one of [...this.layers.toReversed(), this.plugin as Lifecycle]) await one.stop?.();
  }
}

/** Traits as seen through a layer; none takes back what another inside of it is anxious to see. */
function changed(inner: Traits, { judgesNames, seesData, ...traits }: Traits): Traits {
  return { ...traits, judgesNames: judgesNames || inner.judgesNames, seesData: seesData || inner.seesData };
}
