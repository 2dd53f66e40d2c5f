import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { requestTypes } from '../../core/dispatch/request-types.js';
import { type AnyHandler } from '../../core/dispatch/table.js';
import { Attributes, Done, Errno, FileSystem, Handles, type LookupRequest, Opcode, type OpenRequest } from '../../index.js';
import { IdMap } from '../../core/mapping/id-map.js';
import { IdMaps } from '../../core/mapping/id-maps.js';
import { XattrMap } from '../../core/mapping/xattr-map.js';
import { parseXattrRules, type XattrRule } from '../../core/mapping/xattr-rules.js';
import { InHeader, OutHeader } from '../../core/protocol/structs.js';
import { OPCODE_LIMIT } from '../../core/protocol/opcode.js';
import { Client, join, text, words } from './client.js';

/** Reads every property of a request, as a plugin might. */
function readAll(request: object): void {
  for (let p: object = request; p !== Object.prototype; p = Object.getPrototypeOf(p) as object) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(p))) if (get && name !== 'signal') Reflect.get(request, name);
  }
}

@FileSystem({ name: 'reader', options: z.object({}) })
class Reader {
  @Handles(Opcode.LOOKUP) lookup(request: LookupRequest) {
    readAll(request);
    return { node: 2, attributes: new Attributes() };
  }
  @Handles(Opcode.OPEN) open(request: OpenRequest) {
    readAll(request);
    return { handle: 1 };
  }
}

/** A session whose plugin reads all of every request, whatever its opcode, and a node 2 with an open handle. */
async function started(maps = {}): Promise<Client> {
  const client = new Client(new Reader(), {}, undefined, maps);
  const table = client.session.mount.plugin.table as (AnyHandler | undefined)[];
  for (let opcode = 0; opcode < OPCODE_LIMIT; opcode++) {
    if (requestTypes[opcode]) table[opcode] ??= (request) => (readAll(request as object), requestTypes[opcode]!.body > 0 ? Errno.EPERM : Done);
  }
  await client.init();
  await client.request(Opcode.LOOKUP, 1, text('x'));
  await client.request(Opcode.OPEN, 2, new Uint8Array(8));
  return client;
}

const noReply = new Set<number>([Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT, Opcode.NOTIFY_REPLY]);

function wellFormed(reply: Uint8Array, opcode: number, unique: number): boolean {
  if (reply.length === 0) return noReply.has(opcode);
  const view = new DataView(reply.buffer, reply.byteOffset, reply.length);
  const error = view.getInt32(OutHeader.error, true);
  return view.getUint32(OutHeader.len, true) === reply.length && view.getUint32(OutHeader.unique, true) === unique
    && error <= 0 && error >= -511 && (error === 0 || reply.length === OutHeader.size_);
}

const bytes = fc.uint8Array({ maxLength: 400 });
const small = fc.oneof(fc.nat(3), fc.nat(70_000), fc.nat());

test('a message shorter than a header is dropped', async (t) => {
  const client = await started();
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: InHeader.size_ - 1 }), async (message) => {
    t.is((await client.raw(message)).length, 0);
  }));
});

const idMap = IdMap.parse(['map:0:100000:3', 'squash-guest:3:7:5', 'forbid-guest:8:4294967287'], (_index, sentence) => {
  throw new Error(sentence);
});
const xattrRules = parseXattrRules(':map::user.virtiofs.:') as XattrRule[];
const mapped = { idMaps: new IdMaps(idMap, idMap), xattrMap: new XattrMap(xattrRules, false) };

for (const [where, maps] of Object.entries({ 'without maps': {}, 'with maps': mapped })) {
  test(`any bytes behind any header get a well-formed reply, and no handler fails, ${where}`, async (t) => {
    const client = await started(maps);
    const shape = fc.record({ opcode: fc.nat(60), caller: small, extension: fc.constantFrom(0, 0, 0, 1, 2, 3, 65535), node: fc.nat(3), lie: fc.constantFrom(0, 0, 0, -1, 1, 4096, -40), body: bytes, head: fc.array(small, { maxLength: 12 }) });
    await fc.assert(fc.asyncProperty(shape, async ({ opcode, caller, extension, node, lie, body, head }) => {
      const start = words(head.length * 4, Object.fromEntries(head.map((word, i) => [i * 4, word])));
      const message = join(words(InHeader.size_, {
        [InHeader.opcode]: opcode, [InHeader.unique]: 77, [InHeader.nodeid]: node, [InHeader.uid]: caller, [InHeader.gid]: caller, [InHeader.total_extlen]: extension,
      }), start, body);
      new DataView(message.buffer).setUint32(InHeader.len, message.length + lie, true);
      const reply = await client.raw(message);
      t.true(wellFormed(reply, opcode, 77), `opcode ${opcode}: ${Buffer.from(reply).toString('hex')}`);
      if (!client.session.running) await client.init();
    }), { numRuns: 10_000 });
    t.deepEqual(client.logged, []);
  });
}
