import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, constants, existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { start } from '../cli/run.js';
import { scratch } from '../conformance/cells/places.js';

/** Where Debian keeps PostgreSQL's programs, beside the PATH. */
const PATH = [...process.env['PATH']!.split(':'), '/usr/sbin', '/sbin', ...globSync('/usr/lib/postgresql/*/bin')];

function installed(program: string): boolean {
  return PATH.some((dir) => {
    try {
      accessSync(path.join(dir, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A shared directory of an ext4 file system and what is mounted elsewhere of it. */
export interface Mounted {
  /** The directory itself. */
  readonly source: string;
  /** Where passthrough shows it. */
  readonly at: string;
  /** A directory of the same file system that is not shared. */
  readonly outside: string;
  /** Runs a bash script in the mount, as root unless told, and gives what it printed; a failing command fails the test. */
  sh(script: string, user?: string): Promise<string>;
}

/** Why a test cannot run here; undefined when it can. */
function missing(programs: readonly string[]): string | undefined {
  if (!existsSync('/dev/fuse') || process.geteuid!() !== 0) return 'needs root and /dev/fuse';
  const absent = programs.filter((program) => !installed(program));
  if (absent.length) return `${absent.join(', ')} not installed`;
  using place = scratch('ext4');
  return place ? undefined : 'no directory on ext4';
}

/** A test of real programs on a host mount of an ext4 directory; skipped, with the reason, where they cannot run. */
export function onMount(title: string, programs: readonly string[], run: (t: ExecutionContext, mounted: Mounted) => Promise<void>): void {
  const reason = missing(programs);
  if (reason) return void test.skip(`${title}: ${reason}`, (t) => t.fail());
  test.serial(title, async (t) => {
    t.timeout(300_000);
    using place = scratch('ext4')!;
    chmodSync(place.path, 0o755);
    const [source, at, outside] = ['source', 'at', 'outside'].map((name) => path.join(place.path, name)) as [string, string, string];
    for (const dir of [source, at, outside]) mkdirSync(dir);
    const config = path.join(place.path, 'fusewire.json');
    const transport = { use: 'fuse', mountpoint: at, allow_other: true, dev: true, suid: true };
    writeFileSync(config, JSON.stringify({ mounts: [{ name: 'programs', transport, filesystem: { use: 'passthrough', source } }] }));
    const server = start(['serve', '-c', config]);
    try {
      await server.said(/serving/);
      await run(t, { source, at, outside, sh: (script, user) => shell(script, at, { SOURCE: source, OUTSIDE: outside }, user) });
    } finally {
      server.child.kill('SIGTERM');
      await server.ended;
    }
  });
}

async function shell(script: string, cwd: string, variables: Record<string, string>, user?: string): Promise<string> {
  const command = ['bash', '-euo', 'pipefail', '-c', script];
  if (user) command.unshift('setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups');
  const env = { ...process.env, ...variables, PATH: PATH.join(':'), HOME: variables['OUTSIDE'], LC_ALL: 'C' };
  const child = spawn(command[0]!, command.slice(1), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`exit ${code}: ${script}\n${out}${err}`);
  return out.trim();
}
