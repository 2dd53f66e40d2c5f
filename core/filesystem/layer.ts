import { inject, injectable } from 'tsyringe';
import type { z } from 'zod';
import type { Opcode } from '../protocol/opcode.js';
import { type Constructor, inheritParameters, tokens } from './decorators.js';
import type { HandledOpcode } from './handlers.js';
import type { Request } from './request.js';
import type { Release } from './requests/open.js';
import type { Result } from './result.js';
import type { Traits } from './traits.js';

/** What `@Layer` records of a class. */
export interface LayerDefinition {
  readonly name: string;
  /** Schema of the layer's options, as they stand beside `use:` in a config file. */
  readonly options: z.ZodType;
  /** One sentence for `fusewire plugins`. */
  readonly description?: string;
  /** Opcodes it answers although what it wraps does not. Others that it handles count only where there is something to wrap. */
  readonly adds?: readonly HandledOpcode[];
}

/** What a layer may have beside its handlers. */
export interface LayerInstance {
  /** What the file system says of itself, as seen through this layer. */
  readonly traits?: Traits;
  /** Called before the first request, from the inside out, and after the last one, from the outside in. */
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
}

/** Opcodes that are answered; FORGET and DESTROY only tell something. */
export type AnsweredOpcode = Exclude<HandledOpcode, Opcode.FORGET | Opcode.DESTROY>;
/** RELEASE and RELEASEDIR tell a `Release` that may be no request, when a session has ended with files open. */
export type AnyRequest = Request<unknown> | Release;
/** A handler of any opcode. */
export type WrappedHandler = (request: AnyRequest) => Result<unknown>;

const LAYER = 'fusewire:layer';
const WRAPS = 'fusewire:wraps';
const PATHS = 'fusewire:asks-for-paths';

/** Class decorator: this class is a layer around a file system, that config files name in `layers: [{ use: NAME }]`. */
export function Layer(definition: LayerDefinition) {
  return (target: Constructor): void => {
    inheritParameters(target);
    injectable()(target as Constructor & (new (...args: unknown[]) => object));
    Reflect.defineMetadata(LAYER, definition, target);
  };
}

/** What `@Layer` recorded, or undefined for another class. */
export function layerDefinition(target: object): LayerDefinition | undefined {
  return Reflect.getOwnMetadata(LAYER, target) as LayerDefinition | undefined;
}

/**
 * Method decorator of a layer: called once per opcode when the mount starts, with the handler that would answer it; what
 * it returns answers instead. It is asked for every opcode that has a handler, other than FORGET and DESTROY.
 */
export function Wraps() {
  return (prototype: object, method: string, _descriptor: TypedPropertyDescriptor<(opcode: AnsweredOpcode, next: WrappedHandler) => WrappedHandler>): void => {
    Reflect.defineMetadata(WRAPS, method, prototype);
  };
}

/** The name of the method that `@Wraps` marked. */
export function wrapsMethod(target: Constructor): string | undefined {
  return Reflect.getMetadata(WRAPS, target.prototype as object) as string | undefined;
}

/** Constructor parameter of a layer: the `Handlers` of what it wraps. One that is missing there is undefined here. */
export const Inner = () => inject(tokens.inner);

/** Constructor parameter of a layer: the `PathTracker` of the file system. It exists only where a layer asks for it. */
export function Paths(): ParameterDecorator {
  const parameter = inject(tokens.paths);
  return (target, key, index) => {
    parameter(target, key, index);
    Reflect.defineMetadata(PATHS, true, target);
  };
}

/** Whether a layer's constructor has a parameter with `@Paths()`. */
export function asksForPaths(target: object): boolean {
  return Reflect.getMetadata(PATHS, target) === true;
}
