import { parseArgs } from 'node:util';
import { passed } from './case.js';
import { tables } from './document.js';
import { hostile } from './run.js';

// npm run hostile -- [--match TEXT] [--tables]
const { values } = parseArgs({ options: { match: { type: 'string', default: '' }, tables: { type: 'boolean', default: false } } });
if (values.tables) {
  for (const [heading, table] of tables()) console.log(`## ${heading}\n\n${table}\n`);
  process.exit(0);
}
const counts = { passed: 0, failed: 0 };
await hostile((verdict) => {
  const ok = passed(verdict);
  counts[ok ? 'passed' : 'failed']++;
  console.log(ok ? `ok ${verdict.name}: ${verdict.got}` : `FAIL ${verdict.name}: expected ${verdict.expected}, got ${verdict.got}`);
}, values.match);
console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
