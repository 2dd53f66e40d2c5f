import { type Constructor, handledOpcodes } from '../filesystem/decorators.js';
import { layerDefinition, wrapsMethod } from '../filesystem/layer.js';
import { Opcode } from '../protocol/opcode.js';
import { type AnyHandler, type HandlerTable, shared } from './table.js';

type Methods = Record<string, AnyHandler>;
type Wrapper = (opcode: Opcode, next: AnyHandler) => AnyHandler;

/** The table of a layer around what `inner` answers. */
export function wrap(inner: HandlerTable, layer: object): HandlerTable {
  const Class = layer.constructor as Constructor;
  const adds: readonly Opcode[] = layerDefinition(Class)?.adds ?? [];
  const table = [...inner];
  const handled = new Map<Opcode, string>(handledOpcodes(Class));
  for (const [opcode, by] of shared) if (handled.has(by)) handled.set(opcode, handled.get(by)!);
  for (const [opcode, method] of handled) {
    if (inner[opcode] !== undefined || adds.includes(opcode)) table[opcode] = (layer as Methods)[method]!.bind(layer);
  }
  const method = wrapsMethod(Class);
  if (method === undefined) return table;
  const wrapper = (layer as Record<string, unknown>)[method] as Wrapper;
  return table.map((next, opcode) => {
    const told = next === undefined || opcode === Opcode.FORGET || opcode === Opcode.DESTROY;
    return told ? next : wrapper.call(layer, opcode, next);
  });
}
