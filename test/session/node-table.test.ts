import { setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import { NodeTable } from '../../core/filesystem/nodes.js';

const MANY = 100_000;

/** As a kernel that looks many nodes up and forgets them, all but those that `stays` names. */
function storm(nodes: NodeTable, stays: (index: number) => boolean = () => false): number[] {
  const held = Array.from({ length: MANY }, () => {
    const node = nodes.allocate();
    nodes.reference(node);
    return node;
  });
  return held.filter((node, index) => {
    if (stays(index)) return true;
    nodes.dereference(node, 1);
    nodes.release(node);
    return false;
  });
}

test('a storm of nodes leaves no memory taken, and its ids stay stale', async (t) => {
  const nodes = new NodeTable();
  let told = 0;
  nodes.follow((size) => (told = size));
  for (let round = 1; round <= 3; round++) {
    storm(nodes);
    const used = nodes.generations.slice();
    t.true(used.length >= MANY);
    await turn();
    t.is(nodes.live, 0);
    t.deepEqual([nodes.generations.length, nodes.references.length, told], [64, 64, 64]);
    const again = Array.from({ length: MANY }, () => nodes.allocate());
    t.is(new Set(again).size, MANY);
    t.deepEqual(again.filter((node) => nodes.generations[node]! < used[node]!), []);
    for (const node of again) nodes.release(node);
    await turn();
  }
});

test('what stays in use is kept, and what comes then has the lowest numbers', async (t) => {
  const nodes = new NodeTable();
  const stays = storm(nodes, (index) => index === 10 || index === MANY / 10);
  await turn();
  t.true(nodes.generations.length > MANY / 10 && nodes.generations.length < MANY / 5);
  t.deepEqual(stays.map((node) => nodes.references[node]), [1, 1]);
  const low = Array.from({ length: 1000 }, () => nodes.allocate());
  t.true(Math.max(...low) < 1010);
  for (const node of stays) {
    nodes.dereference(node, 1);
    nodes.release(node);
  }
  for (const node of low.slice(500)) nodes.release(node);
  storm(nodes);
  await turn();
  t.true(nodes.generations.length < 2000, `${nodes.generations.length}`);
});

test('one who no longer follows is not told', async (t) => {
  const nodes = new NodeTable();
  const told = () => t.fail();
  nodes.follow(told);
  nodes.unfollow(told);
  storm(nodes);
  await turn();
  t.is(nodes.generations.length, 64);
});
