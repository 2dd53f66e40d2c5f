import { constants } from 'node:fs';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { measure } from 'mitata';
import { checkConfig, registry, Server } from '../../index.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { CreateIn, EntryOut, GetattrIn, ReadIn } from '../../core/protocol/structs.js';
import { encodeInit } from '../../driver/init.js';
import { encodeRequest } from '../../driver/message.js';
import { followed, name, struct } from '../bodies.js';
import type { Group, Measurement, Row, Subject } from '../model.js';
import { TemporaryFolder } from '../places.js';
import { MicroTransport } from './micro-channel.js';

/** Requests answered in one go, as at saturation. */
const BATCH = 16;
const SIZE = 4096;
const BUDGET = { rival: 'budget', idle: 1 };

export interface MicroRow extends Row {
  readonly plugin: 'memory' | 'passthrough';
  readonly work: keyof Messages | 'channel';
  readonly bytes?: boolean;
}

interface Messages {
  readonly getattr: Uint8Array;
  readonly lookup: Uint8Array;
  readonly missing: Uint8Array;
  readonly read: Uint8Array;
  readonly write: Uint8Array;
}

const NAMES: Record<MicroRow['work'], string> = {
  channel: 'drain and commit alone', getattr: 'GETATTR', lookup: 'LOOKUP hit', missing: 'LOOKUP miss', read: 'READ 4k', write: 'WRITE 4k',
};

const rows: MicroRow[] = (['memory', 'passthrough'] as const).flatMap((plugin) => (Object.keys(NAMES) as MicroRow['work'][]).flatMap((work): MicroRow[] => [
  { name: `micro ${plugin} ${NAMES[work]}`, unit: 'us', plugin, work, goals: plugin === 'memory' ? [BUDGET] : [], conditions: ['idle'] },
  ...(work === 'channel' ? [] : [{ name: `micro ${plugin} ${NAMES[work]}, bytes allocated`, unit: 'bytes', plugin, work, bytes: true, conditions: ['idle'] } as const]),
]));

/** One plugin served to this very thread, with a file of 4 KiB made in it. */
class MicroMount {
  private constructor(private readonly server: Server, readonly transport: MicroTransport, readonly messages: Messages) {}

  static async open(filesystem: object): Promise<MicroMount> {
    const data = { mounts: [{ name: 'micro', transport: { use: 'micro' }, filesystem }] };
    const config = await checkConfig({ directory: '/', name: 'bench', data, where: String }, registry);
    const server = await Server.start(config, registry);
    const transport = MicroTransport.latest;
    let unique = 0;
    const message = (opcode: Opcode, node: number, body: Uint8Array) => encodeRequest(opcode, (unique += 2), node, body, { uid: 0, gid: 0, pid: 1 });
    transport.ask(message(Opcode.INIT, 0, encodeInit({})));
    const flags = { [CreateIn.flags]: constants.O_RDWR | constants.O_CREAT, [CreateIn.mode]: 0o100644 };
    const created = transport.ask(message(Opcode.CREATE, 1, followed(struct(CreateIn.size_, flags), name('file'))));
    const [node] = created;
    const handle = created[EntryOut.size_ >> 2];
    const transfer = struct(ReadIn.size_, { [ReadIn.fh]: handle, [ReadIn.size]: SIZE, [ReadIn.flags]: constants.O_RDWR });
    const messages = {
      getattr: message(Opcode.GETATTR, node, new Uint8Array(GetattrIn.size_)),
      lookup: message(Opcode.LOOKUP, 1, name('file')),
      missing: message(Opcode.LOOKUP, 1, name('none')),
      read: message(Opcode.READ, node, transfer),
      write: message(Opcode.WRITE, node, followed(transfer, new Uint8Array(SIZE))),
    };
    transport.ask(messages.write);
    return new MicroMount(server, transport, messages);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** Bytes of JavaScript heap that one call takes, between two collections; `calls` of them. */
function allocated(work: () => void, calls: number, collect: () => void): number {
  for (let i = 0; i < calls; i++) work();
  collect();
  const before = getHeapStatistics().used_heap_size;
  for (let i = 0; i < calls; i++) work();
  return (getHeapStatistics().used_heap_size - before) / calls;
}

class MicroSubject implements Subject<MicroRow> {
  readonly name = 'fusewire';
  readonly kind = 'ours';
  readonly command = 'in this process';
  readonly version = '';
  readonly pids = [];
  private readonly collect: () => void;

  constructor(private readonly mounts: Record<MicroRow['plugin'], MicroMount>) {
    setFlagsFromString('--expose-gc');
    this.collect = runInNewContext('gc') as () => void;
  }

  async measure({ plugin, work, bytes }: MicroRow, seconds: number): Promise<Measurement> {
    const { transport, messages } = this.mounts[plugin];
    const batch = Array.from({ length: BATCH }, () => messages[work === 'channel' ? 'getattr' : work]);
    const run = work === 'channel' ? () => transport.skip(batch) : () => transport.run(batch);
    if (bytes) return { value: Math.max(0, allocated(run, Math.ceil(seconds * 20_000), this.collect)) / BATCH };
    const { p50, min, p99 } = await measure(run, { min_cpu_time: seconds * 1e9, gc: false, inner_gc: false });
    const each = (nanoseconds: number): number => nanoseconds / BATCH / 1000;
    return { value: each(p50), best: each(min), median: each(p50), p99: each(p99) };
  }

  async stop(): Promise<void> {
    for (const mount of Object.values(this.mounts)) await mount.stop();
  }
}

/** What one request of a plugin without native help may take. */
const budget: Subject<MicroRow> = {
  name: 'budget', kind: 'limit', command: '', version: '', pids: [],
  measure: ({ plugin, bytes, work }) => plugin === 'memory' && !bytes && work !== 'channel' ? Promise.resolve({ value: 0.7 }) : undefined,
  stop: async () => {},
};

/** Decode, dispatch, handler and encode, through a channel that leads nowhere. */
export function microGroup(): Group<MicroRow> {
  let folder: TemporaryFolder | undefined;
  let subject: MicroSubject | undefined;
  return {
    name: 'micro', rows, costly: true,
    async open() {
      if (!registry.transport('micro')) registry.addTransport(MicroTransport);
      folder = TemporaryFolder.inMemory();
      subject = new MicroSubject({ memory: await MicroMount.open({ use: 'memory' }), passthrough: await MicroMount.open({ use: 'passthrough', source: folder.path }) });
      return [subject, budget];
    },
    async close() {
      await subject?.stop();
      folder?.[Symbol.dispose]();
    },
  };
}
