import type { FileSystemSelection } from '../../../core/config/index.js';
import { ChangesBusy, UpperMissing } from '../../../core/errors.js';
import type { Change, ChangeSet, Committed } from '../../../core/filesystem/change-set.js';
import type { PartBuilder } from '../../../core/parts.js';
import { run, type Steps } from '../../../stack/index.js';
import { Layer } from '../layer.js';
import type { Union } from '../union.js';
import { commit, commitTo } from './commit.js';
import { complete } from './dependent.js';
import { diff } from './diff.js';
import { discard } from './discard.js';
import { gather } from './scattered.js';
import { Target } from './target.js';
import { STAGING } from './walk.js';

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

  private async commitTo(union: Union, to: FileSystemSelection): Promise<Committed> {
    const { part, group } = this.parts.buildApart(to);
    await group.start();
    const layer = new Layer(part, 0, SLOTS);
    layer.client.start();
    try {
      return await this.inGate(union, () => commitTo(union, new Target(layer, union.marks, STAGING, false)));
    } finally {
      layer.client.close();
      await group.stop();
    }
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
