import type { Goal, Row } from '../model.js';

/** A work of bench/native/hostload.c. */
export interface HostRow extends Row {
  readonly work: string;
}

const METADATA = {
  getattr: 'getattr', lookup: 'look-up', missing: 'look-up ENOENT', create: 'create+write 4k+close+unlink',
  open: 'open+read 4k+close', list: 'readdir+stat of 10,000',
};
const DATA = {
  'read-4k': 'random read 4k', 'write-4k': 'random write 4k', 'read-1m': 'sequential read 1M', 'write-1m': 'sequential write 1M', 'mmap-read-4k': 'random mmap read 4k',
};
const TREE = { 'git-status': 'git status', find: 'find', tar: 'tar' };
/** Most of their time is the compiler's and npm's own. */
const PROJECTS = { make: 'make', 'npm-ci': 'npm ci' };
const DIRECT = {
  'direct-read-4k': 'random direct read 4k', 'direct-write-4k': 'random direct write 4k', 'direct-read-1m': 'sequential direct read 1M', 'direct-write-1m': 'sequential direct write 1M',
};
const PEERS = ['fuse-native', 'fuse-napi'];

const rows = (prefix: string, names: Record<string, string>, goals: readonly Goal[]): HostRow[] =>
  Object.entries(names).map(([work, name]) => ({ name: `${prefix} ${name}`, unit: 'us', work, goals, costly: work in TREE || work in PROJECTS, lengthy: work in PROJECTS }));

const peers: Goal[] = PEERS.map((rival) => ({ rival, idle: 1.5 }));

export const HOST_ROWS: readonly HostRow[] = [
  ...rows('mount', METADATA, [{ rival: 'passthrough_hp', idle: 1.5, busy: 1 }, ...peers]),
  ...rows('mount', DATA, [{ rival: 'tmpfs', idle: 0.95, busy: 0.95 }, ...peers]),
  ...rows('mount', DIRECT, peers),
  ...rows('mount', TREE, peers),
  ...rows('mount', PROJECTS, []),
];

export const HOST_MEANS = [{ name: 'mount', of: /^mount (?!make|npm ci)/, goals: PEERS.map((rival) => ({ rival, idle: 3 })) }];

/** The memory plugin has tmpfs as its limit, which it is not to reach. */
export const MEMORY_ROWS: readonly HostRow[] = rows('memory', { ...METADATA, ...DATA }, []);

const guest = (names: Record<string, string>, idle: number): HostRow[] =>
  rows('guest', names, [{ rival: 'virtiofsd (Rust)', idle }]).map((row) => ({ ...row, conditions: ['idle'] }));

export const GUEST_ROWS: readonly HostRow[] = [...guest(METADATA, 1.3), ...guest({ ...DIRECT, ...TREE }, 1)];
