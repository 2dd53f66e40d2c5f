import { readFileSync } from 'node:fs';
import test from 'ava';

const header = readFileSync(new URL('../../../native/src/slot.h', import.meta.url), 'utf8');

/** The constants of slot.h by name, without their `k`; an expression is a number or a difference of two constants. */
function constants(source: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const [, name, expression] of source.matchAll(/constexpr uint32_t k(\w+) = ([^;]+);/g)) {
    const terms = expression.split(' - ').map((term) => values.get(term.slice(1)) ?? Number(term));
    values.set(name, terms.reduce((left, right) => left - right));
  }
  return values;
}

test('slot.h mirrors slot.ts', async (t) => {
  const layout = (await import('../../core/channel/slot.js')) as unknown as {
    Slot: Record<string, number>;
    REPLY_SIZE: number;
    REQUEST_SIZE: number;
    PAYLOAD_SIZE: number;
  };
  const fields = Object.entries(layout.Slot).filter(([, value]) => typeof value === 'number');
  const expected = new Map(fields.map(([name, value]) => [name === 'SIZE' ? 'Size' : name[0].toUpperCase() + name.slice(1), value]));
  expected.set('ReplySize', layout.REPLY_SIZE).set('RequestSize', layout.REQUEST_SIZE).set('PayloadSize', layout.PAYLOAD_SIZE);
  t.true(fields.length >= 8);
  t.deepEqual(Object.fromEntries([...constants(header)].toSorted()), Object.fromEntries([...expected].toSorted()));
});
