import { createReadStream } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ConfigInvalid, ConfigNotFound, ConfigUnreadable } from '../errors.js';
import type { ConfigSource } from './source.js';

const KEY = 'fusewire';
const PLACES = ['fusewire.yaml', 'fusewire.yml', 'fusewire.json', '.fusewirerc', 'package.json'];

/** Whether a package.json on the way up has our key; the text is parsed again, with positions, once it is chosen. */
function packageJson(_file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Bytes; whoever names a disk image by mistake is told so. */
const SIZE_LIMIT = 2 ** 20;
const REASONS: Record<string, string> = { ENOENT: 'there is no such file', EISDIR: 'it is a directory', EACCES: 'this user may not read it' };

async function read(file: string): Promise<ConfigSource> {
  const bytes = await buffer(createReadStream(file, { end: SIZE_LIMIT })).catch((error: NodeJS.ErrnoException) => {
    throw ConfigUnreadable(file, REASONS[error.code ?? ''] ?? error.message);
  });
  if (bytes.length > SIZE_LIMIT) throw ConfigUnreadable(file, `it has more than ${SIZE_LIMIT} bytes, which is too much for a config`);
  const text = bytes.toString();
  // A server that is told all on its command line needs no parser.
  const { textSource } = await import('./text-source.js');
  if (path.basename(file) !== 'package.json') return textSource(file, text);
  const source = textSource(file, text, [KEY]);
  if (source.data === undefined) throw ConfigInvalid(source.where([]), `has no key "${KEY}"`, 'a config in package.json stands under this key');
  return source;
}

/** Reads the named config file, or the nearest one found from `cwd` upwards. */
export async function loadConfig(file: string | undefined, cwd = process.cwd()): Promise<ConfigSource> {
  if (file !== undefined) return read(path.resolve(cwd, file));
  const { lilconfig } = await import('lilconfig');
  const chosen = () => ({});
  const finder = lilconfig(KEY, {
    searchPlaces: PLACES,
    stopDir: path.parse(cwd).root,
    loaders: { '.yaml': chosen, '.yml': chosen, '.json': packageJson, noExt: chosen },
    packageProp: KEY,
    ignoreEmptySearchPlaces: false,
  });
  const found = await finder.search(cwd);
  if (!found) throw ConfigNotFound(cwd);
  return read(found.filepath);
}
