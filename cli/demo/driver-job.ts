import { randomBytes } from 'node:crypto';
import { Driver } from '../../driver/index.js';
import { LARGE, SMALL, WORK, type JobResult, type Step } from './job.js';
import { digestData, digestNames, listTree, sha256, type Tree } from './tree.js';

const KINDS: Record<number, 'directory' | 'file'> = { 4: 'directory', 8: 'file' };

function driverTree(driver: Driver): Tree {
  return {
    async list(path) {
      const entries = await driver.readdirEntries(path);
      return entries.map(({ name, type }) => ({ name, kind: KINDS[type] ?? 'other' }));
    },
    read: (path) => driver.readFile(path),
  };
}

async function timed(work: () => Promise<string>): Promise<Step> {
  const start = performance.now();
  const found = await work();
  return { milliseconds: performance.now() - start, found };
}

/** Runs the job through the user-space driver. */
export async function driverJob(socket: string): Promise<JobResult> {
  const start = performance.now();
  const driver = await Driver.connect(socket);
  try {
    await driver.mount();
    const reached = [{ what: 'mount the share', result: `user-space driver, tag "${driver.tag}"`, milliseconds: performance.now() - start }];
    const tree = driverTree(driver);
    const list = await timed(async () => digestNames(await listTree(tree, WORK)));
    const listing = await listTree(tree, WORK);
    const read = await timed(async () => (await digestData(tree, listing)).sha256);
    await driver.mkdir(WORK);
    const data = randomBytes(LARGE);
    const write = await timed(() => driver.writeFile(`${WORK}/large`, data).then(() => ''));
    write.found = sha256(await driver.readFile(`${WORK}/large`));
    const create = await timed(async () => {
      for (let i = 0; i < SMALL; i++) await driver.writeFile(`${WORK}/${i}`, `${i}\n`);
      return '';
    });
    await driver.unmount();
    return { reached, list, read, write, create };
  } finally {
    await driver.close();
  }
}
