import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { cpio } from './cpio.js';
import { debianKernel, type GuestKernel } from './kernel.js';

/** Why QEMU cannot be run here; undefined when it can. */
export const noQemu = spawnSync('qemu-system-x86_64', ['--version']).status === 0 ? undefined : 'QEMU is not installed: apt-get install qemu-system-x86';

/** A kernel to boot, or why there is none. */
export function kernelOf(suite: 'bookworm' | 'trixie'): GuestKernel | string {
  if (noQemu !== undefined) return noQemu;
  try {
    return debianKernel(suite);
  } catch (error) {
    return `its kernel cannot be fetched: ${(error as Error).message.split('\n')[0]}`;
  }
}

/** Boots a guest on an emulated machine, with a vhost-user-fs device (`packed`: and packed rings, if it offers them), and runs a script in the share: what it printed. */
export async function runQemu(kernel: GuestKernel, socket: string, script: string, queues: number, packed = false): Promise<string> {
  const work = mkdtempSync(path.join(tmpdir(), 'fusewire-qemu-'));
  const initrd = path.join(work, 'initrd');
  writeFileSync(initrd, Buffer.concat([kernel.files, cpio([{ name: 'script', mode: 0o100755, data: script }])]));
  const machine = ['-machine', 'q35,accel=tcg', '-cpu', 'max,-cx16', '-smp', String(queues), '-m', '512M', '-nodefaults', '-display', 'none', '-no-reboot'];
  const memory = ['-object', 'memory-backend-memfd,id=mem,size=512M,share=on', '-numa', 'node,memdev=mem'];
  const share = ['-chardev', `socket,id=fs,path=${socket}`, '-device', `vhost-user-fs-pci,chardev=fs,tag=share,queue-size=1024,num-request-queues=${queues}${packed ? ',packed=on' : ''}`];
  const boot = ['-kernel', kernel.image, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1'];
  const serial = ['-serial', `file:${path.join(work, 'console')}`, '-serial', 'stdio'];
  const child = spawn('qemu-system-x86_64', [...machine, ...memory, ...share, ...boot, ...serial], { stdio: ['ignore', 'pipe', 'pipe'] });
  const late = setTimeout(() => child.kill('SIGKILL'), 240_000);
  try {
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    const printed = output.replaceAll('\r', '');
    if (!/exit \d+\n$/.test(printed)) throw new Error(`the guest did not end as it should: ${printed}${errors}`);
    return printed;
  } finally {
    clearTimeout(late);
    rmSync(work, { recursive: true, force: true });
  }
}
