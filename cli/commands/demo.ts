import { lstatSync, mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { checkConfig } from '../../core/config/index.js';
import { UsageError } from '../../core/errors.js';
import { registry, Server } from '../../index.js';
import { attach } from '../demo/attach.js';
import { driverJob } from '../demo/driver-job.js';
import { guestJob } from '../demo/guest-job.js';
import { WORK, type JobResult } from '../demo/job.js';
import { table } from '../demo/table.js';
import { verify } from '../demo/verify.js';
import { Failure } from '../failure.js';
import { shareSource } from '../flags.js';
import { NOT_BOOTED } from '../guest/run.js';
import { createLog, levelOption } from '../log.js';
import { untilSignal } from '../signals.js';

const TAG = 'demo';
const EXAMPLE = path.join(import.meta.dirname, '../../../examples/passthrough');

/** The job in a guest, or through the user-space driver where no guest can be booted; undefined once it is aborted. */
async function runJob(socket: string, signal: AbortSignal): Promise<JobResult | undefined> {
  const { guest, job } = await guestJob({ socket, tag: TAG, signal });
  if (job ?? signal.aborted) return job;
  if (guest.code !== NOT_BOOTED) throw new Failure(`the guest failed with ${guest.code}: ${guest.reason}`);
  console.log(`No guest can be booted here: ${guest.reason}\nThe user-space driver does its job, on the same socket.\n`);
  return driverJob(socket);
}

/** What the job makes, the demo removes: so it must not have been there. */
function refuseForeignWork(dir: string): void {
  const work = path.join(dir, WORK);
  if (lstatSync(work, { throwIfNoEntry: false })) throw UsageError(`${work} is there already`, 'the demo makes and removes a directory of this name; move it away, or share another directory');
}

async function demo(dir: string, keep: boolean, level: string): Promise<void> {
  const abort = new AbortController();
  const stopped = untilSignal().then((signal) => abort.abort(signal));
  const work = mkdtempSync(path.join(tmpdir(), 'fusewire-demo-'));
  const socket = path.join(work, 'socket');
  let server: Server | undefined;
  try {
    const config = await checkConfig(shareSource(dir, { socket, tag: TAG }), registry);
    refuseForeignWork(dir);
    server = await Server.start(config, registry, createLog(level));
    console.log(`Sharing ${dir} on the vhost-user socket ${socket}\n`);
    const rows = await runJob(socket, abort.signal).then((job) => job && verify(dir, job)).finally(() => rmSync(path.join(dir, WORK), { recursive: true, force: true }));
    if (!rows) {
      process.exitCode = 128 + constants.signals[abort.signal.reason as NodeJS.Signals];
      return;
    }
    console.log(`${table(rows)}\n`);
    if (!rows.every(({ good }) => good)) process.exitCode = 1;
    console.log(keep ? attach(socket, TAG) : attach('/tmp/demo.sock', TAG, `bin/fusewire share ${dir} --socket /tmp/demo.sock --tag ${TAG}`));
    if (keep) {
      console.log('\nServing until Ctrl-C.');
      await stopped;
    }
  } finally {
    await server?.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

export function demoCommand(program: Command): void {
  program.command('demo [dir]')
    .description('share a directory with a real guest, and verify on the host what it read and wrote')
    .option('--keep', 'go on serving until Ctrl-C')
    .addOption(levelOption().default('warn'))
    .action((dir: string | undefined, { keep = false, logLevel }: { keep?: boolean; logLevel: string }) =>
      demo(path.resolve(dir ?? EXAMPLE), keep, logLevel));
}
