import { PluginNotDecorated } from './errors.js';
import { type Constructor, fileSystemDefinition, type FileSystemDefinition, transportDefinition, type TransportDefinition } from './filesystem/decorators.js';
import type { TransportInstance } from './transport.js';

/** A class under the name it is used by. */
export interface Registered<T extends object = object> extends FileSystemDefinition {
  readonly Class: Constructor<T>;
}

/** The file systems and transports that configs may name. Built-ins are added by `index.ts`, modules as configs name them. */
export class Registry {
  private readonly fileSystems = new Map<string, Registered>();
  private readonly transports = new Map<string, Registered<TransportInstance>>();

  addFileSystem(Class: Constructor, as?: string): void {
    const definition: FileSystemDefinition | undefined = fileSystemDefinition(Class);
    if (!definition) throw PluginNotDecorated(as ?? Class.name);
    this.fileSystems.set(as ?? definition.name, { ...definition, Class });
  }

  addTransport(Class: Constructor<TransportInstance>): void {
    const definition: TransportDefinition | undefined = transportDefinition(Class);
    if (!definition) throw PluginNotDecorated(Class.name);
    this.transports.set(definition.name, { ...definition, Class });
  }

  /** Makes the default export of a plugin module known under the specifier a config names. */
  addModule(specifier: string, plugin: unknown): void {
    if (typeof plugin !== 'function') throw PluginNotDecorated(specifier);
    this.addFileSystem(plugin as Constructor, specifier);
  }

  fileSystem(name: string): Registered | undefined {
    return this.fileSystems.get(name);
  }
  transport(name: string): Registered<TransportInstance> | undefined {
    return this.transports.get(name);
  }
  fileSystemNames(): string[] {
    return [...this.fileSystems.keys()];
  }
  transportNames(): string[] {
    return [...this.transports.keys()];
  }
}
