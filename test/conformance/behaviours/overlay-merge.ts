import { nameText } from '../../../core/protocol/names.js';
import { dir, file, opaque, whiteout } from '../layers.js';
import { DT } from '../posix.js';
import { append, listed, onLayers } from './overlay-layers.js';

export const merges = onLayers((it) => {
  it('a file hides a lower directory of its name', [{ x: file('file') }, { x: dir(), 'x/y': file() }], async (fs, t) => {
    t.is(await t.content('x'), 'file');
    await t.fails('ENOTDIR', fs.stat('x/y'));
  });
  it('a directory hides a lower file of its name', [{ x: dir(), 'x/a': file() }, { x: file() }], async (fs, t) => {
    t.is(await t.names('x'), ['a']);
    t.is((await listed(fs, t)).find(({ name }) => name === 'x')?.type, DT.DIR);
  });
  it('directories of one name are merged', [{ d: dir(), 'd/a': file('top'), 'd/b': file() }, { d: dir(), 'd/a': file('bottom'), 'd/c': file() }, { d: dir(), 'd/e': file() }], async (_fs, t) => {
    t.is(await t.names('d'), ['a', 'b', 'c', 'e']);
    t.is(await t.content('d/a'), 'top');
  });
  it('mode, owner and times of a merged directory are those of the topmost', [{ d: dir({ mode: 0o40700, uid: 5, mtime: 1000 }) }, { d: dir({ mode: 0o40755, uid: 6, mtime: 2000 }) }], async (fs, t) => {
    const { mode, uid, mtime } = await fs.stat('d');
    t.is([mode & 0o7777, uid, mtime], [0o700, 5, 1_000_000_000_002n]);
  });
  it('extended attributes of a merged directory are those of the topmost', [{ d: dir({ xattrs: { 'user.a': 'top' } }) }, { d: dir({ xattrs: { 'user.a': 'bottom', 'user.b': 'x' } }) }], async (fs, t) => {
    t.is(nameText(await fs.getxattr('d', 'user.a')), 'top');
    await t.fails('ENODATA', fs.getxattr('d', 'user.b'));
  });
  it('a whiteout in a middle layer hides what is beneath it only', [{ a: file('top') }, { a: whiteout, b: whiteout }, { a: file('bottom'), b: file('bottom') }], async (fs, t) => {
    t.is(await t.content('a'), 'top');
    await t.fails('ENOENT', fs.stat('b'));
    t.is(await t.names(), ['a']);
  });
  it('an opaque directory in a middle layer hides what is beneath it only', [{ d: dir(), 'd/a': file() }, { d: opaque(), 'd/b': file() }, { d: dir(), 'd/c': file() }], async (fs, t) => {
    t.is(await t.names('d'), ['a', 'b']);
    await t.fails('ENOENT', fs.stat('d/c'));
  });
  it('a whiteout may be an empty file with an attribute', [
    { d: dir({ xattrs: { 'trusted.overlay.opaque': 'x' } }), 'd/a': file('', { xattrs: { 'trusted.overlay.whiteout': 'y' } }), 'd/b': file() }, { d: dir(), 'd/a': file(), 'd/c': file() },
  ], async (fs, t) => {
    await t.fails('ENOENT', fs.stat('d/a'));
    t.is(await t.names('d'), ['b', 'c']);
  });
  it('statfs tells how long names can be', [{ a: file() }], async (fs, t) => {
    const { namelen, blocks } = await fs.statfs('.');
    t.ok(namelen > 100 && blocks > 0, `${namelen} bytes, ${blocks} blocks`);
    await t.file('n'.repeat(namelen));
    t.is(await t.names(), ['a', 'n'.repeat(namelen)]);
  });
  it('names of layers are bytes', [{ 'a:b': file('1'), 'a,b': file('2'), 'a\\b': file('3'), 'a b': dir(), 'a b/\u00e4': file('4') }, { 'a b': dir(), 'a b/c:d': file('5') }], async (fs, t) => {
    t.is([await t.names(), await t.names('a b')], [['a b', 'a,b', 'a:b', 'a\\b'], ['c:d', '\u00e4']]);
    await append(fs, 'a:b', '!');
    await fs.rename('a b', 'b\\:,');
    t.is([await t.content('a:b'), await t.content('b\\:,/\u00e4'), await t.content('b\\:,/c:d')], ['1!', '4', '5']);
  });
});
