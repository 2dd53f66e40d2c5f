import { Opcode } from '../../../core/protocol/opcode.js';
import { BatchForgetIn, ForgetIn, ForgetOne, InHeader, InitIn, InitOut, InterruptIn, LkIn, OutHeader, ReadIn } from '../../../core/protocol/structs.js';
import { terminated } from '../../../driver/body.js';
import type { HostileCase } from '../case.js';
import { type Fuse, struct, told } from '../fuse.js';

/** A case for a guest that has sent no INIT. */
function early(name: string, expected: string, run: (fuse: Fuse) => Promise<string>): HostileCase {
  return { name: `session: ${name}`, expected, run: async (world) => run(await world.fresh()) };
}

/** A case for a guest whose session runs. */
function started(name: string, expected: string, run: (fuse: Fuse) => Promise<string>): HostileCase {
  return { name: `session: ${name}`, expected, run: async (world) => run(await world.fuse()) };
}

const forget = (lookups: bigint | number): Uint8Array => struct(ForgetIn.size_, { [ForgetIn.nlookup]: BigInt(lookups) });

/** Asks for a node's attributes after a forget of it. */
async function known(fuse: Fuse, node: number): Promise<string> {
  return fuse.ask(Opcode.GETATTR, node, struct(16));
}

async function forgotten(fuse: Fuse, body: Uint8Array, opcode = Opcode.FORGET): Promise<string> {
  const node = await fuse.lookup('target');
  const answer = await fuse.ask(opcode, node, body, 0);
  return answer === 'no reply' ? known(fuse, node) : answer;
}

/** Sends header bytes changed as wanted, and then whether the session goes on. */
async function withHeader(fuse: Fuse, change: (view: DataView) => void, cut?: number): Promise<string> {
  const message = fuse.message(Opcode.GETATTR, 1, struct(16));
  change(new DataView(message.buffer));
  return told(await fuse.raw(cut === undefined ? message : message.subarray(0, cut)));
}

const nothing = (): void => {};
const lookups = (count: number, listed: number, node = 2): Uint8Array => {
  const list = Array.from({ length: listed }, () => struct(ForgetOne.size_, { [ForgetOne.nodeid]: BigInt(node), [ForgetOne.nlookup]: 1n }));
  return Buffer.concat([struct(BatchForgetIn.size_, { [BatchForgetIn.count]: count }), ...list]);
};

