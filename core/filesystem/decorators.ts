import 'reflect-metadata';
import { inject, injectable } from 'tsyringe';
import type { z } from 'zod';
import type { HandledOpcode, Handler } from './handlers.js';

/** What `@FileSystem` records of a class. */
export interface FileSystemDefinition {
  readonly name: string;
  /** Schema of the plugin's options, as they stand beside `use:` in a config file. */
  readonly options: z.ZodType;
  /** One sentence for `fusewire plugins`. */
  readonly description?: string;
}

export type Constructor<T = object> = new (...args: never[]) => T;

const definitions = new WeakMap<object, FileSystemDefinition>();
const transports = new WeakMap<object, TransportDefinition>();
const handled = new WeakMap<object, Map<HandledOpcode, string>>();

/** What `@Transport` records of a class. */
export type TransportDefinition = FileSystemDefinition;

/** Tokens under which a mount's objects are injected. */
export const tokens = {
  options: Symbol('fusewire options'),
  log: Symbol('fusewire log'),
  nodes: Symbol('fusewire node table'),
  signal: Symbol('fusewire abort signal'),
  host: Symbol('fusewire session host'),
} as const;

/** Class decorator: this class is a file system that config files name by `use: NAME`. */
export function FileSystem(definition: FileSystemDefinition) {
  return (target: Constructor): void => {
    injectable()(target as Constructor & (new (...args: unknown[]) => object));
    definitions.set(target, definition);
  };
}

/** What `@FileSystem` recorded, or undefined for another class. */
export function fileSystemDefinition(target: object): FileSystemDefinition | undefined {
  return definitions.get(target);
}

/** Class decorator: this class is a transport that config files name by `transport: { use: NAME }`. */
export function Transport(definition: TransportDefinition) {
  return (target: Constructor): void => {
    injectable()(target as Constructor & (new (...args: unknown[]) => object));
    transports.set(target, definition);
  };
}

/** What `@Transport` recorded, or undefined for another class. */
export function transportDefinition(target: object): TransportDefinition | undefined {
  return transports.get(target);
}

/** Method decorator: this method answers `opcode`; a method with another signature does not compile. */
export function Handles<O extends HandledOpcode>(opcode: O) {
  return <T extends Handler<O>>(prototype: object, method: string, _descriptor: TypedPropertyDescriptor<T>): void => {
    const methods = handled.get(prototype) ?? new Map<HandledOpcode, string>();
    handled.set(prototype, methods.set(opcode, method));
  };
}

/** Opcode -> method name of a class, inherited ones included; a subclass overrides its base. */
export function handledOpcodes(target: Constructor): Map<HandledOpcode, string> {
  const all = new Map<HandledOpcode, string>();
  for (let p: object | null = target.prototype as object; p; p = Object.getPrototypeOf(p) as object | null) {
    for (const [opcode, method] of handled.get(p) ?? []) if (!all.has(opcode)) all.set(opcode, method);
  }
  return all;
}

/** Constructor parameter: the mount's options, checked by the plugin's schema. */
export const Options = () => inject(tokens.options);
/** Constructor parameter: the mount's logger (`Log`). */
export const Logger = () => inject(tokens.log);
/** Constructor parameter: the mount's `NodeTable`. */
export const Nodes = () => inject(tokens.nodes);
/** Constructor parameter of a transport: the `SessionHost`. */
export const Host = () => inject(tokens.host);
/** Constructor parameter: an AbortSignal that fires when the mount stops. */
export const Signal = () => inject(tokens.signal);
