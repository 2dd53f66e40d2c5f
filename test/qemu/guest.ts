import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cpio } from './cpio.js';
import { debianKernel, type GuestKernel } from './kernel.js';
import type { Program } from './program.js';
import { Qmp } from './qmp.js';

/** A kernel to boot, or why there is none. */
export function kernelOf(suite: 'bookworm' | 'trixie'): GuestKernel | string {
  try {
    return debianKernel(suite);
  } catch (error) {
    return `its kernel cannot be fetched: ${(error as Error).message.split('\n')[0]}`;
  }
}

export interface Machine {
  readonly program: Program;
  readonly kernel: GuestKernel;
  /** Of the vhost-user-fs device. */
  readonly socket: string;
  /** Run in the share. */
  readonly script: string;
  readonly queues: number;
  /** Packed rings, if the device offers them. */
  readonly packed?: boolean;
  /** The socket by which a running machine comes here. */
  readonly incoming?: string;
}

/** A guest on an emulated machine with a vhost-user-fs device. */
export class QemuGuest {
  private readonly work = mkdtempSync(path.join(tmpdir(), 'fusewire-qemu-'));
  private readonly child: ChildProcess;
  private readonly late: NodeJS.Timeout;
  private printed = '';
  private errors = '';
  readonly ended: Promise<unknown>;

  constructor({ program: [command, ...words], kernel, socket, script, queues, packed, incoming }: Machine) {
    const initrd = path.join(this.work, 'initrd');
    writeFileSync(initrd, Buffer.concat([kernel.files, cpio([{ name: 'script', mode: 0o100755, data: script }])]));
    const machine = ['-machine', 'q35,accel=tcg', '-cpu', 'max,-cx16', '-smp', String(queues), '-m', '512M', '-nodefaults', '-display', 'none', '-no-reboot'];
    const memory = ['-object', 'memory-backend-memfd,id=mem,size=512M,share=on', '-numa', 'node,memdev=mem'];
    const share = ['-chardev', `socket,id=fs,path=${socket}`, '-device', `vhost-user-fs-pci,chardev=fs,tag=share,queue-size=1024,num-request-queues=${queues}${packed ? ',packed=on' : ''}`];
    const boot = ['-kernel', kernel.image, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1', ...(incoming === undefined ? [] : ['-incoming', `unix:${incoming}`])];
    const serial = ['-serial', `file:${path.join(this.work, 'console')}`, '-serial', 'stdio', '-qmp', `unix:${this.monitor},server=on,wait=off`];
    this.child = spawn(command, [...words, ...machine, ...memory, ...share, ...boot, ...serial], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdout!.on('data', (part: Buffer) => (this.printed += part.toString().replaceAll('\r', '')));
    this.child.stderr!.on('data', (part: Buffer) => (this.errors += part.toString()));
    this.child.stdin!.on('error', () => {});
    this.ended = once(this.child, 'close');
    this.late = setTimeout(() => this.child.kill('SIGKILL'), 240_000);
  }

  private get monitor(): string {
    return path.join(this.work, 'monitor');
  }

  async qmp(): Promise<Qmp> {
    while (!existsSync(this.monitor)) await this.pause();
    return Qmp.open(this.monitor);
  }

  /** Types a line. */
  type(line: string): void {
    this.child.stdin!.write(`${line}\n`);
  }

  /** Resolves when it has printed that. */
  async prints(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.printed)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) throw new Error(`the guest ended without printing ${pattern}: ${this.printed}${this.errors}`);
      await this.pause();
    }
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** What it has printed by its end, which the script's is. */
  async output(): Promise<string> {
    await this.ended;
    if (!/exit \d+\n$/.test(this.printed)) throw new Error(`the guest did not end as it should: ${this.printed}${this.errors}`);
    return this.printed;
  }

  async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
    clearTimeout(this.late);
    rmSync(this.work, { recursive: true, force: true });
  }
}
