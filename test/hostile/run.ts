import { setTimeout as delay } from 'node:timers/promises';
import type { HostileCase, Verdict } from './case.js';
import { requestCases, wireCases } from './cases/index.js';
import { type Way, WAYS, World } from './world.js';

/** Milliseconds that an answer may take. */
const PATIENCE = 10_000;

interface Planned extends HostileCase {
  readonly way: Way;
}

/** Every case, those of requests in both ways. */
function plan(matching: string): Planned[] {
  const both = WAYS.flatMap((way) => requestCases.map((one) => ({ ...one, name: `${one.name} (${way})`, way })));
  return [...wireCases.map((one) => ({ ...one, way: WAYS[0]! })), ...both].filter(({ name }) => name.includes(matching));
}

async function answer(one: HostileCase, world: World): Promise<string> {
  const late = new AbortController();
  try {
    return await Promise.race([one.run(world), delay(PATIENCE, `no answer in ${PATIENCE / 1000} s`, { signal: late.signal })]);
  } catch (error) {
    return `failed: ${(error as Error).message}`;
  } finally {
    late.abort();
  }
}

/** Runs the cases one after the other against one server; after each, a guest that behaves must still be served. */
export async function hostile(tell: (verdict: Verdict) => void, matching = ''): Promise<void> {
  const world = await World.create();
  try {
    const cases = plan(matching);
    // What the process loads when it is first needed is no leak.
    for (const one of cases.slice(0, 5)) await once(one, world);
    const before = await world.server.holdings();
    for (const one of cases) {
      const { name, expected } = one;
      tell({ name, expected, got: await once(one, world) });
      if (world.server.death !== undefined) return;
    }
    const after = await world.server.holdings();
    tell({ name: 'afterwards: file descriptors that the server has more than before', expected: '0', got: `${Math.max(0, after.fds - before.fds)}` });
  } finally {
    await world.close();
  }
}

async function once(one: Planned, world: World): Promise<string> {
  world.way = one.way;
  let got = await answer(one, world);
  await world.clear();
  const trouble = await world.trouble();
  if (trouble !== undefined) got += `, and ${trouble}`;
  return got;
}
