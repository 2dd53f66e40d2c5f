import { createHash } from 'node:crypto';
import { O, type Posix, type Stat } from '../conformance/posix.js';

/** What a tree shows by path: what can be compared between two mounts of the same layers. */
export type Tree = Record<string, object>;

export interface Shown {
  /** Also the times of the last change, which are the same only where the same layers are looked at. */
  readonly times?: boolean;
}

/** All files below a directory. Files with one inode number are told by the first of their paths. */
export async function treeOf(fs: Posix, { times = false }: Shown = {}): Promise<Tree> {
  const tree: Tree = {};
  const inodes = new Map<number, string>();
  const visit = async (at: string): Promise<void> => {
    const stat = await fs.lstat(at);
    const type = stat.mode & O.S_IFMT;
    if (type !== O.S_IFDIR && !inodes.has(stat.ino)) inodes.set(stat.ino, at);
    tree[at] = {
      mode: stat.mode.toString(8), uid: stat.uid, gid: stat.gid,
      ...(times && { mtime: stat.mtime }),
      ...(type === O.S_IFDIR ? {} : { nlink: stat.nlink, size: stat.size, rdev: stat.rdev, same: inodes.get(stat.ino) }),
      ...(type === O.S_IFREG && { content: await digest(fs, at, stat) }),
      ...(type === O.S_IFLNK && { target: await fs.readlink(at) }),
      xattrs: await xattrs(fs, at),
    };
    if (type !== O.S_IFDIR) return;
    const fd = await fs.open(at, O.O_RDONLY | O.O_DIRECTORY);
    const names: string[] = [];
    for (let part; (part = await fs.getdents(fd)).length > 0; ) names.push(...part.map(({ name }) => name));
    await fs.close(fd);
    for (const name of names.toSorted()) if (name !== '.' && name !== '..') await visit(at === '.' ? name : `${at}/${name}`);
  };
  await visit('.');
  return tree;
}

async function digest(fs: Posix, at: string, { size }: Stat): Promise<string> {
  const fd = await fs.open(at, O.O_RDONLY);
  const hash = createHash('sha1');
  for (let offset = 0; offset < size; ) {
    const part = await fs.pread(fd, 0x10000, offset);
    if (part.length === 0) break;
    hash.update(part);
    offset += part.length;
  }
  await fs.close(fd);
  return hash.digest('hex');
}

async function xattrs(fs: Posix, at: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await fs.listxattr(at)).toSorted()) {
    if (!name.startsWith('security.')) found[name] = Buffer.from(await fs.getxattr(at, name)).toString('latin1');
  }
  return found;
}
