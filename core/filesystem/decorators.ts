import 'reflect-metadata';
import { inject, injectable } from 'tsyringe';
import type { z } from 'zod';
import type { HandledOpcode, Handler } from './handlers.js';
import type { Traits } from './traits.js';

/** What `@FileSystem` records of a class. */
export interface FileSystemDefinition extends Traits {
  readonly name: string;
  /** Schema of the plugin's options, as they stand beside `use:` in a config file. */
  readonly options: z.ZodType;
  /** One sentence for `fusewire plugins`. */
  readonly description?: string;
}

export type Constructor<T = object> = new (...args: never[]) => T;

// What decorators record stands in reflect-metadata's one store, under names: a plugin may bring its own copy of this package.
const FILE_SYSTEM = 'fusewire:file-system';
const TRANSPORT = 'fusewire:transport';
const HANDLERS = 'fusewire:handlers';

/** What `@Transport` records of a class. */
export type TransportDefinition = FileSystemDefinition;

/** Tokens under which a mount's objects are injected. */
export const tokens = {
  options: Symbol.for('fusewire:options'),
  log: Symbol.for('fusewire:log'),
  nodes: Symbol.for('fusewire:node-table'),
  signal: Symbol.for('fusewire:abort-signal'),
  host: Symbol.for('fusewire:session-host'),
  parts: Symbol.for('fusewire:parts'),
  inner: Symbol.for('fusewire:inner'),
  paths: Symbol.for('fusewire:paths'),
} as const;

/** Class decorator: this class is a file system that config files name by `use: NAME`. */
export function FileSystem(definition: FileSystemDefinition) {
  return (target: Constructor): void => {
    inheritParameters(target);
    injectable()(target as Constructor & (new (...args: unknown[]) => object));
    Reflect.defineMetadata(FILE_SYSTEM, definition, target);
  };
}

/** A class without a constructor of its own is built as its base is, whatever the compiler recorded of it. */
export function inheritParameters(target: Constructor): void {
  for (const key of ['injectionTokens', 'design:paramtypes']) {
    const inherited: unknown = Reflect.getMetadata(key, target);
    if (inherited !== undefined && target.length === 0 && !Reflect.hasOwnMetadata(key, target)) Reflect.defineMetadata(key, inherited, target);
  }
}

/** What `@FileSystem` recorded, or undefined for another class. */
export function fileSystemDefinition(target: object): FileSystemDefinition | undefined {
  return Reflect.getOwnMetadata(FILE_SYSTEM, target) as FileSystemDefinition | undefined;
}

/** Class decorator: this class is a transport that config files name by `transport: { use: NAME }`. */
export function Transport(definition: TransportDefinition) {
  return (target: Constructor): void => {
    injectable()(target as Constructor & (new (...args: unknown[]) => object));
    Reflect.defineMetadata(TRANSPORT, definition, target);
  };
}

/** What `@Transport` recorded, or undefined for another class. */
export function transportDefinition(target: object): TransportDefinition | undefined {
  return Reflect.getOwnMetadata(TRANSPORT, target) as TransportDefinition | undefined;
}

/** Method decorator: this method answers `opcode`; a method with another signature does not compile. */
export function Handles<O extends HandledOpcode>(opcode: O) {
  return <T extends Handler<O>>(prototype: object, method: string, _descriptor: TypedPropertyDescriptor<T>): void => {
    const methods = ownHandlers(prototype) ?? new Map<HandledOpcode, string>();
    Reflect.defineMetadata(HANDLERS, methods.set(opcode, method), prototype);
  };
}

function ownHandlers(prototype: object): Map<HandledOpcode, string> | undefined {
  return Reflect.getOwnMetadata(HANDLERS, prototype) as Map<HandledOpcode, string> | undefined;
}

/** Opcode -> method name of a class, inherited ones included; a subclass overrides its base. */
export function handledOpcodes(target: Constructor): Map<HandledOpcode, string> {
  const all = new Map<HandledOpcode, string>();
  for (let p: object | null = target.prototype as object; p; p = Object.getPrototypeOf(p) as object | null) {
    for (const [opcode, method] of ownHandlers(p) ?? []) if (!all.has(opcode)) all.set(opcode, method);
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
/** Constructor parameter of a file system that is made of others: the `PartBuilder`, for those that its options select. */
export const Parts = () => inject(tokens.parts);
/** Constructor parameter: an AbortSignal that fires when the mount stops. */
export const Signal = () => inject(tokens.signal);
