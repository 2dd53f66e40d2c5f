import type { AnyRequest } from '../filesystem/layer.js';
import type * as r from '../filesystem/requests/index.js';
import { Opcode } from '../protocol/opcode.js';
import type { PathTracker } from './path-tracker.js';

/** What a request is about: the path of its node, or of the name that it gives in a directory. Undefined: not known. */
export type Subject = (paths: PathTracker, request: AnyRequest) => string | undefined;

const itself: Subject = (paths, request) => paths.path(request.node);
const named: Subject = (paths, request) => paths.below(request.node, (request as r.LookupRequest).name);
const source: Subject = (paths, request) => paths.path((request as r.LinkRequest).source);
const newName: Subject = (paths, request) => paths.below((request as r.RenameRequest).newParent, (request as r.RenameRequest).newName);

const NAMED: ReadonlySet<Opcode> = new Set([Opcode.LOOKUP, Opcode.CREATE, Opcode.MKNOD, Opcode.MKDIR, Opcode.SYMLINK, Opcode.UNLINK, Opcode.RMDIR, Opcode.RENAME, Opcode.RENAME2]);

/** How the subject of an opcode's requests is told. */
export function subjectOf(opcode: Opcode): Subject {
  return opcode === Opcode.LINK ? source : NAMED.has(opcode) ? named : itself;
}

/** The same of the second path, which only LINK and the forms of rename have. */
export function secondSubjectOf(opcode: Opcode): Subject | undefined {
  if (opcode === Opcode.LINK) return named;
  return opcode === Opcode.RENAME || opcode === Opcode.RENAME2 ? newName : undefined;
}
