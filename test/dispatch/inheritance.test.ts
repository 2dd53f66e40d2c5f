import 'reflect-metadata';
import test from 'ava';
import { container } from 'tsyringe';
import { z } from 'zod';
import { Attributes, FileSystem, type GetattrRequest, Handles, Opcode, Options } from '../../index.js';
import { Dispatcher } from '../../core/dispatch/dispatcher.js';
import { tokens } from '../../core/filesystem/decorators.js';

@FileSystem({ name: 'base', options: z.object({}) })
class Base {
  constructor(@Options() readonly options: { text: string }) {}

  @Handles(Opcode.GETATTR) getattr(_request: GetattrRequest): Attributes {
    return new Attributes({ size: this.options.text.length });
  }
}

// As a compiler without emitDecoratorMetadata leaves it: nothing is recorded of the class but its decorator.
class Derived extends Base {}
FileSystem({ name: 'derived', options: z.object({}) })(Derived);

test('a class without a constructor of its own gets what its base asks for, and its handlers', (t) => {
  const scope = container.createChildContainer().register(tokens.options, { useValue: { text: 'four' } });
  const dispatcher = new Dispatcher(scope.resolve(Derived));
  t.is(dispatcher.name, 'derived');
  t.like(dispatcher.table[Opcode.GETATTR]!({}), { size: 4 });
});
