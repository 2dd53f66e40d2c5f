import { topic } from '../behaviour.js';
import { O } from '../posix.js';

const long = 'n'.repeat(255);
/** Bytes that are no UTF-8, as the names of files. */
const raw = '\udcff\udcfe\udc80';

export const names = topic('name', (it) => {
  it('255 bytes are allowed, everywhere', 'path_resolution(7), NAME_MAX', async (fs, t) => {
    await t.file(long, 'hello');
    t.is([await t.names(), await t.content(long)], [[long], 'hello']);
    await fs.rename(long, 'm'.repeat(255));
    await fs.mkdir(long);
    await fs.symlink('x', `${long}/${long}`);
    await fs.link('m'.repeat(255), `${long}/${'l'.repeat(255)}`);
    t.is((await t.names(long)).length, 2);
  });
  it('256 bytes are refused, everywhere', 'open(2), mkdir(2), … ENAMETOOLONG', async (fs, t) => {
    const longer = `${long}n`;
    await t.file('a');
    await t.fails('ENAMETOOLONG', fs.stat(longer));
    await t.fails('ENAMETOOLONG', fs.open(longer, O.O_CREAT | O.O_WRONLY));
    await t.fails('ENAMETOOLONG', fs.mkdir(longer));
    await t.fails('ENAMETOOLONG', fs.symlink('x', longer));
    await t.fails('ENAMETOOLONG', fs.link('a', longer));
    await t.fails('ENAMETOOLONG', fs.rename('a', longer));
    await t.fails('ENAMETOOLONG', fs.rename(longer, 'a'));
    await t.fails('ENAMETOOLONG', fs.mknod(longer, O.S_IFIFO | 0o600));
    await t.fails('ENAMETOOLONG', fs.unlink(longer));
    await t.fails('ENAMETOOLONG', fs.rmdir(longer));
  });
  it('the limit counts bytes, not characters', 'NAME_MAX', async (_fs, t) => {
    const name = 'ü'.repeat(127);
    await t.file(`${name}x`);
    await t.fails('ENAMETOOLONG', t.file(`${name}xx`));
  });
  it('bytes that are not UTF-8 survive', 'path_resolution(7): names are bytes', async (fs, t) => {
    await t.file(raw, 'hello');
    t.is([await t.names(), await t.content(raw)], [[raw], 'hello']);
    await fs.rename(raw, `d${raw}`);
    await fs.symlink(raw, 'link');
    t.is([await t.names(), await fs.readlink('link')], [[`d${raw}`, 'link'], raw]);
    await fs.unlink(`d${raw}`);
  });
  it('composed and decomposed characters are different names', 'path_resolution(7): names are bytes', async (_fs, t) => {
    await t.file('\u00e9', 'composed');
    await t.file('e\u0301', 'decomposed');
    t.is([await t.content('\u00e9'), await t.content('e\u0301')], ['composed', 'decomposed']);
  });
  it('case matters', 'path_resolution(7)', async (fs, t) => {
    await t.file('a', 'small');
    await t.fails('ENOENT', fs.stat('A'));
    await t.file('A', 'large');
    t.is([await t.content('a'), await t.content('A')], ['small', 'large']);
  });
  it('every byte but "/" and NUL is allowed', 'path_resolution(7)', async (_fs, t) => {
    const wanted: string[] = [];
    for (let byte = 1; byte < 256; byte++) if (byte !== 0x2f) wanted.push(`x${byte < 0x80 ? String.fromCharCode(byte) : String.fromCharCode(0xdc00 + byte)}`);
    for (const name of wanted) await t.file(name);
    t.is(await t.names(), wanted.toSorted());
  });
  it('three dots, a dot in front and blanks are plain names', 'path_resolution(7)', async (_fs, t) => {
    for (const name of ['...', '.hidden', ' ', 'a b', '-rf', '*']) await t.file(name);
    t.is((await t.names()).length, 6);
  });
  it('several slashes are one', 'POSIX pathname resolution', async (fs, t) => {
    await fs.mkdir('d');
    await t.file('d///a', 'hello');
    t.is(await t.content('./d//./a'), 'hello');
  });
  it('a trailing slash means a directory', 'POSIX pathname resolution', async (fs, t) => {
    await t.file('a');
    await t.fails('ENOTDIR', fs.stat('a/'));
    await t.fails('EISDIR', fs.open('new/', O.O_CREAT | O.O_WRONLY));
    await t.fails('ENOTDIR', fs.unlink('a/'));
    await t.fails('ENOTDIR', fs.rename('a', 'b/'));
    await t.fails('ENOENT', fs.symlink('x', 'new/'));
  }, { kernel: 'the kernel resolves paths' });
  it('the empty path is refused', 'path_resolution(7) ENOENT', async (fs, t) => {
    await t.fails('ENOENT', fs.stat(''));
    await t.fails('ENOENT', fs.mkdir(''));
  }, { kernel: 'the kernel resolves paths' });
  it('paths of 4095 bytes are allowed, of 4096 not', 'path_resolution(7), PATH_MAX', async (fs, t) => {
    await fs.mkdir('d');
    const dots = './'.repeat(2045);
    await t.file(`${dots}d/abc`, 'hello');
    t.is(await t.content(`${dots}d/abc`), 'hello');
    await t.fails('ENAMETOOLONG', fs.stat(`${dots}d/abcd`));
  }, { kernel: 'the kernel resolves paths' });
});

export const utf8 = topic('utf-8', (it) => {
  const odd = { 'a byte order mark': '\ufeff', 'a zero-width joiner': 'a\u200db', 'a letter beyond the basic plane': '\u{1f600}', 'a newline': 'a\nb', 'a backslash': 'a\\b', 'a private letter': '\ue000' };
  for (const [what, name] of Object.entries(odd)) {
    it(`${what} in a name is kept`, 'path_resolution(7): names are bytes', async (_fs, t) => {
      await t.file(name, 'hello');
      t.is([await t.names(), await t.content(name)], [[name], 'hello']);
    });
  }
  it('an encoded surrogate and an overlong "/" are plain bytes', 'path_resolution(7): names are bytes', async (_fs, t) => {
    const wanted = ['\udced\udca0\udc80', '\udcc0\udcaf', '\udcf4\udc90\udc80\udc80'];
    for (const name of wanted) await t.file(name, name);
    t.is([await t.names(), await t.content(wanted[1]!)], [wanted.toSorted(), wanted[1]]);
  });
  it('a broken end of a letter is kept', 'path_resolution(7): names are bytes', async (fs, t) => {
    await fs.mkdir('a\udce2\udc82');
    await t.file('a\udce2\udc82/\udcff', 'x');
    t.is([await t.names(), await t.names('a\udce2\udc82')], [['a\udce2\udc82'], ['\udcff']]);
  });
});
