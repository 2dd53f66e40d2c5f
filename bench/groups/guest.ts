import path from 'node:path';
import { Writable } from 'node:stream';
import { guestMissing } from '../../cli/guest/kernel.js';
import { runGuest } from '../../cli/guest/run.js';
import type { Group, Measurement, Missing, Subject } from '../model.js';
import { SOURCES, TemporaryFolder } from '../places.js';
import { compiled } from '../rivals/compile.js';
import type { Program } from '../rivals/program.js';
import { MemoryTableShim } from '../servers/shim.js';
import { ours, rust, startVirtiofs, type VirtiofsServer } from '../servers/virtiofs.js';
import { fillFolder, fillTree } from './driver-share.js';
import { hostload, parseLoad } from './host.js';
import { GUEST_ROWS, type HostRow } from './host-rows.js';

const TIMEOUT = 300;

/** What keeps the guest's kernel from sleeping through an interrupt. */
const guestIdle = (): string => compiled('guest-idle.so', path.join(SOURCES, 'guest-idle.c'), 'gcc', ['-Wall', '-shared', '-fPIC']);

/** Collects what the guest prints. */
class Output extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A server with a User Mode Linux guest, which is booted once for all rows of a round. */
class GuestSubject implements Subject<HostRow> {
  readonly name: string;
  readonly kind: 'ours' | 'rival';
  readonly pids = [];
  readonly command: string;
  readonly version: string;
  /** Measured and not yet asked for. */
  private readonly ready = new Map<string, Measurement[]>();

  constructor(private readonly server: VirtiofsServer, private readonly program: Program, private readonly folder: string, private readonly socket: string) {
    this.name = server.name;
    this.kind = server.kind;
    this.version = program.version;
    this.command = [program.command, ...program.args, ...server.arguments(folder, socket)].join(' ');
  }

  async measure({ work }: HostRow, seconds: number): Promise<Measurement> {
    const next = this.ready.get(work)?.shift();
    if (next) return next;
    await this.boot(seconds);
    const measured = this.ready.get(work)?.shift();
    if (!measured) throw new Error('the guest did not measure it');
    return measured;
  }

  async stop(): Promise<void> {}

  private async boot(seconds: number): Promise<void> {
    const { server, program, folder, socket } = this;
    const process = await startVirtiofs(server, program, folder, socket);
    const shim = server === rust ? new MemoryTableShim(`${socket}.shim`, socket) : undefined;
    const stdout = new Output();
    const stderr = new Output();
    const script = guestScript(seconds);
    try {
      const { code, reason } = await runGuest({ socket: shim ? `${socket}.shim` : socket, tag: 'share', command: [script], preload: guestIdle(), stdout, stderr, timeout: TIMEOUT });
      if (code !== 0) throw new Error(`guest: ${reason ?? `exit ${code}`}: ${stderr.text}`);
    } finally {
      shim?.close();
      await process.stop();
    }
    const passes = new Map<string, Measurement[]>();
    for (const line of stdout.text.trim().split('\n')) {
      const [work, ...figures] = line.split(' ');
      if (figures.length === 5) passes.set(work, [...passes.get(work) ?? [], parseLoad(figures.join(' '))]);
    }
    for (const [work, measured] of passes) this.ready.set(work, [...this.ready.get(work) ?? [], middle(measured)]);
  }
}

function middle(measured: readonly Measurement[]): Measurement {
  return measured.toSorted((a, b) => a.value - b.value)[measured.length >> 1];
}

/** Seconds: a guest's figures vary more than others. */
const LEAST = 0.15;

/** Takes seconds. */
const LONGEST = 'tar';

/** All works but one in passes, of which the middle one counts, after one that warms guest and server up. */
function guestScript(seconds: number): string {
  const run = (work: string): string => `echo "${work} $(${hostload()} ${work} /mnt ${Math.max(seconds, LEAST)})"`;
  const pass = GUEST_ROWS.flatMap(({ work }) => work === LONGEST ? [] : [run(work)]).join('; ');
  return `{ ${pass}; } > /dev/null; for pass in 1 2 3; do ${pass}; done; ${run(LONGEST)}`;
}

/** Servers seen by a real kernel's virtio-fs driver, in a User Mode Linux guest. */
export function guestGroup(): Group<HostRow> {
  let work: TemporaryFolder | undefined;
  let served: TemporaryFolder | undefined;

  function find(server: VirtiofsServer, id: number): GuestSubject | Missing {
    try {
      return new GuestSubject(server, server.find(), served!.path, path.join(work!.path, `${id}.sock`));
    } catch (error) {
      return { name: server.name, missing: (error as Error).message };
    }
  }

  return {
    name: 'guest', rows: GUEST_ROWS, costly: true,
    async open(rivals) {
      const missing = guestMissing();
      if (missing) return [{ name: 'User Mode Linux', missing }];
      hostload();
      guestIdle();
      work = TemporaryFolder.forWork();
      served = TemporaryFolder.inMemory();
      fillFolder(served.path);
      fillTree(served.path);
      // C virtiofsd has no config space, from which User Mode Linux takes the tag.
      return [ours, ...(rivals ? [rust] : [])].map(find);
    },
    async close() {
      work?.[Symbol.dispose]();
      served?.[Symbol.dispose]();
    },
  };
}
