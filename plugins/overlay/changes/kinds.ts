import type { FileKind } from '../../../core/filesystem/change-set.js';

const KINDS: Readonly<Record<number, FileKind>> = { 1: 'fifo', 2: 'device', 4: 'directory', 6: 'device', 8: 'file', 10: 'symlink', 12: 'socket' };

/** The type of a file by its mode. */
export const kindOf = (mode: number): FileKind => KINDS[mode >>> 12] ?? 'device';
