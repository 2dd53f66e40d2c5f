import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { atExit } from '../cleanup.js';
import { processTime } from '../cpu.js';
import { type Group, isMissing, type Measurement, type Missing, type Subject } from '../model.js';
import { SOURCES, TemporaryFolder } from '../places.js';
import type { ServerProcess } from '../process.js';
import { compiled } from '../rivals/compile.js';
import type { Program } from '../rivals/program.js';
import { MOUNT_RIVALS, type MountServer, ours, oursInMemory, startMount, unmount } from '../servers/mounts.js';
import { fillFolder, fillTree } from './driver-share.js';
import { fillProjects } from './host-projects.js';
import { HOST_MEANS, HOST_ROWS, type HostRow, MEMORY_ROWS } from './host-rows.js';

const run = promisify(execFile);

/** The load generator, static so that it runs in a guest too. */
export const hostload = (): string => compiled('hostload', path.join(SOURCES, 'hostload.c'), 'gcc', ['-Wall', '-static']);

/** What hostload prints, in nanoseconds. */
export function parseLoad(line: string, serverCpu?: number): Measurement {
  const [cycles, value, median, p99, clientCpu] = line.split(' ').map(Number);
  return { value: value / 1000, median: median / 1000, p99: p99 / 1000, clientCpu: clientCpu / 1000, serverCpu: serverCpu === undefined ? undefined : serverCpu / cycles / 1000 };
}

/** A directory under load: a mount of a server, or a plain one. */
class HostSubject implements Subject<HostRow> {
  readonly command: string;
  readonly pids: readonly number[];
  private readonly mounted = atExit(() => this.server && unmount(this.folder));

  constructor(
    readonly name: string, readonly kind: 'ours' | 'rival' | 'limit', readonly version: string, private readonly folder: string,
    private readonly id: number, private readonly server?: ServerProcess, private readonly scripted?: MountServer['scripted'],
  ) {
    this.command = server?.command ?? folder;
    this.pids = server ? [server.pid] : [];
  }

  compiles({ work }: HostRow): boolean {
    return this.scripted === true || this.scripted?.includes(work) === true;
  }

  async measure({ work }: HostRow, seconds: number): Promise<Measurement> {
    const before = this.server && processTime(this.server.pid);
    const { stdout } = await run(hostload(), [work, this.folder, String(seconds), `${this.id}-${process.pid}`]);
    return parseLoad(stdout, this.server && processTime(this.server.pid) - before!);
  }

  async stop(): Promise<void> {
    this.mounted.done();
    if (!this.server) return;
    await this.server.stop();
    unmount(this.folder);
  }
}

/** What rows of programs work on. */
function fillSources(folder: string): void {
  fillTree(folder);
  fillProjects(folder);
}

interface HostGroup {
  readonly name: string;
  readonly rows: readonly HostRow[];
  readonly means?: Group<HostRow>['means'];
  readonly server: MountServer;
  readonly rivals: readonly MountServer[];
  /** What is served comes from the mount itself, not from a folder under it. */
  readonly fill: boolean;
}

function group({ name, rows, means, server, rivals, fill }: HostGroup): Group<HostRow> {
  const folders: TemporaryFolder[] = [];
  const subjects: HostSubject[] = [];

  async function start(server: MountServer): Promise<HostSubject | Missing> {
    const [work, served] = folders.map((folder) => folder.path);
    const mountpoint = path.join(work, server.name);
    let program: Program;
    try {
      program = server.find();
      mkdirSync(mountpoint);
      const process = await startMount(server, program, fill ? work : served, mountpoint);
      if (fill) fillFolder(mountpoint);
      return new HostSubject(server.name, server.kind, program.version, mountpoint, subjects.length, process, server.scripted);
    } catch (error) {
      unmount(mountpoint);
      return { name: server.name, missing: (error as Error).message };
    }
  }

  return {
    name, rows, means,
    async open(withRivals) {
      hostload();
      folders.push(TemporaryFolder.forWork(), TemporaryFolder.inMemory(), TemporaryFolder.onDisk());
      const [, served, disk] = folders.map((folder) => folder.path);
      fillFolder(served);
      if (!fill) fillSources(served);
      const missing: Missing[] = [];
      for (const each of withRivals ? [server, ...rivals] : [server]) {
        const subject = await start(each);
        if (isMissing(subject)) missing.push(subject);
        else subjects.push(subject);
      }
      subjects.push(new HostSubject('tmpfs', 'limit', '', served, subjects.length));
      if (!fill) {
        fillFolder(disk);
        fillSources(disk);
        subjects.push(new HostSubject('disk', 'limit', '', disk, subjects.length));
      }
      return [...subjects, ...missing];
    },
    async close() {
      for (const subject of subjects.splice(0)) await subject.stop();
      for (const folder of folders.splice(0)) folder[Symbol.dispose]();
    },
  };
}

/** A folder in memory mounted by Fusewire and others on this host, seen through system calls. */
export const mountGroup = (): Group<HostRow> => group({ name: 'mount', rows: HOST_ROWS, means: HOST_MEANS, server: ours, rivals: MOUNT_RIVALS, fill: false });

/** The memory plugin mounted on this host. */
export const memoryGroup = (): Group<HostRow> => group({ name: 'memory', rows: MEMORY_ROWS, server: oursInMemory, rivals: [], fill: true });
