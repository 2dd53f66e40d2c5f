import test from 'ava';
import fc from 'fast-check';
import { z } from 'zod';
import { Attributes, type CreateRequest, Errno, FileSystem, Handles, type MkdirRequest, type MknodRequest, Opcode, type SymlinkRequest, type TmpfileRequest } from '../../index.js';
import { IdMap } from '../../core/mapping/id-map.js';
import { IdMaps } from '../../core/mapping/id-maps.js';
import { InitFlag } from '../../core/protocol/init-flag.js';
import { CreateIn, InitOut, MkdirIn, MknodIn } from '../../core/protocol/structs.js';
import { Client, join, text, words } from './client.js';

type Creating = MknodRequest | MkdirRequest | SymlinkRequest | CreateRequest | TmpfileRequest;

/** Keeps what it was asked. */
@FileSystem({ name: 'grouped', options: z.object({}) })
class Grouped {
  group: number | undefined;
  said = '';

  private make(request: Creating) {
    this.group = request.supplementaryGroup;
    this.said = request.name + ('target' in request ? ` -> ${request.target}` : '');
    return { node: 2, attributes: new Attributes() };
  }
  @Handles(Opcode.MKNOD) mknod(request: MknodRequest) {
    return this.make(request);
  }
  @Handles(Opcode.MKDIR) mkdir(request: MkdirRequest) {
    return this.make(request);
  }
  @Handles(Opcode.SYMLINK) symlink(request: SymlinkRequest) {
    return this.make(request);
  }
  @Handles(Opcode.CREATE) create(request: CreateRequest) {
    return this.make(request);
  }
  @Handles(Opcode.TMPFILE) tmpfile(request: TmpfileRequest) {
    return this.make(request);
  }
}

/** Each request that makes something, and what its handler is to hear. */
const creating: [opcode: Opcode, body: Uint8Array, said: string][] = [
  [Opcode.MKNOD, join(new Uint8Array(MknodIn.size_), text('node')), 'node'],
  [Opcode.MKDIR, join(new Uint8Array(MkdirIn.size_), text('directory')), 'directory'],
  [Opcode.SYMLINK, join(text('link'), text('to/it')), 'link -> to/it'],
  [Opcode.CREATE, join(new Uint8Array(CreateIn.size_), text('f')), 'f'],
  [Opcode.TMPFILE, join(new Uint8Array(CreateIn.size_), text('/')), ''],
];

/** `struct fuse_ext_header` with `struct fuse_supp_groups`, as Linux pads it. */
function groups(...gids: number[]): Uint8Array {
  const size = (8 + 4 + gids.length * 4 + 7) & ~7;
  return words(size, Object.fromEntries([size, 32, gids.length, ...gids].map((word, i) => [i * 4, word])));
}

async function started(idMaps?: IdMaps): Promise<{ client: Client; plugin: Grouped }> {
  const plugin = new Grouped();
  const client = new Client(plugin, {}, undefined, { idMaps });
  await client.init();
  return { client, plugin };
}

async function send({ client, plugin }: { client: Client; plugin: Grouped }, opcode: Opcode, body: Uint8Array, extension: Uint8Array): Promise<number> {
  plugin.group = undefined;
  return (await client.request(opcode, 1, join(body, extension), undefined, extension.length)).error;
}

test('CREATE_SUPP_GROUP is agreed to, SECURITY_CTX is not', async (t) => {
  const { body } = await new Client(new Grouped()).init();
  const flags2 = body.getUint32(InitOut.flags2, true);
  t.is(flags2 >>> (InitFlag.CREATE_SUPP_GROUP - 32) & 1, 1);
  t.is(flags2 >>> (InitFlag.SECURITY_CTX - 32) & 1, 0);
});

for (const [opcode, body, said] of creating) {
  test(`${Opcode[opcode]} has the caller's supplementary group, and none when none is sent`, async (t) => {
    const session = await started();
    const { plugin } = session;
    for (const [extension, group] of [
      [new Uint8Array(0), -1],
      [groups(1234), 1234],
      [groups(0), 0],
      [groups(0xffff_fffe), 0xffff_fffe],
      [groups(), -1],
      [join(words(16, { 0: 16, 4: 33 }), groups(7)), 7],
      [words(8, { 0: 8, 4: 0 }), -1],
    ] as const) {
      t.is(await send(session, opcode, body, extension), 0);
      t.deepEqual([plugin.group, plugin.said], [group, said]);
    }
  });

  test(`${Opcode[opcode]} with broken extensions is EINVAL`, async (t) => {
    const session = await started();
    for (const [what, extension] of Object.entries({
      'two groups': groups(1, 2),
      'two extensions of groups': join(groups(1), groups(1)),
      'no group': groups(0xffff_ffff),
      'larger than there is': words(16, { 0: 24, 4: 32, 8: 1, 12: 5 }),
      'smaller than its header': words(16, { 0: 4, 4: 32, 8: 1, 12: 5 }),
      'a size of 0': words(16, { 4: 32, 8: 1, 12: 5 }),
      'too small for its group': words(16, { 0: 12, 4: 32, 8: 1, 12: 5 }),
      'too small for a count': words(8, { 0: 8, 4: 32 }),
    })) {
      t.is(await send(session, opcode, body, extension), Errno.EINVAL, what);
      t.is(session.plugin.group, undefined);
    }
  });

  test(`${Opcode[opcode]}: extensions that reach into the arguments are EINVAL`, async (t) => {
    const { client, plugin } = await started();
    for (const extension of [((body.length >> 3) + 1) * 8, 65535 * 8]) t.is((await client.request(opcode, 1, body, undefined, extension)).error, Errno.EINVAL);
    t.is(plugin.group, undefined);
  });
}

test('the group is mapped as the caller\'s; a forbidden one is EPERM', async (t) => {
  const gid = IdMap.parse(['map:10:100:5', 'forbid-guest:20:1'], () => t.fail());
  const session = await started(new IdMaps(undefined, gid));
  const [opcode, body] = creating[1]!;
  t.is(await send(session, opcode, body, groups(12)), 0);
  t.is(session.plugin.group, 102);
  t.is(await send(session, opcode, body, groups(20)), Errno.EPERM);
  t.is(session.plugin.group, undefined);
});

test('a kernel that did not agree sends none', async (t) => {
  const plugin = new Grouped();
  const client = new Client(plugin);
  await client.init(7, 41, 0x7fff_fffb, 0);
  const [opcode, body] = creating[1]!;
  t.is(await send({ client, plugin }, opcode, body, groups(5)), 0);
  t.is(plugin.group, -1);
});

test('any bytes as extensions give a group that is in them, or EINVAL', async (t) => {
  const session = await started();
  const word = fc.oneof(fc.constantFrom(0, 1, 2, 8, 16, 24, 32), fc.nat(0xffff_ffff));
  const shape = fc.record({ kind: fc.nat(creating.length - 1), extension: fc.array(word, { maxLength: 12 }) });
  await fc.assert(fc.asyncProperty(shape, async ({ kind, extension }) => {
    const [opcode, body, said] = creating[kind]!;
    const even = extension.slice(0, extension.length & ~1);
    const error = await send(session, opcode, body, words(even.length * 4, Object.fromEntries(even.map((value, i) => [i * 4, value]))));
    if (error !== 0) return t.is(error, Errno.EINVAL);
    t.is(session.plugin.said, said);
    t.true(session.plugin.group === -1 || even.includes(session.plugin.group!));
  }), { numRuns: 5000 });
  t.deepEqual(session.client.logged, []);
});
