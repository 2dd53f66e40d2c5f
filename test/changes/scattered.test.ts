import { linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { O } from '../conformance/posix.js';
import { directories, overlayOf, scratch, serve } from '../overlay/layers.js';

const needsRoot = process.geteuid!() === 0 ? test : test.skip;
const title = (text: string): string => (process.geteuid!() === 0 ? text : `${text}: needs root`);

needsRoot(title('a file with names in several directories is committed by all of them, though nobody has looked into the others'), async (t) => {
  const at = directories(scratch(t), 1);
  const [lower] = at.lowers as [string];
  for (const name of ['a', 'far/away']) mkdirSync(path.join(lower, name), { recursive: true });
  const [near, other] = [path.join(lower, 'a/near'), path.join(lower, 'far/away/other')];
  writeFileSync(near, 'before');
  linkSync(near, other);
  const first = await serve(overlayOf(at));
  const fd = await first.fs.open('a/near', O.O_WRONLY | O.O_APPEND);
  await first.fs.write(fd, Buffer.from(' and after'));
  await first.fs.close(fd);
  await first.stop();

  const { mount, stop } = await serve(overlayOf(at));
  t.deepEqual((await mount.changes!.diff()).map(({ path: name }) => name), ['/a/near', '/far/away/other']);
  await mount.changes!.commit();
  t.deepEqual(await mount.changes!.diff(), []);
  await stop();
  t.is(readFileSync(other, 'utf8'), 'before and after');
  t.is(statSync(other).ino, statSync(near).ino);
});
