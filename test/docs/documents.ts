import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '..', '..', '..');


/** README.md and what is in docs/, relative to the project. */
export const documents = ['README.md', ...readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)];

export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** The fenced code blocks of a document. */
export function blocks(document: string, language: string): string[] {
  return [...read(document).matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter((match) => match[1] === language).map((match) => match[2]!);
}
