import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { guestMissing } from '../../cli/guest/kernel.js';
import { root } from '../cli/run.js';

const missing = guestMissing();

(missing ? test.skip : test)(`the example of a sandbox does what it says${missing ? ` (${missing})` : ''}`, async (t) => {
  t.timeout(400_000);
  const { stdout } = await promisify(execFile)(process.execPath, ['--enable-source-maps', path.join(root, 'dist/examples/sandbox/sandbox.js')]);
  t.is(stdout.match(/^ok: /gm)?.length, 5, stdout);
});
