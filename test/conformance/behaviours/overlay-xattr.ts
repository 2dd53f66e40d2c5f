import { nameText } from '../../../core/protocol/names.js';
import { dir, file, opaque } from '../layers.js';
import { O } from '../posix.js';
import { append, onLayers } from './overlay-layers.js';

export const overlayXattrs = onLayers((it) => {
  it('private attributes are not shown', [{ d: opaque({ xattrs: { 'user.key': 'value' } }) }, { d: dir(), 'd/a': file() }], async (fs, t) => {
    const all = (await fs.listxattr('d')).filter((name) => !name.startsWith('security.'));
    t.is([all, await t.names('d')], [['user.key'], []]);
    await t.fails('ENODATA|EOPNOTSUPP', fs.getxattr('d', 'trusted.overlay.opaque'));
  });
  it('names that look private are not', [{ a: file() }], async (fs, t) => {
    for (const name of ['user.overlayfoo', 'trusted.overlayfoo']) {
      await fs.setxattr('a', name, 'value');
      t.is(nameText(await fs.getxattr('a', name)), 'value');
    }
    t.ok((await fs.listxattr('a')).includes('user.overlayfoo'), 'listed');
  });
  it('private attributes of an overlay on top are kept, and mean nothing here', [{ d: dir(), 'd/a': file('lower') }], async (fs, t) => {
    await fs.setxattr('d', 'trusted.overlay.opaque', 'y');
    t.is([nameText(await fs.getxattr('d', 'trusted.overlay.opaque')), await t.names('d')], ['y', ['a']]);
    t.ok((await fs.listxattr('d')).includes('trusted.overlay.opaque'), 'listed');
    await fs.removexattr('d', 'trusted.overlay.opaque');
    await t.fails('ENODATA', fs.getxattr('d', 'trusted.overlay.opaque'));
  });
  it('what is allowed stays so when a file is changed', [{ a: file('x', { mode: 0o100640, uid: 1, gid: 1000 }), d: dir({ mode: 0o40750, uid: 1, gid: 1000 }) }], async (fs, t) => {
    const check = async () => {
      await t.as({ uid: 1000, gid: 1000 }, async () => {
        await fs.close(await fs.open('a', O.O_RDONLY));
        await t.fails('EACCES', fs.open('a', O.O_WRONLY));
        await t.fails('EACCES', t.file('d/new'));
      });
      await t.as({ uid: 2000, gid: 2000 }, () => t.fails('EACCES', fs.open('a', O.O_RDONLY)));
    };
    await check();
    await append(fs, 'a', 'y');
    await t.file('d/upper');
    await check();
  }, { kernel: 'the kernel judges access' });
  it('files that a default ACL is for get it, though they replace lower ones', [{ d: dir({ mode: 0o40777 }), 'd/a': file() }], async (fs, t) => {
    const acl = Uint8Array.from([2, 0, 0, 0, 1, 0, 7, 0, 255, 255, 255, 255, 2, 0, 6, 0, 232, 3, 0, 0, 4, 0, 5, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255]);
    await fs.setxattr('d', 'system.posix_acl_default', acl);
    await fs.unlink('d/a');
    await t.file('d/a');
    await t.file('d/b');
    t.is([await t.mode('d/a'), nameText(await fs.getxattr('d/a', 'system.posix_acl_access'))], [await t.mode('d/b'), nameText(await fs.getxattr('d/b', 'system.posix_acl_access'))]);
  });
  it('private attributes of overlays on each other are kept apart', [{ d: dir() }], async (fs, t) => {
    for (const depth of ['', 'overlay.', 'overlay.overlay.']) await fs.setxattr('d', `trusted.overlay.${depth}opaque`, `y${depth.length}`);
    t.is((await fs.listxattr('d')).filter((name) => name.startsWith('trusted.')).toSorted(), ['trusted.overlay.opaque', 'trusted.overlay.overlay.opaque', 'trusted.overlay.overlay.overlay.opaque']);
    t.is(nameText(await fs.getxattr('d', 'trusted.overlay.overlay.opaque')), 'y8');
    await fs.removexattr('d', 'trusted.overlay.overlay.opaque');
    t.is([nameText(await fs.getxattr('d', 'trusted.overlay.opaque')), nameText(await fs.getxattr('d', 'trusted.overlay.overlay.overlay.opaque'))], ['y0', 'y16']);
  });
  it('nested private attributes of a layer are shown without one step, and copied up', [{ a: file('x', { xattrs: { 'trusted.overlay.overlay.redirect': 'value' } }) }], async (fs, t) => {
    const check = async () => {
      t.is((await fs.listxattr('a')).filter((name) => name.startsWith('trusted.')), ['trusted.overlay.redirect']);
      t.is(nameText(await fs.getxattr('a', 'trusted.overlay.redirect')), 'value');
    };
    await check();
    await fs.chmod('a', 0o600);
    await check();
  });
});
