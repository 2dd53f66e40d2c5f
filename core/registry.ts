import { type Constructor, fileSystemDefinition, type FileSystemDefinition, transportDefinition } from './filesystem/decorators.js';
import { type LayerDefinition, layerDefinition } from './filesystem/layer.js';
import type { TransportInstance } from './transport.js';

/** A class under the name it is used by. */
export interface Registered<T extends object = object> extends FileSystemDefinition {
  readonly Class: Constructor<T>;
}

/** A layer's class under the name it is used by. */
export interface RegisteredLayer extends LayerDefinition {
  readonly Class: Constructor;
}

/** Makes an entry known. */
class Load {
  constructor(readonly run: () => void) {}
}

/** Entries by name; one that is built in is loaded when it is first asked for, since a server needs few of them. */
class Entries<E extends object> {
  private readonly known = new Map<string, E | Load>();

  set(name: string, entry: E): void {
    this.known.set(name, entry);
  }
  /** `load` is to call `set` with that name. */
  later(name: string, load: () => void): void {
    this.known.set(name, new Load(load));
  }
  get(name: string): E | undefined {
    const entry = this.known.get(name);
    if (!(entry instanceof Load)) return entry;
    entry.run();
    return this.known.get(name) as E;
  }
  names(): string[] {
    return [...this.known.keys()];
  }
}

/** The file systems, layers and transports that configs may name. Built-ins are added by `index.ts`, modules as configs name them. */
export class Registry {
  private readonly fileSystems = new Entries<Registered>();
  private readonly layers = new Entries<RegisteredLayer>();
  private readonly transports = new Entries<Registered<TransportInstance>>();

  /** Names classes that `load` gives when they are asked for. */
  addBuiltIn(kind: 'fileSystems' | 'layers' | 'transports', name: string, load: () => Constructor): void {
    const add = { fileSystems: this.addFileSystem, layers: this.addLayer, transports: this.addTransport }[kind] as (Class: Constructor) => void;
    this[kind].later(name, () => add.call(this, load()));
  }

  /** Makes a class known, by the name it was decorated with or by another. */
  addFileSystem(Class: Constructor, as?: string): void {
    const definition = fileSystemDefinition(Class);
    if (!definition) throw new TypeError(`${Class.name} is not decorated with @FileSystem`);
    this.fileSystems.set(as ?? definition.name, { ...definition, Class });
  }

  addLayer(Class: Constructor): void {
    const definition = layerDefinition(Class);
    if (!definition) throw new TypeError(`${Class.name} is not decorated with @Layer`);
    this.layers.set(definition.name, { ...definition, Class });
  }

  addTransport(Class: Constructor<TransportInstance>): void {
    const definition = transportDefinition(Class);
    if (!definition) throw new TypeError(`${Class.name} is not decorated with @Transport`);
    this.transports.set(definition.name, { ...definition, Class });
  }

  /** Makes the default export of a plugin module known under the specifier a config names; false when it is neither file system nor layer. */
  addModule(specifier: string, plugin: unknown): boolean {
    if (typeof plugin !== 'function') return false;
    const definition = fileSystemDefinition(plugin);
    if (definition) this.fileSystems.set(specifier, { ...definition, Class: plugin as Constructor });
    const layer = layerDefinition(plugin);
    if (layer) this.layers.set(specifier, { ...layer, Class: plugin as Constructor });
    return definition !== undefined || layer !== undefined;
  }

  fileSystem(name: string): Registered | undefined {
    return this.fileSystems.get(name);
  }
  layer(name: string): RegisteredLayer | undefined {
    return this.layers.get(name);
  }
  transport(name: string): Registered<TransportInstance> | undefined {
    return this.transports.get(name);
  }
  fileSystemNames(): string[] {
    return this.fileSystems.names();
  }
  layerNames(): string[] {
    return this.layers.names();
  }
  transportNames(): string[] {
    return this.transports.names();
  }
}
