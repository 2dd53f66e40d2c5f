import { z } from 'zod';
import { HANDLES_MOST } from '../limits/limits.js';

/** Nodes are numbered below 2^28; a guest cannot take all of them from the others by default. */
const NODES_MOST = 2 ** 27;

const count = (most: number) => z.int({ error: 'must be a whole number' }).min(1).max(most);

/** What one guest may hold at most. */
export const limitsSchema = z.strictObject({
  nodes: count(NODES_MOST).default(2 ** 24).describe('files and directories that one guest knows at a time; beyond: ENOMEM'),
  handles: count(HANDLES_MOST).default(HANDLES_MOST).describe('files and directories that it has open; beyond: ENFILE'),
  locks: count(2 ** 20).default(4096).describe('file locks that it holds; beyond: ENOLCK'),
  requests: count(2 ** 20).min(16).optional().describe('requests of its queues under way at once; more wait in the queues'),
});
