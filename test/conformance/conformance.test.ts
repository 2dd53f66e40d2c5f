import test from 'ava';
import { FileSystem, Handles } from '../../core/filesystem/decorators.js';
import type { Errno } from '../../core/filesystem/errno.js';
import { Done } from '../../core/filesystem/result.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { MemoryFs, memoryOptions } from '../../plugins/memory/index.js';
import { type Behaviour, conformance, runConformance, topic } from './index.js';

/** Says that it removes names, and does not. */
@FileSystem({ name: 'tenacious', options: memoryOptions })
class Tenacious extends MemoryFs {
  @Handles(Opcode.UNLINK)
  override unlink() {
    return Done;
  }
}

/** Throws where it should look names up. */
@FileSystem({ name: 'broken', options: memoryOptions })
class Broken extends MemoryFs {
  @Handles(Opcode.RMDIR)
  override rmdir(): Errno {
    throw new Error('broken');
  }
}

const named = (pattern: RegExp): Behaviour[] => conformance.filter(({ name }) => pattern.test(name));
const results = async (Class: typeof MemoryFs, behaviours: readonly Behaviour[]) =>
  (await runConformance(Class, { mode: '755' }, { behaviours })).map(({ name, result, reason }) => ({ name, result, reason }));

test('every behaviour has a name of its own and a source', (t) => {
  t.is(new Set(conformance.map(({ name }) => name)).size, conformance.length);
  for (const { name, source } of conformance) t.true(source.length > 0, name);
});

test('a file system that does what it should passes', async (t) => {
  const outcomes = await results(MemoryFs, named(/^directory: rmdir|^link:/));
  t.true(outcomes.length > 10);
  t.deepEqual(outcomes.filter(({ result }) => result === 'failed'), []);
});

test('one that does not fails, and it is said how', async (t) => {
  const [outcome] = await results(Tenacious, named(/^link: removing one name leaves the other/));
  t.is(outcome?.result, 'failed');
  t.regex(outcome?.reason ?? '', /nlink|value: .* instead of .* \(links:\d+\)/);
});

test('a handler that throws fails its behaviours, not the run', async (t) => {
  const outcomes = await results(Broken, named(/^directory: (rmdir removes|a new directory)/));
  t.deepEqual(outcomes.map(({ result }) => result), ['passed', 'failed']);
  t.regex(outcomes[1]?.reason ?? '', /EIO/);
});

test('what only a kernel does is skipped with its reason', async (t) => {
  const outcomes = await results(MemoryFs, named(/^mmap:/));
  t.true(outcomes.length > 5);
  for (const { result, reason } of outcomes) t.deepEqual([result, reason], ['skipped', 'mappings are the kernel\'s']);
});

test('a failure that is listed does not count, a pass that is listed as failing does', async (t) => {
  const listed = topic('listed', (it) => {
    it('fails', 'nowhere', async (fs) => fs.rmdir('none'), { known: { loopback: 'it is so' } });
    it('passes', 'nowhere', async (fs) => fs.mkdir('d'), { known: { loopback: 'it was so' } });
    it('is for others', 'nowhere', async (fs) => fs.rmdir('none'), { known: { 'loopback memory': 'not here' } });
  });
  const outcomes = await results(MemoryFs, listed);
  t.deepEqual(outcomes.map(({ result }) => result), ['skipped', 'failed', 'failed']);
  t.is(outcomes[0]?.reason, 'fails: it is so');
});
