import type { Created, Opened } from '../filesystem/entry.js';
import { Opcode } from '../protocol/opcode.js';
import type { Session } from './session.js';

/**
 * Takes back a reply that came after its session had ended: what was opened is closed again, and a node that nobody
 * refers to is forgotten.
 */
export function discard(session: Session, opcode: Opcode, node: number, result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  const created = result as Partial<Created & Opened>;
  const target = created.node ?? node;
  if (opcode === Opcode.OPEN || opcode === Opcode.CREATE || opcode === Opcode.TMPFILE) session.release(Opcode.RELEASE, target, created.handle ?? 0);
  else if (opcode === Opcode.OPENDIR) session.release(Opcode.RELEASEDIR, target, created.handle ?? 0);
  if (created.node !== undefined) session.unused(created.node);
}
