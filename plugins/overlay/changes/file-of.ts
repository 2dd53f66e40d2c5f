import type { Piece } from '../find.js';
import type { FileOf } from './compare.js';
import type { Entry } from './walk.js';

export const fileOf = ({ layer, found }: Piece): FileOf => ({ layer, node: found.node, attributes: found.attributes });

/** The upper file of an entry, with the place of its data. */
export function upperFile({ upper, data }: Entry): FileOf {
  return data ? { ...fileOf(upper!), data: { layer: data.layer, node: data.found.node } } : fileOf(upper!);
}
