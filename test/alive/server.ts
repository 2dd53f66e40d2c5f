import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

const PROGRAM = path.join(import.meta.dirname, 'server-process.js');

export interface MortalOptions {
  readonly queues?: number;
  readonly filesystem?: object;
  readonly transport?: object;
}

/** A server of a directory in a process of its own, which can be killed and started again. */
export class MortalServer {
  readonly socket: string;
  private readonly config: string;
  private child: ChildProcess | undefined;
  private spare: Promise<ChildProcess> | undefined;
  /** What the servers have logged. */
  readonly lines: string[] = [];

  /** `place` is a directory for socket, config and state. */
  constructor(place: string, source: string, { queues = 2, filesystem = {}, transport = {} }: MortalOptions = {}) {
    this.socket = path.join(place, 'socket');
    this.config = path.join(place, 'fusewire.json');
    const mount = {
      name: 'mortal',
      transport: { use: 'virtiofs', socket: this.socket, tag: 'mortal', queues, state: path.join(place, 'state'), ...transport },
      locks: 'server',
      filesystem: { use: 'passthrough', source, ...filesystem },
    };
    writeFileSync(this.config, JSON.stringify({ mounts: [mount] }));
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves when it serves. */
  async start(): Promise<void> {
    const child = await (this.spare ?? this.spawn());
    this.child = child;
    this.spare = this.spawn();
    child.send('serve');
    await this.says(child, 'serving');
  }

  /** Resolves when the process has ended, by whoever's hand. */
  get ended(): Promise<unknown> {
    const child = this.child!;
    return child.exitCode === null && child.signalCode === null ? once(child, 'exit') : Promise.resolve();
  }

  /** How often the log has had this. */
  count(message: string): number {
    return this.lines.filter((line) => line === message).length;
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const { ended } = this;
    this.child!.kill('SIGKILL');
    await ended;
  }

  /** SIGTERM: answers what is in flight, and leaves the rest to the next one. */
  async stop(): Promise<void> {
    if (!this.child) return;
    const { ended } = this;
    this.child.kill('SIGTERM');
    await ended;
  }

  async close(): Promise<void> {
    await this.stop();
    (await this.spare)?.kill('SIGKILL');
    this.spare = undefined;
  }

  private async spawn(): Promise<ChildProcess> {
    const child = fork(PROGRAM, [this.config]);
    const ready = this.says(child, 'ready');
    child.on('message', (line: string) => this.lines.push(line));
    await ready;
    return child;
  }

  private says(child: ChildProcess, wanted: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const listen = (line: string): void => {
        if (line.startsWith('failed')) reject(new Error(line));
        if (line === wanted) resolve();
        if (line === wanted || line.startsWith('failed')) child.off('message', listen);
      };
      child.on('message', listen);
    });
  }
}
