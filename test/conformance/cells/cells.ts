import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { Cell } from '../behaviour.js';
import { guestMissing } from '../../../cli/guest/kernel.js';
import { type Backing, scratch } from './places.js';

/** A cell of the command line's table, and what its file system is. */
export interface TableCell extends Cell {
  /** Undefined: the directory itself, without Fusewire. */
  readonly plugin?: 'memory' | 'passthrough' | 'overlay' | 'mux';
  /** Another program that lays the same directories over each other, and its mount options. */
  readonly peer?: { readonly type: 'overlay' | 'fuse-overlayfs'; readonly options: string };
  readonly backing?: Backing;
  /** Where in the mount behaviours run; default: its root. */
  readonly directory?: string;
  /** Of the plugin, beside those that every cell has. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Of the mount's config; default: the config's defaults. */
  readonly mount?: { readonly cache?: string; readonly writeback?: boolean; readonly shortcuts?: boolean; readonly locks?: string; readonly poll?: string };
  /** Options of a host mount's transport. */
  readonly transportOptions?: object;
}

/** Three ways in, a host mount where passthrough has to judge access (no default_permissions), and the reference: plain directories, which every behaviour has to pass on first. */
const transports = ['loopback', 'mount', 'guest'] as const;

function cell(fileSystem: string, transport: string, rest: Omit<TableCell, 'fileSystem' | 'transport' | 'words'>): TableCell {
  return { fileSystem, transport, words: [...fileSystem.split('-'), ...transport.split('-')], ...rest };
}

/** Behaviours run in a share, of which there are two. */
function mux(fileSystem: string, transport: string, backing?: Backing): TableCell {
  const whole = cell(fileSystem, transport, { plugin: 'mux', directory: '/share', backing, mount: { locks: 'server' } });
  return transport === 'guest' && !whole.words.includes('plain') ? { ...whole, words: [...whole.words, 'submount'] } : whole;
}

export const cells: readonly TableCell[] = [
  ...(['ext4', 'tmpfs'] as const).map((backing) => cell(backing, 'native', { backing })),
  ...transports.map((transport) => cell('memory', transport, { plugin: 'memory' })),
  ...(['ext4', 'tmpfs'] as const).flatMap((backing) =>
    [...transports, 'judged-mount'].map((transport) => cell(`passthrough-${backing}`, transport, { plugin: 'passthrough', backing }))),
  // What native code and the kernel may answer by themselves, answered by the plugin and the mount.
  ...['mount', 'guest'].map((transport) =>
    cell('passthrough-tmpfs-plain', transport, { plugin: 'passthrough', backing: 'tmpfs', mount: { shortcuts: false, locks: 'server' }, transportOptions: { passthrough: false } })),
  // Requests are answered when the kernel announces them, before the session hears of any.
  cell('passthrough-tmpfs-unwatched', 'mount', { plugin: 'passthrough', backing: 'tmpfs', mount: { poll: '0s' } }),
  ...(['passthrough-passthrough', 'memory-passthrough', 'memory-memory'] as const).flatMap((layers) =>
    transports.map((transport) => cell(`overlay-${layers}`, transport, { plugin: 'overlay', backing: 'ext4', ...(layers === 'memory-memory' ? { backing: undefined } : {}) }))),
  // Changes of metadata alone copy no data.
  ...(['passthrough-passthrough', 'memory-memory'] as const).map((layers) =>
    cell(`overlay-${layers}-metacopy`, 'mount', { plugin: 'overlay', options: { metacopy: true }, ...(layers === 'memory-memory' ? {} : { backing: 'ext4' }) })),
  // An overlay without an upper layer, in which nothing can be made.
  ...(['passthrough', 'memory'] as const).flatMap((lower) => transports.map((transport) =>
    ({ ...cell(`overlay-none-${lower}`, transport, { plugin: 'overlay', exclusive: true, ...(lower === 'memory' ? {} : { backing: 'ext4' }) }), words: ['none', lower, transport] }))),
  ...transports.flatMap((transport) => [mux('mux-memory', transport), mux('mux-passthrough-ext4', transport, 'ext4')]),
  mux('mux-passthrough-ext4', 'judged-mount', 'ext4'),
  // Not announced to the guest's kernel as a submount.
  mux('mux-passthrough-ext4-plain', 'guest', 'ext4'),
  cell('passthrough-ext4-paths', 'mount', { plugin: 'passthrough', backing: 'ext4', options: { fileHandles: false, fds: 64 } }),
];

const peer = (name: string, type: 'overlay' | 'fuse-overlayfs', options: string): TableCell =>
  ({ fileSystem: name, transport: 'peer', words: ['overlay', type], exclusive: true, backing: 'ext4', peer: { type, options } });

/** What else lays file systems over each other on this host, to compare with. */
export const peers: readonly TableCell[] = [
  peer('kernel-defaults', 'overlay', 'redirect_dir=off,index=off,metacopy=off,xino=off'),
  peer('kernel-all', 'overlay', 'redirect_dir=on,index=on,metacopy=on,xino=auto'),
  peer('fuse-overlayfs', 'fuse-overlayfs', ''),
];

/** Why nothing of a cell can be run on this machine; undefined when it can. */
export function whyAbsent({ transport, plugin, backing, peer }: TableCell): string | undefined {
  const root = process.getuid?.() === 0;
  if (!root && (transport !== 'loopback' || plugin !== 'memory')) return 'needs root, who may be anybody';
  if (transport.endsWith('mount') && !existsSync('/dev/fuse')) return 'there is no /dev/fuse';
  if (peer?.type === 'fuse-overlayfs' && spawnSync('fuse-overlayfs', ['--version']).status !== 0) return 'fuse-overlayfs is not installed';
  if (peer?.type === 'overlay' && !/\toverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'))) return 'the kernel has no overlayfs';
  if (transport === 'guest') return guestMissing();
  if (!backing) return undefined;
  using place = scratch(backing);
  return place ? undefined : `no directory for temporary files is on ${backing}`;
}
