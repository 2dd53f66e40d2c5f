import path from 'node:path';

/** The guest's serial lines: the command's output, its errors, and what the host is told about the run. */
export const LINES = ['ttyS0', 'ttyS1', 'ttyS2'] as const;

/** What the guest says on the last line, each with its time of arrival on the host. */
export type Report = 'booted' | 'mounted' | 'unmountable' | `exit ${number}`;

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** One word is a shell script, several are a program and its arguments. */
function commandLine(command: readonly string[]): string {
  return `exec ${(command.length === 1 ? ['/bin/sh', '-c', ...command] : command).map(quote).join(' ')}`;
}

/** init_module(2) is 175 on x86-64. Of what can call it, only perl is essential in Debian; from hostfs, finit_module(2) fails. */
const INSMOD = `my $none = ""; local $/; my $image = <>; syscall(175, $image, length($image), $none) == 0 || die "$ARGV: $!"`;

/**
 * The guest's init. The command writes into FIFOs, so that it sees pipes as on the host and not terminals; a serial
 * line carries every byte as it is once it is raw.
 */
export function initScript({ work, tag, options, command }: { work: string; tag: string; options?: string; command: readonly string[] }): string {
  const temporary = quote(path.join(work, 'tmp'));
  return `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TMPDIR=${temporary}
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp "$TMPDIR"
mkdir -p /dev/shm /dev/pts; mount -t tmpfs tmp /dev/shm; mount -t devpts pts /dev/pts
ln -sf /proc/self/fd /dev/fd; ln -sf fd/0 /dev/stdin; ln -sf fd/1 /dev/stdout; ln -sf fd/2 /dev/stderr
hostname guest; ip link set lo up 2> /dev/null
for line in ${LINES.join(' ')}; do stty -F /dev/$line raw -echo; done
say() { echo "$*" > /dev/ttyS2; }
mkfifo "$TMPDIR/.out" "$TMPDIR/.err"
cat "$TMPDIR/.out" > /dev/ttyS0 &
cat "$TMPDIR/.err" > /dev/ttyS1 &
exec 8> "$TMPDIR/.out" 9> "$TMPDIR/.err"
rm "$TMPDIR/.out" "$TMPDIR/.err"
say booted
modules=/usr/lib/uml/modules/$(uname -r)/kernel/fs/fuse
for module in fuse virtiofs; do perl -e '${INSMOD}' "$modules/$module.ko"; done
if mount -t virtiofs ${options ? `-o ${quote(options)} ` : ''}${quote(tag)} /mnt 2>&9 && cd /mnt 2>&9; then
  say mounted
  (${commandLine(command)}) < /dev/null >&8 2>&9 8>&- 9>&-
  code=$?
  cd /; umount /mnt || umount -l /mnt
  exec 8>&- 9>&-; wait
  say exit $code
else
  exec 8>&- 9>&-; wait
  say unmountable
fi
echo o > /proc/sysrq-trigger
sleep 9
`;
}
