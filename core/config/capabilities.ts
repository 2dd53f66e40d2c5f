import { z } from 'zod';

/** Capabilities by name, in lower case and without `cap_`; the index is the number, capabilities(7). */
export const CAPABILITIES = [
  'chown', 'dac_override', 'dac_read_search', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap', 'linux_immutable',
  'net_bind_service', 'net_broadcast', 'net_admin', 'net_raw', 'ipc_lock', 'ipc_owner', 'sys_module', 'sys_rawio', 'sys_chroot',
  'sys_ptrace', 'sys_pacct', 'sys_admin', 'sys_boot', 'sys_nice', 'sys_resource', 'sys_time', 'sys_tty_config', 'mknod', 'lease',
  'audit_write', 'audit_control', 'setfcap', 'mac_override', 'mac_admin', 'syslog', 'wake_alarm', 'block_suspend', 'audit_read',
  'perfmon', 'bpf', 'checkpoint_restore',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** Capabilities to keep or to drop beside those that are chosen anyway. */
export interface CapabilityChanges {
  readonly keep: Capability[];
  readonly drop: Capability[];
}

/** Schema of `+sys_admin:-chown`, virtiofsd's `--modcaps`. */
export const modcaps = () => z.string().transform((text, context): CapabilityChanges => {
  const changes: CapabilityChanges = { keep: [], drop: [] };
  for (const word of text.split(':')) {
    const name = word.slice(1).toLowerCase().replace(/^cap_/, '') as Capability;
    if (!/^[+-]/.test(word) || !CAPABILITIES.includes(name)) {
      context.addIssue({ code: 'custom', message: `"${word}" is no change of a capability`, params: { hint: 'names of capabilities(7), each with + or - before it, divided by colons: "+sys_admin:-chown"' } });
      return z.NEVER;
    }
    (word.startsWith('+') ? changes.keep : changes.drop).push(name);
  }
  return changes;
});
