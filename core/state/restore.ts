import type { Persistence } from '../filesystem/persistence.js';
import type { Session } from '../session/session.js';
import type { SavedSession } from './saved.js';

/** What could not be taken up again. */
export interface Losses {
  nodes: number;
  handles: number;
}

/** Gives a new session what an earlier one held. To be called before anybody else uses the mount. `checked`: all losses are told. */
export function restore(session: Session, saved: SavedSession, persistence: Persistence, checked = false): Losses {
  const losses: Losses = { nodes: 0, handles: 0 };
  if (!saved.agreed) return losses;
  session.agree(saved.agreed.flags, saved.agreed.minor);
  session.mount.nodes.restore(new Map([...saved.nodes].map(([node, { generation }]) => [node, generation])));
  for (const [node, { count, saved: words }] of saved.nodes) {
    // Nodes of another session of the same mount may be there already.
    if (!(session.mount.nodes.references[node]! > 0) && persistence.restoreNode(node, words, checked) < 0) losses.nodes++;
    session.lookups.restore(node, Math.max(count, 1));
  }
  for (const [index, { generation, kind, node, flags }] of [...saved.handles].toSorted(([a], [b]) => a - b)) {
    const opened = persistence.reopen(node, kind, flags, session.writeback);
    if (typeof opened === 'number') losses.handles++;
    else {
      session.handles.restore(index, generation, kind, node, flags, opened);
      session.opensOne();
    }
  }
  for (const lock of saved.locks) {
    if (typeof lock === 'number') session.mount.locks?.forgetHandle(session, lock);
    else session.mount.locks?.restore(session, lock.node, lock.words);
  }
  return losses;
}

