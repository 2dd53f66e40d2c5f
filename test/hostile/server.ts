import { type ChildProcess, fork, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

/** What the server logged. */
export interface Line {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** What the server's process holds. */
export interface Holdings {
  readonly fds: number;
  /** Bytes. */
  readonly resident: number;
  /** Requests that it has had. */
  readonly requests: number;
}

/** A server in a process of its own, and its log. */
export class HostileServer {
  readonly lines: Line[] = [];
  private readonly events = new EventEmitter<{ line: [Line]; holdings: [Holdings] }>();
  /** How the process ended, if it has. */
  death: string | undefined;

  private constructor(private readonly child: ChildProcess) {
    this.events.setMaxListeners(0);
    child.on('message', (said: Line | Holdings) => {
      if ('fds' in said) return this.events.emit('holdings', said);
      this.lines.push(said);
      return this.events.emit('line', said);
    });
    child.on('exit', (code, signal) => (this.death = `the server died of ${signal ?? code}`));
  }

  /**
   * Serves `mounts`, as a config file has them; `place` is a directory for that file. With --expose-gc it tells what it holds
   * without its garbage. It makes no file of more than `most` KiB (RLIMIT_FSIZE), so that guests that do anything do not fill the disk.
   */
  static async start(place: string, mounts: object[], execArgv: string[] = [], most?: number): Promise<HostileServer> {
    const config = path.join(place, 'fusewire.json');
    writeFileSync(config, JSON.stringify({ mounts }));
    const program = path.join(import.meta.dirname, 'server-process.js');
    const limited = ['-c', `ulimit -f ${2 * (most ?? 0)} && exec "$0" "$@"`, process.execPath, ...execArgv, program, config];
    const server = new HostileServer(most === undefined ? fork(program, [config], { execArgv }) : spawn('sh', limited, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] }));
    await Promise.race([server.says(({ message }) => message === 'ready'), once(server.child, 'exit').then(() => Promise.reject(new Error(server.death)))]);
    return server;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The next line that fits. */
  says(fits: (line: Line) => boolean): Promise<Line> {
    return new Promise((resolve) => {
      const listen = (line: Line): void => {
        if (!fits(line)) return;
        this.events.off('line', listen);
        resolve(line);
      };
      this.events.on('line', listen);
    });
  }

  async holdings(): Promise<Holdings> {
    this.child.send('holdings');
    return ((await once(this.events, 'holdings')) as [Holdings])[0];
  }

  async stop(): Promise<void> {
    if (this.death !== undefined) return;
    this.child.disconnect();
    await once(this.child, 'exit');
  }
}
