import path from 'node:path';
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { ConfigSyntax } from '../errors.js';
import { brief } from './brief.js';
import { type ConfigSource, keyPath } from './source.js';

/** The position of the deepest key on the path that the text has. */
function position(root: Node | null, keys: readonly PropertyKey[]): number {
  let node: unknown = root;
  let at = 0;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (!pair) break;
      at = (pair.key as Node).range?.[0] ?? at;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      at = (node as Node | undefined)?.range?.[0] ?? at;
    }
  }
  return at;
}

/** The document as plain data; aliases that do not resolve, or that multiply without end, are an error of the file. */
function plain(document: Document, place: () => string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw ConfigSyntax(place(), brief((error as Error).message));
  }
}

/** Reads YAML (and so JSON) text; `prefix` is the key under which the config stands, as in package.json. */
export function textSource(file: string, text: string, prefix: readonly string[] = []): ConfigSource {
  const name = path.relative('', file).startsWith('..') ? file : path.relative('', file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const wrong = document.errors[0];
  if (wrong) throw ConfigSyntax(place(wrong.pos[0]), wrong.code === 'MULTIPLE_DOCS' ? 'a second document starts here; a config is one' : brief(wrong.message));
  const data = plain(document, () => place(0));
  return {
    directory: path.dirname(path.resolve(file)),
    name,
    data: prefix.length ? (data as Record<string, unknown> | null)?.[prefix[0]!] : data,
    where(keys) {
      const at = place(position(document.contents, [...prefix, ...keys]));
      return keys.length ? `${at}: ${keyPath(keys)}` : at;
    },
  };
}
