import { UsageError } from '../../core/errors.js';
import type { VirtiofsdFlags } from './options.js';

/** What each `-o` of the C program stands for. */
const SWITCHES: Readonly<Record<string, Partial<VirtiofsdFlags>>> = {
  xattr: { xattr: true }, no_xattr: { xattr: false }, posix_acl: { posixAcl: true }, no_posix_acl: { posixAcl: false },
  writeback: { writeback: true }, no_writeback: { writeback: false }, readdirplus: { readdirplus: true }, no_readdirplus: { readdirplus: false },
  announce_submounts: { announceSubmounts: true }, no_announce_submounts: { announceSubmounts: false }, killpriv_v2: { killprivV2: true }, no_killpriv_v2: { killprivV2: false },
  allow_direct_io: { allowDirectIo: true }, no_allow_direct_io: { allowDirectIo: false }, security_label: { securityLabel: true }, no_security_label: {},
  flock: {}, no_flock: {}, posix_lock: {}, no_posix_lock: {}, debug: { logLevel: 'debug' },
};
const VALUES: Readonly<Record<string, keyof VirtiofsdFlags>> = { source: 'sharedDir', cache: 'cache', xattrmap: 'xattrmap', sandbox: 'sandbox', modcaps: 'modcaps', inode_file_handles: 'inodeFileHandles' };

/** The flags, with those that `-o` gives in the form of the C program. */
export function withLegacy(flags: VirtiofsdFlags): VirtiofsdFlags {
  const all: Partial<VirtiofsdFlags> = {};
  for (const word of (flags.option ?? []).flatMap((list) => list.split(',')).filter((text) => text !== '')) {
    const cut = word.indexOf('=');
    const key = cut < 0 ? word : word.slice(0, cut);
    if (cut < 0 && SWITCHES[key]) Object.assign(all, SWITCHES[key]);
    else if (cut >= 0 && VALUES[key]) Object.assign(all, { [VALUES[key]]: word.slice(cut + 1) });
    else throw UsageError(`-o ${word}: there is no such option`, `known: ${[...Object.keys(VALUES).map((name) => `${name}=`), ...Object.keys(SWITCHES)].join(', ')}`);
  }
  return { ...flags, ...all };
}
