import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { DriverError } from '../../driver/errors.js';
import { decodeReply } from '../../driver/message.js';

const UNIQUE = 2 ** 40 + 6;

function reply({ length = 24, error = 0, unique = UNIQUE } = {}): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  view.setInt32(4, error, true);
  view.setBigUint64(8, BigInt(unique), true);
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8], 16);
  return bytes;
}

function refused(t: ExecutionContext, bytes: Uint8Array, length = bytes.length): void {
  const error = t.throws(() => decodeReply({ length, bytes }, UNIQUE), { instanceOf: DriverError });
  t.is(error?.code, 'EIO');
}

test('a right answer is body or errno', (t) => {
  t.deepEqual(decodeReply({ length: 24, bytes: reply() }, UNIQUE), { error: 0, body: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) });
  t.is(decodeReply({ length: 24, bytes: reply({ error: -2 }) }, UNIQUE).error, 2);
});

test('an answer that Linux 7.1 refuses is EIO: length, unique, errno', (t) => {
  refused(t, reply(), 0);
  refused(t, reply(), 15);
  refused(t, reply(), 23);
  refused(t, reply(), 25);
  refused(t, reply({ length: 16 }));
  refused(t, reply({ unique: UNIQUE + 2 }));
  refused(t, reply({ unique: UNIQUE - 2 ** 40 }));
  refused(t, reply({ error: 5 }));
  refused(t, reply({ error: -512 }));
});

test('garbage is an answer or EIO, nothing else', (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(80), (bytes, length) => {
    try {
      decodeReply({ length, bytes }, UNIQUE);
    } catch (error) {
      return error instanceof DriverError && error.code === 'EIO';
    }
    return true;
  }));
  t.pass();
});
