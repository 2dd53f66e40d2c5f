import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { start, temporary } from '../cli/run.js';
import { kernelOf, QemuGuest } from './guest.js';
import { installedQemu, trixieQemu } from './program.js';

const SCRIPT = `set -e
cat file
echo "from the guest" > made
mkdir d; for i in 1 2 3 4; do (for j in 1 2 3 4 5 6 7 8 9 10; do echo "$i $j" > d/$i-$j; done) & done; wait
mv d/1-1 d/renamed; rm d/2-2; ln d/3-3 d/linked; chmod 600 d/4-4
dd if=/dev/zero of=large bs=1M count=8 2> /dev/null
ls d | wc -l; md5sum large | cut -d' ' -f1; uname -r | cut -d. -f1,2
mkdir /sys; mount -t sysfs sys /sys; echo "packed $(cut -c35 /sys/bus/virtio/devices/virtio0/features)"
`;

const qemu10 = trixieQemu();
const machines = [
  ['QEMU', installedQemu(), 'bookworm', '6.1', 1, false], ['QEMU', installedQemu(), 'trixie', '6.12', 4, false], ['QEMU', installedQemu(), 'bookworm', '6.1', 1, true],
  ['QEMU 10', qemu10, 'trixie', '6.12', 4, false], ['QEMU 10', qemu10, 'trixie', '6.12', 4, true],
] as const;

for (const [name, program, suite, version, queues, packed] of machines) {
  const kernel = kernelOf(suite);
  const title = `${name} mounts a share in a guest of Linux ${version}, with ${queues} request queue${queues === 1 ? '' : 's'}${packed ? ' and packed rings' : ''}`;
  if (typeof program === 'string' || typeof kernel === 'string') test.skip(`${title}: ${typeof program === 'string' ? program : kernel as string}`, (t) => t.fail());
  else test.serial(title, async (t) => {
    t.timeout(300_000);
    const directory = temporary(t);
    const [shared, socket] = [path.join(directory, 'shared'), path.join(directory, 's')];
    mkdirSync(shared);
    writeFileSync(path.join(shared, 'file'), 'from the host\n');
    const config = path.join(directory, 'fusewire.json');
    const transport = { use: 'virtiofs', socket, tag: 'share', queues, packed, once: true };
    writeFileSync(config, JSON.stringify({ mounts: [{ name: 'share', transport, filesystem: { use: 'passthrough', source: shared } }] }));
    const server = start(packed ? ['serve', '-c', config, '--log-level', 'debug'] : ['virtiofsd', '--shared-dir', shared, '--socket-path', socket, '--queues', String(queues)]);
    t.teardown(() => server.child.kill('SIGKILL'));
    await server.said(/serving/);
    const guest = new QemuGuest({ program, kernel, socket, script: SCRIPT, queues, packed });
    t.teardown(() => guest.close());
    t.is(await guest.output(), `from the host\n40\n96995b58d4cbf6aaa9041b4f00c7f6ae\n${version}\npacked ${packed ? 1 : 0}\nexit 0\n`);
    t.is(readFileSync(path.join(shared, 'made'), 'utf8'), 'from the guest\n');
    t.is(readdirSync(path.join(shared, 'd')).length, 40);
    t.is(statSync(path.join(shared, 'd/4-4')).mode & 0o777, 0o600);
    t.is(statSync(path.join(shared, 'd/linked')).nlink, 2);
    t.is(statSync(path.join(shared, 'large')).size, 8 << 20);
    const { code, log } = await server.ended;
    t.is(code, 0, log);
    t.notRegex(log, /broke|refused/);
  });
}

/** Has a file open and appends to another one all the time, until a line comes; then tells what is there. */
const MOVING = `exec 3> open; echo "before the move" >&3
mkdir d; echo kept > d/file
(i=0; while [ ! -e /stop ]; do echo $i >> log; i=$((i+1)); done) &
while [ ! -s log ]; do :; done
echo ready; read line < /dev/ttyS1
touch /stop; wait
echo "after it" >&3; exec 3>&-
cat open d/file
i=0; while read line; do [ "$line" = $i ] || echo "line $i is $line"; i=$((i+1)); done < log
[ $i -gt 10 ] && echo "all lines"
`;
const MOVED = 'before the move\nafter it\nkept\nall lines\nexit 0\n';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

async function server(t: ExecutionContext, directory: string, name: string, filesystem: object, transport: object): Promise<{ socket: string; ended: Promise<{ log: string }> }> {
  const socket = path.join(directory, name);
  const config = `${socket}.json`;
  writeFileSync(config, JSON.stringify({ mounts: [{ name, transport: { use: 'virtiofs', socket, tag: 'share', once: true, ...transport }, filesystem }] }));
  const { child, said, ended } = start(['serve', '-c', config, '--log-level', 'debug']);
  t.teardown(() => child.kill('SIGKILL'));
  await said(/serving/);
  return { socket, ended };
}

for (const [use, migration, packed] of [['passthrough', 'paths', false], ['passthrough', 'handles', true], ['memory', 'paths', false]] as const) {
  const [program, kernel] = [qemu10, kernelOf('trixie')];
  const title = `QEMU moves a running guest to another machine and another server: ${use}${use === 'passthrough' ? ` by ${migration}` : ''}${packed ? ', with packed rings' : ''}`;
  if (typeof program === 'string' || typeof kernel === 'string') test.skip(`${title}: ${typeof program === 'string' ? program : kernel as string}`, (t) => t.fail());
  else test.serial(title, async (t) => {
    t.timeout(300_000);
    const directory = temporary(t);
    const source = path.join(directory, 'shared');
    mkdirSync(source);
    const filesystem = use === 'passthrough' ? { use, source } : { use };
    const [from, to] = await Promise.all(['from', 'to'].map((name) => server(t, directory, name, filesystem, { migration, packed })));
    const incoming = path.join(directory, 'incoming');
    const [guest, there] = [{ socket: from!.socket }, { socket: to!.socket, incoming }].map((more) => new QemuGuest({ program, kernel, script: MOVING, queues: 1, packed, ...more }));
    t.teardown(() => Promise.all([guest!.close(), there!.close()]));
    const [here, arrived] = await Promise.all([guest!.qmp(), there!.qmp()]);
    await guest!.prints(/ready/);
    await here.run('migrate', { uri: `unix:${incoming}` });
    let status: { status: string; 'error-desc'?: string };
    do {
      await pause();
      status = await here.run('query-migrate') as typeof status;
    } while (!['completed', 'failed', 'cancelled'].includes(status.status));
    t.is(status.status, 'completed', status['error-desc']);
    await here.run('quit');
    while ((await arrived.run('query-status') as { status: string }).status !== 'running') await pause();
    there!.type('go');
    t.is(await there!.output(), MOVED);
    if (use === 'passthrough') t.is(readFileSync(path.join(source, 'open'), 'utf8'), 'before the move\nafter it\n');
    const [left, taken] = await Promise.all([from!.ended, to!.ended]);
    t.regex(left.log, /the state of a guest was saved/);
    t.regex(left.log, /SET_LOG_BASE/);
    t.regex(taken.log, /the state of a guest was taken up/);
    t.notRegex(left.log + taken.log, /broke|refused/);
  });
}
