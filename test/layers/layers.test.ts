import test from 'ava';
import { z } from 'zod';
import { type AnsweredOpcode, type GetattrRequest, Handles, type Handlers, Inner, Layer, type LayerInstance, type LookupRequest, Opcode, Options, registry, type Result, Wraps, type WrappedHandler } from '../../index.js';
import { plugins, stack } from './stack.js';

/** What the layers of a test have seen, in order. */
let seen: string[] = [];

@Layer({ name: 'test-handles', options: z.object({ as: z.string() }) })
class HandlesSome implements LayerInstance {
  constructor(@Options() private readonly options: { as: string }, @Inner() private readonly inner: Handlers) {}

  start(): void {
    seen.push(`${this.options.as} starts`);
  }
  stop(): void {
    seen.push(`${this.options.as} stops`);
  }
  @Handles(Opcode.LOOKUP) lookup(request: LookupRequest) {
    seen.push(`${this.options.as} ${request.name}`);
    return this.inner[Opcode.LOOKUP](request);
  }
  /** No plugin of the test has it. */
  @Handles(Opcode.BMAP) bmap() {
    return 1;
  }
}

@Layer({ name: 'test-wraps', options: z.object({}) })
class WrapsAll {
  constructor(@Inner() private readonly inner: Handlers) {}

  @Handles(Opcode.GETATTR) getattr(request: GetattrRequest) {
    seen.push('own GETATTR');
    return this.inner[Opcode.GETATTR](request);
  }
  @Wraps() wrap(opcode: AnsweredOpcode, next: WrappedHandler): WrappedHandler {
    return (request): Result<unknown> => {
      seen.push(Opcode[opcode]!);
      return next(request);
    };
  }
}

@Layer({ name: 'test-fails', options: z.object({}) })
class FailsToStart {
  start(): void {
    throw new Error('cannot');
  }
}
for (const Class of [HandlesSome, WrapsAll, FailsToStart]) registry.addLayer(Class);

test.serial('the first layer of the list is nearest to the guest, and they start from the inside out', async (t) => {
  seen = [];
  const { fs, mount, stop } = await stack(t, 'memory').serve([{ use: 'test-handles', as: 'outer' }, { use: 'test-handles', as: 'inner' }]);
  await t.throwsAsync(fs.stat('name'), { code: 'ENOENT' });
  t.false(mount.plugin.handles(Opcode.BMAP));
  await stop();
  t.deepEqual(seen, ['inner starts', 'outer starts', 'outer name', 'inner name', 'outer stops', 'inner stops']);
});

test.serial('what a layer does not handle is the same function as without it', async (t) => {
  const { mount } = await stack(t, 'memory').serve([]);
  const before = mount.plugin.table;
  mount.plugin.add(() => new HandlesSome({ as: 'x' }, before as unknown as Handlers));
  for (const opcode of [Opcode.READ, Opcode.WRITE, Opcode.GETATTR]) t.is(mount.plugin.table[opcode], before[opcode]);
  t.not(mount.plugin.table[Opcode.LOOKUP], before[Opcode.LOOKUP]);
});

test.serial('a layer that wraps all is asked for every opcode with a handler, around its own', async (t) => {
  const { fs, mount } = await stack(t, 'memory').serve([{ use: 'test-wraps' }]);
  seen = [];
  await fs.mkdir('d');
  await fs.rename('d', 'e', 0);
  await fs.stat('/');
  t.true(seen.includes('MKDIR'));
  t.true(seen.some((name) => name.startsWith('RENAME')));
  const own = seen.indexOf('own GETATTR');
  t.is(seen[own - 1], 'GETATTR');
  t.false(mount.plugin.handles(Opcode.BMAP));
});

test.serial('when a layer cannot start, what did is stopped', async (t) => {
  seen = [];
  await t.throwsAsync(stack(t, 'memory').serve([{ use: 'test-fails' }, { use: 'test-handles', as: 'inner' }]), { message: 'cannot' });
  t.deepEqual(seen, ['inner starts', 'inner stops']);
});

for (const plugin of plugins) {
  test.serial(`${plugin}: layers that forward everything change nothing`, async (t) => {
    const { fs, scene } = await stack(t, plugin).serve([{ use: 'test-wraps' }, { use: 'test-handles', as: 'x' }]);
    await fs.mkdir('d');
    await scene.file('d/f', 'content');
    await fs.rename('d/f', 'd/g');
    t.is(await scene.content('d/g'), 'content');
    t.deepEqual(await scene.names('d'), ['g']);
    await fs.unlink('d/g');
    await fs.rmdir('d');
  });
}
