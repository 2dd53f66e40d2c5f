import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { start, temporary } from '../cli/run.js';
import { kernelOf, runQemu } from './guest.js';

const SCRIPT = `set -e
cat file
echo "from the guest" > made
mkdir d; for i in 1 2 3 4; do (for j in 1 2 3 4 5 6 7 8 9 10; do echo "$i $j" > d/$i-$j; done) & done; wait
mv d/1-1 d/renamed; rm d/2-2; ln d/3-3 d/linked; chmod 600 d/4-4
dd if=/dev/zero of=large bs=1M count=8 2> /dev/null
ls d | wc -l; md5sum large | cut -d' ' -f1; uname -r | cut -d. -f1,2
mkdir /sys; mount -t sysfs sys /sys; echo "packed $(cut -c35 /sys/bus/virtio/devices/virtio0/features)"
`;

for (const [suite, version, queues, packed] of [['bookworm', '6.1', 1, false], ['trixie', '6.12', 4, false], ['bookworm', '6.1', 1, true], ['trixie', '6.12', 4, true]] as const) {
  const kernel = kernelOf(suite);
  const title = `QEMU mounts a share in a guest of Linux ${version}, with ${queues} request queue${queues === 1 ? '' : 's'}${packed ? ' and packed rings' : ''}`;
  if (typeof kernel === 'string') test.skip(`${title}: ${kernel}`, (t) => t.fail());
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
    t.is(await runQemu(kernel, socket, SCRIPT, queues, packed), `from the host\n40\n96995b58d4cbf6aaa9041b4f00c7f6ae\n${version}\npacked ${packed ? 1 : 0}\nexit 0\n`);
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
