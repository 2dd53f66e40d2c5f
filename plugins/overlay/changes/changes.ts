import { PassThrough } from 'node:stream';
import type { FileSystemSelection } from '../../../core/config/index.js';
import { ChangesBusy, SnapshotsInTheWay, UpperMissing } from '../../../core/errors.js';
import type { Change, ChangeSet, Committed, Imported } from '../../../core/filesystem/change-set.js';
import type { PartBuilder } from '../../../core/parts.js';
import type { MountContext } from '../../../core/session/session.js';
import { Client, run, type Steps } from '../../../stack/index.js';
import { Layer } from '../layer.js';
import type { Union } from '../union.js';
import { commit, commitTo } from './commit/index.js';
import { complete } from './dependent.js';
import { diff } from './diff.js';
import { discard } from './discard.js';
import { tell } from './entries.js';
import { archive, unpacked } from './files.js';
import { TarImport } from './from-tar.js';
import { gather } from './scattered.js';
import { Snapshot } from './snapshot.js';
import { Target } from './target.js';
import { DirectorySink } from './to-directory.js';
import { tellTar } from './to-tar.js';
import { rootPair, STAGING } from './walk.js';

const SLOTS = 4;

/** The change set of an overlay: what its upper layer makes of its lower ones. */
export class Changes implements ChangeSet {
  private doing: string | undefined;

  constructor(private readonly union: () => Union, private readonly parts: PartBuilder) {}

  diff(): Promise<Change[]> {
    return this.alone('diff', (union) => run(diff(union)));
  }

  /** Guests wait for names meanwhile, not for the data of what they have open. */
  commit(to?: FileSystemSelection): Promise<Committed> {
    return this.alone('commit', async (union) => {
      if (!to && union.frozen.length > 0) throw SnapshotsInTheWay(union.frozen.length);
      for (;;) {
        await run(gather(union));
        if (!to) await run(complete(union));
        const done = to ? await this.commitTo(union, to) : await this.inGate(union, () => commit(union));
        if (done) return done;
      }
    });
  }

  discard(): Promise<number> {
    return this.alone('discard', (union) => this.inGate(union, () => discard(union)));
  }

  /** Guests wait for names meanwhile, not for the data of what they have open. */
  export(to: string | FileSystemSelection): Promise<number> {
    return this.alone('export', async (union) => {
      await run(gather(union));
      return typeof to === 'string' ? archive(to, (out) => this.inGate(union, () => tellTar(union, rootPair(union), out))) : this.exportInto(union, to);
    });
  }

  import(from: string | FileSystemSelection, self: MountContext): Promise<Imported> {
    return this.alone('import', async (union) => {
      const client = new Client(self, SLOTS);
      client.start();
      try {
        return await (typeof from === 'string' ? new TarImport(client, from).apply(unpacked(from)) : new TarImport(client, 'the directory').apply(this.layerOf(union, from)));
      } finally {
        client.close();
      }
    });
  }

  snapshot(): Promise<number> {
    return this.alone('snapshot', (union) => union.stages.alone(() => this.inGate(union, () => new Snapshot(union).run())));
  }

  private commitTo(union: Union, to: FileSystemSelection): Promise<Committed> {
    return this.elsewhere(to, (layer) => this.inGate(union, () => commitTo(union, new Target(layer, union.marks, STAGING, false))));
  }

  private exportInto(union: Union, to: FileSystemSelection): Promise<number> {
    return this.elsewhere(to, (layer) => this.inGate(union, function* (): Steps<number> {
      const target = new Target(layer, union.marks, STAGING, false);
      const sink = new DirectorySink(target);
      yield* target.open();
      yield* tell(union, rootPair(union), sink);
      yield* target.close();
      return sink.entries;
    }));
  }

  /** What an upper directory holds, as an archive. */
  private async *layerOf(union: Union, from: FileSystemSelection): AsyncGenerator<Buffer> {
    const stream = new PassThrough();
    const told = this.elsewhere(from, async (layer) => {
      await run(tellTar(union, { ...rootPair(union), upper: { layer, node: layer.root, count: 0 } }, stream));
    }).then(() => stream.end(), (error: Error) => stream.destroy(error));
    yield* stream as AsyncIterable<Buffer>;
    await told;
  }

  /** Starts another file system for as long as something takes. */
  private elsewhere<T>(selection: FileSystemSelection, what: (layer: Layer) => T | Promise<T>): Promise<T> {
    const { part, group } = this.parts.buildApart(selection);
    return group.during(async () => {
      const layer = new Layer(part, 0, SLOTS);
      layer.client.start();
      try {
        return await what(layer);
      } finally {
        layer.client.close();
      }
    });
  }

  private inGate<T>(union: Union, steps: () => Steps<T>): T | Promise<T> {
    return union.gate.write(steps);
  }

  private async alone<T>(doing: string, work: (union: Union) => T | Promise<T>): Promise<T> {
    const union = this.union();
    if (!union.upper) throw UpperMissing();
    if (this.doing !== undefined) throw ChangesBusy(this.doing);
    this.doing = doing;
    try {
      return await work(union);
    } finally {
      this.doing = undefined;
    }
  }
}
