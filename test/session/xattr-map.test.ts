import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { Done, Errno, FileSystem, Handles, Opcode, type SetxattrRequest } from '../../index.js';
import { NodeTable } from '../../core/filesystem/nodes.js';
import { XattrMap } from '../../core/mapping/xattr-map.js';
import { parseXattrRules, PASS_ALL } from '../../core/mapping/xattr-rules.js';
import { nameText } from '../../core/protocol/names.js';
import { InitFlag } from '../../core/protocol/init-flag.js';
import { EntryOut, GetxattrIn, InitOut, MknodIn, SetxattrIn } from '../../core/protocol/structs.js';
import { MemoryFs, memoryOptions } from '../../plugins/memory/index.js';
import { Passthrough, passthroughOptions } from '../../plugins/passthrough/index.js';
import { Client, join, text, words } from './client.js';

function parse(rules: string): XattrMap {
  const parsed = parseXattrRules(rules);
  if (typeof parsed === 'string') throw new Error(parsed);
  return new XattrMap(parsed, true);
}

/** A guest's kernel that has looked `file` up. */
class Guest {
  private constructor(private readonly client: Client, private readonly node: number) {}

  static async on(plugin: object, nodes: NodeTable, rules?: string): Promise<Guest> {
    const client = new Client(plugin, {}, nodes, { xattrMap: rules === undefined ? undefined : parse(rules) });
    await client.init();
    const { body } = await client.request(Opcode.LOOKUP, 1, text('file'));
    return new Guest(client, Number(body.getBigUint64(EntryOut.nodeid, true)));
  }
  async set(name: string, value: string): Promise<number> {
    const bytes = new TextEncoder().encode(value);
    const head = words(SetxattrIn.size_, { [SetxattrIn.size]: bytes.length });
    return (await this.client.request(Opcode.SETXATTR, this.node, join(head, text(name), bytes))).error;
  }
  private async ask(opcode: Opcode, size: number, name: Uint8Array): Promise<string | number> {
    const { error, body } = await this.client.request(opcode, this.node, join(words(GetxattrIn.size_, { [GetxattrIn.size]: size }), name));
    if (error < 0) return error;
    return size === 0 ? body.getUint32(0, true) : nameText(new Uint8Array(body.buffer, body.byteOffset, body.byteLength));
  }
  get(name: string, size = 100): Promise<string | number> {
    return this.ask(Opcode.GETXATTR, size, text(name));
  }
  /** The names, sorted; an errno, or the size of the list when `size` is 0. */
  async list(size = 1000): Promise<string[] | number> {
    const names = await this.ask(Opcode.LISTXATTR, size, new Uint8Array(0));
    return typeof names === 'number' ? names : names.split('\0').slice(0, -1).toSorted();
  }
  async remove(name: string): Promise<number> {
    return (await this.client.request(Opcode.REMOVEXATTR, this.node, text(name))).error;
  }
  close(): void {
    this.client.session.close();
    this.client.channel.close();
  }
}

type Run = (t: ExecutionContext, guest: (rules?: string) => Promise<Guest>) => Promise<void>;

/** On a plugin that takes names and lists in place, and on one that takes them as strings. */
function onBoth(title: string, run: Run): void {
  test(`${title}: passthrough`, async (t) => {
    const source = mkdtempSync(path.join(tmpdir(), 'fusewire-xattr-'));
    writeFileSync(path.join(source, 'file'), '');
    const nodes = new NodeTable();
    const plugin = new Passthrough(passthroughOptions.parse({ source }), nodes);
    await visited(t, plugin, nodes, run);
    plugin.stop();
    rmSync(source, { recursive: true });
  });
  test(`${title}: memory`, async (t) => {
    const nodes = new NodeTable();
    const plugin = new MemoryFs(memoryOptions.parse({}), nodes);
    const client = new Client(plugin, {}, nodes);
    await client.init();
    await client.request(Opcode.MKNOD, 1, join(words(MknodIn.size_, { [MknodIn.mode]: 0o100644 }), text('file')));
    await visited(t, plugin, nodes, run);
    client.session.close();
    client.channel.close();
  });
}

async function visited(t: ExecutionContext, plugin: object, nodes: NodeTable, run: Run): Promise<void> {
  const guests: Guest[] = [];
  await run(t, async (rules) => {
    guests.push(await Guest.on(plugin, nodes, rules));
    return guests.at(-1)!;
  });
  for (const guest of guests) guest.close();
}

