import type { Steps } from '../../../stack/index.js';
import type { Piece } from '../find.js';
import { S_IFMT, S_IFREG } from '../../../core/protocol/mode.js';
import type { Union } from '../union.js';
import type { FileOf } from './compare.js';
import type { Entry } from './walk.js';

export const fileOf = ({ layer, found }: Piece): FileOf => ({ layer, node: found.node, attributes: found.attributes });

/** The upper file of an entry, with the place of its data. */
export function* upperFile({ marks }: Union, { upper, base, below }: Entry): Steps<FileOf> {
  const file = fileOf(upper!);
  const data = below[0] ?? base[0];
  if ((file.attributes.mode & S_IFMT) !== S_IFREG || !data || (yield* upper!.layer.mark(file.node, `${marks.prefix}metacopy`)) === undefined) return file;
  return { ...file, data: { layer: data.layer, node: data.found.node } };
}
