import test from 'ava';
import { z } from 'zod';
import { Attributes, type CreateRequest, Errno, FileSystem, type GetattrRequest, Handles, type LookupRequest, type MkdirRequest, Opcode, type OpendirRequest, type ReaddirplusRequest, type SetattrRequest, SetattrValid, type StatxRequest } from '../../index.js';
import { IdMap } from '../../core/mapping/id-map.js';
import { IdMaps } from '../../core/mapping/id-maps.js';
import { writeAttributes } from '../../core/filesystem/attributes.js';
import { writeStatx } from '../../core/filesystem/statx.js';
import { Attr, AttrOut, CreateIn, Direntplus, EntryOut, GetattrIn, MkdirIn, OpenOut, ReadIn, SetattrIn, Statx, StatxIn, StatxOut } from '../../core/protocol/structs.js';
import { type Answer, Client, join, text, words } from './client.js';

const attributes = new Attributes({ mode: 0o40755, uid: 1000, gid: 1001 });
const extended = { ...attributes, btime: 0, btimeNsec: 0 };

/** All it shows belongs to 1000:1001; it says so with objects, or in place. */
@FileSystem({ name: 'owned', options: z.object({}) })
class Owned {
  asked: number[] = [];

  constructor(private readonly inPlace: boolean) {}

  private hear({ uid, gid }: { uid: number; gid: number }): void {
    this.asked = [uid, gid];
  }
  @Handles(Opcode.LOOKUP) lookup(request: LookupRequest) {
    this.hear(request);
    if (!this.inPlace) return { node: 2, attributes };
    writeAttributes(request.channel.slab.u32, request.attrOffset >> 2, attributes, 2);
    return request.entry(2);
  }
  @Handles(Opcode.MKDIR) mkdir(request: MkdirRequest) {
    this.hear(request);
    return { node: 2, attributes };
  }
  @Handles(Opcode.CREATE) create(request: CreateRequest) {
    this.hear(request);
    if (!this.inPlace) return { node: 2, attributes, handle: 1 };
    writeAttributes(request.channel.slab.u32, request.attrOffset >> 2, attributes, 2);
    return request.created(2, 1, 0);
  }
  @Handles(Opcode.GETATTR) getattr(request: GetattrRequest) {
    this.hear(request);
    if (!this.inPlace) return attributes;
    writeAttributes(request.channel.slab.u32, request.attrOffset >> 2, attributes, 2);
    return request.attributes();
  }
  @Handles(Opcode.SETATTR) setattr(request: SetattrRequest) {
    this.asked = [request.newUid, request.newGid];
    return attributes;
  }
  @Handles(Opcode.STATX) statx(request: StatxRequest) {
    if (!this.inPlace) return extended;
    writeStatx(request.channel.slab.u32, request.statxOffset >> 2, extended, 2);
    return request.statx();
  }
  @Handles(Opcode.OPENDIR) opendir(_request: OpendirRequest) {
    return { handle: 1 };
  }
  @Handles(Opcode.READDIRPLUS) readdirplus(request: ReaddirplusRequest) {
    if (!this.inPlace) {
      request.add('x', { node: 2, attributes }, 1);
      return 0 as const;
    }
    const { slab } = request.channel;
    writeAttributes(slab.u32, request.attrOffset(1) >> 2, attributes, 2);
    const name = request.channel.payload(request.slot) + 4096;
    slab.u8[name] = 0x78;
    request.addFromSlab(2, name, 1, 2, 0, 8, 1, 0);
    return 0 as const;
  }
}

function maps(uid: string[], gid: string[]): { idMaps: IdMaps } {
  const parse = (rules: string[]) => IdMap.parse(rules, (_index, sentence) => {
    throw new Error(sentence);
  });
  return { idMaps: new IdMaps(parse(uid), parse(gid)) };
}

async function started(owned: Owned, how = {}): Promise<Client> {
  const client = new Client(owned, {}, undefined, how);
  await client.init();
  return client;
}

const pair = ({ body }: Answer, at: number): number[] => [body.getUint32(at, true), body.getUint32(at + 4, true)];
const mkdir = join(new Uint8Array(MkdirIn.size_), text('d'));

