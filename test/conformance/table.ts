import { acls, defaultAcls } from './behaviours/acl.js';
import { attributes } from './behaviours/attributes.js';
import { data } from './behaviours/data.js';
import { directories } from './behaviours/directories.js';
import { files } from './behaviours/files.js';
import { links, symlinks } from './behaviours/links.js';
import { locks } from './behaviours/locks.js';
import { mappings } from './behaviours/mmap.js';
import { names } from './behaviours/names.js';
import { inheritance, permissions } from './behaviours/permissions.js';
import { renames } from './behaviours/rename.js';
import { allocation, sparse } from './behaviours/sparse.js';
import { special } from './behaviours/special.js';
import { times } from './behaviours/times.js';
import { tmpfiles } from './behaviours/tmpfile.js';
import { unlinked } from './behaviours/unlinked.js';
import { xattrs } from './behaviours/xattr.js';
import type { Behaviour } from './behaviour.js';

/** Everything that a file system is held to, with where it is written. */
export const conformance: readonly Behaviour[] = [
  files, tmpfiles, directories, names, links, symlinks, renames, data, sparse, allocation, attributes, times, permissions, inheritance,
  xattrs, acls, defaultAcls, special, unlinked, mappings, locks,
].flat();