onBoth('what is set under a map has another name beside it, and its own under it', async (t, guest) => {
  const [plain, mapped] = [await guest(), await guest(':map::user.vm.:')];
  t.is(await plain.set('user.host', 'theirs'), 0);
  t.is(await mapped.set('security.a', 'one'), 0);
  t.is(await mapped.set('user.b', 'two'), 0);
  t.is(await mapped.get('security.a'), 'one');
  t.is(await mapped.get('security.a', 0), 3);
  t.is(await mapped.get('user.b'), 'two');
  t.is(await mapped.get('user.host'), Errno.ENODATA);
  t.deepEqual(await mapped.list(), ['security.a', 'user.b']);
  t.deepEqual(await plain.list(), ['user.host', 'user.vm.security.a', 'user.vm.user.b']);
  t.is(await plain.get('user.vm.security.a'), 'one');
  t.is(await mapped.remove('security.a'), 0);
  t.is(await mapped.remove('user.host'), Errno.ENODATA);
  t.deepEqual(await plain.list(), ['user.host', 'user.vm.user.b']);
});

onBoth('a list has the size that the guest sees', async (t, guest) => {
  const [plain, mapped] = [await guest(), await guest(':map::user.vm.:')];
  await plain.set('user.hidden', 'x');
  t.is(await mapped.list(0), 0);
  t.deepEqual(await mapped.list(), []);
  await mapped.set('user.a', 'x');
  const size = 'user.a'.length + 1;
  t.is(await mapped.list(0), size);
  t.is(await mapped.list(size - 1), Errno.ERANGE);
  t.deepEqual(await mapped.list(size), ['user.a']);
});

onBoth('names that are refused', async (t, guest) => {
  const plain = await guest();
  await plain.set('user.secret.x', 'x');
  await plain.set('user.open', 'y');
  for (const [type, get, change] of [['bad', Errno.ENODATA, Errno.EPERM], ['unsupported', Errno.EOPNOTSUPP, Errno.EOPNOTSUPP]] as const) {
    const kept = await guest(`:${type}:all:user.secret.:user.secret.: :ok:all:::`);
    t.is(await kept.get('user.secret.x'), get);
    t.is(await kept.set('user.secret.x', 'z'), change);
    t.is(await kept.remove('user.secret.x'), change);
    t.deepEqual(await kept.list(), ['user.open']);
    t.is(await kept.get('user.open'), 'y');
  }
  t.is(await plain.get('user.secret.x'), 'x');
});

onBoth('the longest names and largest values', async (t, guest) => {
  const mapped = await guest(':map::user.vm.:');
  const [longest, value] = [`user.${'n'.repeat(255 - 'user.vm.user.'.length)}`, 'v'.repeat(2000)];
  t.is(await mapped.set(longest, value), 0);
  t.is(await mapped.get(longest, 4000), value);
  t.deepEqual(await mapped.list(), [longest]);
  t.is(await mapped.set(`${longest}n`, value), Errno.ERANGE);
  t.is(await mapped.get(`${longest}n`), Errno.ERANGE);
});

/** Whether these flags are agreed to on a file system that does all that they ask for. */
async function agreed(flags: InitFlag[], maps: { xattrMap?: XattrMap }): Promise<number[]> {
  @FileSystem({ name: 'able', options: z.object({}), killsPrivileges: true, posixAcl: true })
  class Able {
    @Handles(Opcode.SETXATTR) setxattr(_request: SetxattrRequest) {
      return Done;
    }
  }
  const client = new Client(new Able(), {}, undefined, maps);
  const { body } = await client.init();
  client.channel.close();
  return flags.map((flag) => body.getUint32(InitOut.flags, true) >>> flag & 1);
}

test('where capabilities have another name, the kernel is to drop them by itself', async (t) => {
  const flags = [InitFlag.HANDLE_KILLPRIV_V2, InitFlag.ATOMIC_O_TRUNC];
  t.deepEqual(await agreed(flags, {}), [1, 1]);
  t.deepEqual(await agreed(flags, { xattrMap: parse(':map:user.:user.vm.:') }), [1, 1]);
  t.deepEqual(await agreed(flags, { xattrMap: parse(':bad:all:security.:security.: :ok:all:::') }), [1, 1]);
  t.deepEqual(await agreed(flags, { xattrMap: parse(':map::user.vm.:') }), [0, 0]);
});

test('kernels judge by ACLs only where these are the file system\'s own', async (t) => {
  const flags = [InitFlag.POSIX_ACL];
  t.deepEqual(await agreed(flags, {}), [1]);
  t.deepEqual(await agreed(flags, { xattrMap: parse(':map:user.:user.vm.:') }), [1]);
  t.deepEqual(await agreed(flags, { xattrMap: parse(':bad:all:system.:system.: :ok:all:::') }), [0]);
  t.deepEqual(await agreed(flags, { xattrMap: parse(':map::user.vm.:') }), [0]);
  t.deepEqual(await agreed(flags, { xattrMap: new XattrMap(PASS_ALL, false) }), [0]);
});
