import { createHash } from 'node:crypto';
import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runGuest } from '../../cli/guest/run.js';
import { checkConfig, loadConfig, registry, Server } from '../../index.js';

// Runs `npm ci && npm test` of a project in a guest, on an overlay that keeps all changes in memory; looks at what the
// guest did; keeps it. `npm run example:sandbox`

const source = path.join(import.meta.dirname, '../../../examples/sandbox');
const home = mkdtempSync(path.join(tmpdir(), 'fusewire-sandbox-'));
const project = path.join(home, 'project');

/** Every byte of a directory, and of its files' metadata other than access times. */
function digest(directory: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const file = path.join(directory, name);
    const { mode, uid, gid, size, mtimeNs, ctimeNs, ino, nlink } = lstatSync(file, { bigint: true });
    hash.update(JSON.stringify([name, ...[mode, uid, gid, size, mtimeNs, ctimeNs, ino, nlink].map(String)]));
    if ((Number(mode) & 0o170000) === 0o100000) hash.update(readFileSync(file));
    if ((Number(mode) & 0o170000) === 0o120000) hash.update(readlinkSync(file));
  }
  return hash.digest('hex');
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
  console.log(`ok: ${what}`);
}

async function inGuest(socket: string): Promise<number> {
  const node = path.dirname(process.execPath);
  const npm = process.env['npm_execpath'] ? `node ${process.env['npm_execpath']}` : 'npm';
  const script = `export PATH=${node}:$PATH npm_config_cache=$TMPDIR npm_config_offline=true npm_config_update_notifier=false; ${npm} ci --no-audit --no-fund && ${npm} test`;
  const { code, reason } = await runGuest({ socket, tag: 'sandbox', command: [script], memory: 1 << 30, timeout: 300, stdout: process.stdout, stderr: process.stderr });
  if (reason) console.error(reason);
  return code;
}

try {
  cpSync(source, home, { recursive: true });
  const server = await Server.start(await checkConfig(await loadConfig(path.join(home, 'fusewire.yaml')), registry), registry);
  try {
    const before = digest(project);
    check(await inGuest(path.join(home, 'sandbox.sock')) === 0, 'a guest has run npm ci && npm test');
    check(digest(project) === before, 'the directory on the host is what it was, byte for byte');

    const changes = server.changes('sandbox');
    const listed = await changes.diff();
    for (const { change, path: name } of listed) console.log(`    ${change} ${name}`);
    const added = (name: string): boolean => listed.some(({ change, path: at }) => change === 'added' && at === name);
    check(added('/node_modules/greeting/index.js') && added('/result.txt'), 'the list of changes has what the guest made');

    await changes.commit();
    check(readFileSync(path.join(project, 'result.txt'), 'utf8') === 'hello, host\n', 'a commit keeps it on the host');
    check((await changes.diff()).length === 0, 'there are no changes any more');
  } finally {
    await server.stop();
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}