export const sessionCases: readonly HostileCase[] = [
  early('GETATTR before INIT', 'EIO', (fuse) => known(fuse, 1)),
  early('LOOKUP before INIT', 'EIO', (fuse) => fuse.ask(Opcode.LOOKUP, 1, terminated('data'))),
  early('READ before INIT', 'EIO', (fuse) => fuse.ask(Opcode.READ, 1, struct(ReadIn.size_))),
  early('WRITE before INIT', 'EIO', (fuse) => fuse.ask(Opcode.WRITE, 1, struct(40))),
  early('STATFS before INIT', 'EIO', (fuse) => fuse.ask(Opcode.STATFS, 1)),
  early('DESTROY before INIT', 'ok', (fuse) => fuse.ask(Opcode.DESTROY, 0)),
  early('DESTROY with room for half a header', 'no reply', (fuse) => fuse.ask(Opcode.DESTROY, 0, undefined, 8)),
  early('FORGET before INIT', 'no reply', (fuse) => fuse.ask(Opcode.FORGET, 1, forget(1))),
  early('INTERRUPT before INIT', 'no reply', (fuse) => fuse.ask(Opcode.INTERRUPT, 0, struct(InterruptIn.size_, { [InterruptIn.unique]: 2n }))),
  early('an opcode that there is not, before INIT', 'EIO', (fuse) => fuse.ask(1000, 1)),
  early('INIT of version 6', 'EPROTO', (fuse) => fuse.init(0n, 6)),
  early('INIT of version 7.5', 'EPROTO', (fuse) => fuse.init(0n, 7, 5)),
  early('INIT of version 8, which is told what there is, and no session', 'EIO', async (fuse) => ((await fuse.init(0n, 8)) === 'ok' ? known(fuse, 1) : 'not ok')),
  early('INIT of version 2^32 - 1', 'ok', (fuse) => fuse.init(0n, 0xffff_ffff, 0xffff_ffff)),
  early('INIT without arguments', 'EINVAL', (fuse) => fuse.ask(Opcode.INIT, 0)),
  early('INIT cut short', 'EINVAL', (fuse) => fuse.ask(Opcode.INIT, 0, struct(12, { 0: 7, 4: 41 }))),
  early('INIT with all flags there could be', 'ok', (fuse) => fuse.init(0xffff_ffff_ffff_ffffn)),
  early('INIT that says INIT_EXT and lacks its words', 'ok', (fuse) => fuse.ask(Opcode.INIT, 0, struct(InitIn.flags2, { 0: 7, 4: 41, [InitIn.flags]: 0xffff_ffff }))),
  early('INIT with too little room for its answer', 'EINVAL', (fuse) => fuse.ask(Opcode.INIT, 0, struct(InitIn.size_, { 0: 7, 4: 41 }), OutHeader.size_ + InitOut.size_ - 1)),
  started('a second INIT', 'ok', (fuse) => fuse.init()),
  started('a node of before a second INIT', 'ESTALE', async (fuse) => {
    const node = await fuse.lookup('target');
    await fuse.init();
    return known(fuse, node);
  }),
  started('a handle of before a second INIT', 'EBADF', async (fuse) => {
    const before = await fuse.open(await fuse.lookup('target'));
    await fuse.init();
    const node = await fuse.lookup('target');
    return fuse.ask(Opcode.READ, node, struct(ReadIn.size_, { [ReadIn.fh]: BigInt(before), [ReadIn.size]: 10 }));
  }),
  started('GETATTR after DESTROY', 'EIO', async (fuse) => {
    await fuse.ask(Opcode.DESTROY, 0);
    return known(fuse, 1);
  }),
  started('a second DESTROY', 'ok', async (fuse) => {
    await fuse.ask(Opcode.DESTROY, 0);
    return fuse.ask(Opcode.DESTROY, 0);
  }),
  ...[0, 1, 39, 41 + 16, 4096, 0x7fff_ffff, 0xffff_ffff].map((length) =>
    started(`a header that says ${length} bytes of 56`, 'EINVAL', (fuse) => fuse.lying(Opcode.GETATTR, 1, struct(16), length))),
  started('a header that says less than the arguments need', 'EINVAL', (fuse) => fuse.lying(Opcode.GETATTR, 1, struct(16), 48)),
  ...[Opcode.READ, Opcode.WRITE, Opcode.OPEN, Opcode.SETATTR, Opcode.CREATE, Opcode.RENAME2, Opcode.SETLK, Opcode.IOCTL, Opcode.COPY_FILE_RANGE, Opcode.SETXATTR, Opcode.STATX]
    .map((opcode) => started(`${Opcode[opcode]} without arguments`, 'EINVAL', (fuse) => fuse.ask(opcode, 1))),
  ...[1, 20, 39].map((cut) => started(`a message of ${cut} bytes`, 'no reply', (fuse) => withHeader(fuse, nothing, cut))),
  ...[0, 7, 19, 60, 63, 4096, 0xffff_ffff].map((opcode) => started(`opcode ${opcode}, which there is not`, 'ENOSYS', (fuse) => fuse.ask(opcode, 1, new Uint8Array(100)))),
  ...[Opcode.SETUPMAPPING, Opcode.REMOVEMAPPING, Opcode.BMAP, Opcode.POLL].map((opcode) =>
    started(`${Opcode[opcode]}, which the share does not have`, 'ENOSYS', (fuse) => fuse.ask(opcode, 1, new Uint8Array(100)))),
  started('NOTIFY_REPLY to nothing', 'no reply', (fuse) => fuse.ask(Opcode.NOTIFY_REPLY, 1, new Uint8Array(40))),
  ...([['0', 0n], ['2^53', 2n ** 53n], ['2^64 - 1', 2n ** 64n - 1n]] as const).map(([name, unique]) =>
    started(`unique ${name}`, 'ok', (fuse) => withHeader(fuse, (view) => view.setBigUint64(InHeader.unique, unique, true)))),
  started('two requests with one unique at once', 'ok ok', async (fuse) => {
    const one = (): Promise<string> => withHeader(fuse, (view) => view.setBigUint64(InHeader.unique, 77n, true));
    return (await Promise.all([one(), one()])).join(' ');
  }),
  // The id leads to the later one; the end of the session frees the other.
  started('two locks that wait with one unique, interrupted', 'EINTR ENOTCONN', async (fuse) => {
    const node = await fuse.lookup('target');
    const handle = BigInt(await fuse.open(node));
    const lock = (opcode: Opcode, owner: bigint): Uint8Array => {
      const message = fuse.message(opcode, node, struct(LkIn.size_, { [LkIn.fh]: handle, [LkIn.owner]: owner, [LkIn.lk]: 0n, [LkIn.lk + 8]: 10n, [LkIn.lk + 16]: 1 }));
      if (opcode === Opcode.SETLKW) new DataView(message.buffer).setBigUint64(InHeader.unique, 99n, true);
      return message;
    };
    await fuse.raw(lock(Opcode.SETLK, 1n));
    const waiting = [2n, 3n].map((owner) => fuse.raw(lock(Opcode.SETLKW, owner)).then(told));
    await known(fuse, 1);
    await fuse.raw(fuse.message(Opcode.INTERRUPT, 0, struct(InterruptIn.size_, { [InterruptIn.unique]: 99n })), 0, 0);
    await Promise.race(waiting);
    await fuse.ask(Opcode.DESTROY, 0);
    return (await Promise.all(waiting)).toSorted().join(' ');
  }),
  started('INTERRUPT of a request that there is not', 'no reply', (fuse) => fuse.ask(Opcode.INTERRUPT, 0, struct(8, { 0: 12345n }), 0)),
  started('INTERRUPT cut short', 'no reply', (fuse) => fuse.ask(Opcode.INTERRUPT, 0, new Uint8Array(4), 0)),
  started('a forget of one look-up', 'ESTALE', (fuse) => forgotten(fuse, forget(1))),
  started('a forget of more look-ups than there were', 'ESTALE', (fuse) => forgotten(fuse, forget(1000))),
  started('a forget of 2^64 - 1 look-ups', 'ESTALE', (fuse) => forgotten(fuse, forget(2n ** 64n - 1n))),
  started('a forget of no look-up', 'ok', (fuse) => forgotten(fuse, forget(0))),
  started('a forget cut short', 'ok', (fuse) => forgotten(fuse, new Uint8Array(4))),
  started('a forget of the root', 'ok', async (fuse) => {
    await fuse.ask(Opcode.FORGET, 1, forget(1000), 0);
    return known(fuse, 1);
  }),
  started('a forget of a node that there is not', 'no reply', (fuse) => fuse.ask(Opcode.FORGET, 123_456, forget(1), 0)),
  started('a forget, twice', 'ESTALE', async (fuse) => {
    const node = await fuse.lookup('target');
    await fuse.ask(Opcode.FORGET, node, forget(1), 0);
    await fuse.ask(Opcode.FORGET, node, forget(1), 0);
    return known(fuse, node);
  }),
  started('a list of forgets that says more than it has', 'no reply', (fuse) => fuse.ask(Opcode.BATCH_FORGET, 0, lookups(0xffff_ffff, 1), 0)),
  started('a list of forgets that says less than it has', 'no reply', (fuse) => fuse.ask(Opcode.BATCH_FORGET, 0, lookups(1, 5), 0)),
  started('an empty list of forgets', 'no reply', (fuse) => fuse.ask(Opcode.BATCH_FORGET, 0, lookups(0, 0), 0)),
  started('a list of forgets cut short', 'no reply', (fuse) => fuse.ask(Opcode.BATCH_FORGET, 0, new Uint8Array(4), 0)),
  started('a list of 20,000 forgets of nodes that there are not', 'no reply', (fuse) => fuse.ask(Opcode.BATCH_FORGET, 0, lookups(20_000, 20_000, 777_777), 0)),
];
