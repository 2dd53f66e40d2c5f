import { readFileSync } from 'node:fs';
import { nameText } from '../../core/protocol/names.js';

/** Words of this process's command line as names with all their bytes; process.argv has lost what is not UTF-8. */
export function exactWords(words: readonly string[]): string[] {
  const line = readFileSync('/proc/self/cmdline', 'latin1').split('\0').map((word) => Buffer.from(word, 'latin1'));
  return words.map((word) => {
    const at = line.findIndex((bytes) => bytes.toString() === word);
    return at < 0 ? word : nameText(line.splice(at, 1)[0]!);
  });
}