/** The owner that each kind of reply shows. */
async function shown(client: Client): Promise<Record<string, number[]>> {
  const look = await client.request(Opcode.LOOKUP, 1, text('x'));
  const create = await client.request(Opcode.CREATE, 1, join(new Uint8Array(CreateIn.size_), text('x')));
  const { body } = await client.request(Opcode.OPENDIR, 1, new Uint8Array(8));
  const handle = new Uint8Array(body.buffer, body.byteOffset + OpenOut.fh, 8);
  const list = join(handle, words(ReadIn.size_ - 8, { [ReadIn.size - 8]: 4096 }));
  return {
    LOOKUP: pair(look, EntryOut.attr + Attr.uid),
    CREATE: pair(create, EntryOut.attr + Attr.uid),
    MKDIR: pair(await client.request(Opcode.MKDIR, 1, mkdir), EntryOut.attr + Attr.uid),
    GETATTR: pair(await client.request(Opcode.GETATTR, 2, new Uint8Array(GetattrIn.size_)), AttrOut.attr + Attr.uid),
    SETATTR: pair(await client.request(Opcode.SETATTR, 2, new Uint8Array(SetattrIn.size_)), AttrOut.attr + Attr.uid),
    STATX: pair(await client.request(Opcode.STATX, 2, new Uint8Array(StatxIn.size_)), StatxOut.stat + Statx.uid),
    READDIRPLUS: pair(await client.request(Opcode.READDIRPLUS, 1, list), Direntplus.entry_out + EntryOut.attr + Attr.uid),
  };
}

for (const inPlace of [false, true]) {
  const how = inPlace ? 'in place' : 'as an object';

  test(`owners told ${how} are shown as they are without maps`, async (t) => {
    for (const [opcode, owner] of Object.entries(await shown(await started(new Owned(inPlace))))) t.deepEqual(owner, [1000, 1001], opcode);
  });

  test(`owners told ${how} are shown as the maps say, in every kind of reply`, async (t) => {
    const client = await started(new Owned(inPlace), maps(['host:1000:7:1'], ['squash-host:0:8:4294967295']));
    for (const [opcode, owner] of Object.entries(await shown(client))) t.deepEqual(owner, [7, 8], opcode);
  });
}

test('the caller is who the maps say', async (t) => {
  const owned = new Owned(false);
  const client = await started(owned, maps(['map:0:100000:10'], ['squash-guest:0:50:10']));
  [client.uid, client.gid] = [3, 4];
  for (const [opcode, body] of [[Opcode.LOOKUP, text('x')], [Opcode.MKDIR, mkdir], [Opcode.GETATTR, new Uint8Array(GetattrIn.size_)]] as const) {
    owned.asked = [];
    await client.request(opcode, 1, body);
    t.deepEqual(owned.asked, [100_003, 50], Opcode[opcode]);
  }
  [client.uid, client.gid] = [10, 10];
  await client.request(Opcode.LOOKUP, 1, text('x'));
  t.deepEqual(owned.asked, [10, 10]);
});

test('what SETATTR sets is mapped, and only that', async (t) => {
  const owned = new Owned(false);
  const client = await started(owned, maps(['map:5:100:1', 'forbid-guest:0:1'], ['map:6:200:1', 'forbid-guest:0:1']));
  const set = async (valid: number, uid: number, gid: number) => {
    const { error } = await client.request(Opcode.SETATTR, 1, words(SetattrIn.size_, { [SetattrIn.valid]: valid, [SetattrIn.uid]: uid, [SetattrIn.gid]: gid }));
    return error;
  };
  t.is(await set(SetattrValid.UID | SetattrValid.GID, 5, 6), 0);
  t.deepEqual(owned.asked, [100, 200]);
  t.is(await set(SetattrValid.UID, 5, 0), 0);
  t.is(owned.asked[0], 100);
  t.is(await set(SetattrValid.GID, 0, 6), 0);
  t.is(owned.asked[1], 200);
  t.is(await set(SetattrValid.UID, 0, 6), Errno.EPERM);
  t.is(await set(SetattrValid.UID | SetattrValid.GID, 5, 0), Errno.EPERM);
  t.is(await set(SetattrValid.MODE, 0, 0), 0);
});

test('a forbidden caller makes nothing, and is nobody elsewhere', async (t) => {
  const owned = new Owned(false);
  for (const forbidden of [maps(['forbid-guest:3:1'], []), maps([], ['forbid-guest:4:1'])]) {
    const client = await started(owned, forbidden);
    [client.uid, client.gid] = [3, 4];
    t.is((await client.request(Opcode.MKDIR, 1, mkdir)).error, Errno.EPERM);
    t.is((await client.request(Opcode.CREATE, 1, join(new Uint8Array(CreateIn.size_), text('x')))).error, Errno.EPERM);
    t.is((await client.request(Opcode.LOOKUP, 1, text('x'))).error, 0);
    t.true(owned.asked.includes(65534));
  }
});
