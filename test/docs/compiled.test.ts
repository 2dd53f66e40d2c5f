import test from 'ava';
import { compile } from './compile.js';
import { blocks, documents, read } from './documents.js';
import { scratch } from './scratch.js';

test('the README shows examples/hello/hello.ts as it is', (t) => {
  const [shown] = blocks('README.md', 'ts');
  t.is(shown, read('examples/hello/hello.ts'));
  t.true(shown!.trimEnd().split('\n').length <= 25);
});

test('the TypeScript in the documents compiles', (t) => {
  const sources = new Map<string, string>();
  for (const document of documents) {
    for (const [index, text] of blocks(document, 'ts').entries()) {
      sources.set(/^\/\/ (\S+\.ts)$/m.exec(text)?.[1] ?? `${document.replaceAll('/', '-')}-${index}.ts`, text);
    }
  }
  t.true(sources.size >= 5);
  const { said, status } = compile(scratch(t), sources);
  t.is(status, 0, said);
});
