import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { passed, type Verdict } from './case.js';
import { tables } from './document.js';
import { hostile } from './run.js';

test.serial('every malformed input gets the answer that is documented, and harms no other guest', async (t) => {
  t.timeout(300_000);
  const verdicts: Verdict[] = [];
  await hostile((verdict) => verdicts.push(verdict));
  t.deepEqual(verdicts.filter((verdict) => !passed(verdict)), []);
  t.true(verdicts.length > 900);
});

test('docs/hostile-guests.md lists them all', (t) => {
  const text = readFileSync(path.join(import.meta.dirname, '../../../docs/hostile-guests.md'), 'utf8');
  for (const [heading, table] of tables()) t.true(text.includes(`## ${heading}\n\n${table}\n`), `${heading}: npm run hostile -- --tables`);
});
