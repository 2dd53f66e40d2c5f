import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { guestMissing } from '../../cli/guest/kernel.js';
import { fusewire, start, temporary } from './run.js';

const missing = guestMissing();

function project(t: ExecutionContext) {
  const directory = path.join(temporary(t), 'project');
  mkdirSync(path.join(directory, 'deep'), { recursive: true });
  writeFileSync(path.join(directory, 'deep', 'datei-\u00e4'), Buffer.alloc(3 << 20, 'x'));
  symlinkSync('deep', path.join(directory, 'link'));
  return directory;
}

(missing ? test.skip : test.serial)(`the demo verifies what a guest read and wrote, and leaves nothing behind${missing ? `: ${missing}` : ''}`, async (t) => {
  const directory = project(t);
  const { code, stdout, stderr } = await fusewire(['demo', directory]);
  t.is(stderr, '');
  t.is(code, 0);
  const said = stdout.toString();
  for (const line of [/boot the guest +User Mode Linux /, /list +4 names, as on the host/, /read and checksum +1 files, 3.0 MiB, as on the host/, /write +64.0 MiB, as on the host/, /create small files +500 files, as on the host/, /qemu-system-x86_64 .*share=on/, /cloud-hypervisor .*shared=on/]) t.regex(said, line);
  t.deepEqual(readdirSync(directory), ['deep', 'link']);
});

test('where no guest can be booted the demo says why and takes the driver; --keep serves until Ctrl-C', async (t) => {
  const directory = project(t);
  const programs = path.join(directory, '..', 'programs');
  mkdirSync(programs);
  for (const program of ['dirname', 'readlink', 'sh']) symlinkSync(execFileSync('/bin/sh', ['-c', `command -v ${program}`]).toString().trim(), path.join(programs, program));
  const demo = start(['demo', directory, '--keep'], { env: { PATH: programs } });
  let said = '';
  await new Promise<void>((resolve) => demo.child.stdout!.on('data', (part: Buffer) => /Serving until Ctrl-C/.test(said += part.toString()) && resolve()));
  for (const line of [/No guest can be booted here: User Mode Linux is not installed/, /user-space driver, tag "demo"/, /list +4 names, as on the host/, /write +64.0 MiB, as on the host/]) t.regex(said, line);
  const [, socket] = /path=(\S+) /.exec(said)!;
  t.is((await fusewire(['driver', socket!, 'ls'])).stdout.toString(), 'deep\nlink\n');
  demo.child.kill('SIGINT');
  t.is((await demo.ended).code, 0);
});
