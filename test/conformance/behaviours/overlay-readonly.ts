import { dir, file } from '../layers.js';
import { O, RENAME } from '../posix.js';
import { onLayers } from './overlay-layers.js';

/** Of an overlay without an upper layer. */
export const readonlyOverlays = onLayers((it) => {
  it('without an upper layer files are read', [{ d: dir(), 'd/a': file('top') }, { d: dir(), 'd/a': file('bottom'), 'd/b': file('below') }], async (_fs, t) => {
    t.is([await t.names('d'), await t.content('d/a'), await t.content('d/b')], [['a', 'b'], 'top', 'below']);
  });
  it('without an upper layer nothing is made, moved or removed', [{ d: dir(), 'd/a': file('lower'), b: file() }], async (fs, t) => {
    await t.fails('EROFS', fs.open('new', O.O_CREAT | O.O_WRONLY));
    await t.fails('EROFS', fs.mkdir('d/new'));
    await t.fails('EROFS', fs.mknod('new', O.S_IFIFO | 0o600));
    await t.fails('EROFS', fs.symlink('b', 'new'));
    await t.fails('EROFS', fs.link('b', 'new'));
    await t.fails('EROFS', fs.unlink('d/a'));
    await t.fails('EROFS', fs.rmdir('d'));
    await t.fails('EROFS', fs.rename('b', 'c'));
    await t.fails('EROFS', fs.rename('b', 'd/a', RENAME.EXCHANGE));
    t.is([await t.names(), await t.content('d/a')], [['b', 'd'], 'lower']);
  });
  it('without an upper layer no file is changed', [{ d: dir(), 'd/a': file('lower', { xattrs: { 'user.key': 'value' } }) }], async (fs, t) => {
    await t.fails('EROFS', fs.open('d/a', O.O_WRONLY));
    await t.fails('EROFS', fs.open('d/a', O.O_RDWR));
    await t.fails('EROFS', fs.open('d/a', O.O_RDONLY | O.O_TRUNC));
    await t.fails('EROFS', fs.truncate('d/a', 0));
    await t.fails('EROFS', fs.chmod('d/a', 0o600));
    await t.fails('EROFS', fs.chown('d', 1, 1));
    await t.fails('EROFS', fs.utimens('d/a', 1n, 2n));
    await t.fails('EROFS', fs.setxattr('d/a', 'user.key', 'other'));
    await t.fails('EROFS', fs.removexattr('d/a', 'user.key'));
    t.is(await t.content('d/a'), 'lower');
  });
}, 'none');
