import { access } from './behaviours/access.js';
import { acls, defaultAcls } from './behaviours/acl.js';
import { attributes } from './behaviours/attributes.js';
import { changes } from './behaviours/changes.js';
import { data } from './behaviours/data.js';
import { directories } from './behaviours/directories.js';
import { files } from './behaviours/files.js';
import { flags } from './behaviours/flags.js';
import { links, symlinks } from './behaviours/links.js';
import { listings } from './behaviours/listings.js';
import { locks } from './behaviours/locks.js';
import { mappings, pages } from './behaviours/mmap.js';
import { names, utf8 } from './behaviours/names.js';
import { offsets, vectors } from './behaviours/offsets.js';
import { overlays } from './behaviours/overlay.js';
import { inheritance, permissions } from './behaviours/permissions.js';
import { processes } from './behaviours/processes.js';
import { renames } from './behaviours/rename.js';
import { allocation, sparse } from './behaviours/sparse.js';
import { special } from './behaviours/special.js';
import { times } from './behaviours/times.js';
import { tmpfiles } from './behaviours/tmpfile.js';
import { unlinked } from './behaviours/unlinked.js';
import { xattrLimits, xattrs } from './behaviours/xattr.js';
import type { Behaviour } from './behaviour.js';

/** Everything that a file system is held to, with where it is written. */
export const conformance: readonly Behaviour[] = [
  files, flags, tmpfiles, directories, listings, names, utf8, links, symlinks, renames, data, offsets, vectors, sparse, allocation, attributes,
  times, changes, permissions, access, inheritance, xattrs, xattrLimits, acls, defaultAcls, special, unlinked, mappings, pages, locks, processes, overlays,
].flat();
