import test from 'ava';
import fc from 'fast-check';
import { decodeName, encodeName, nameBytes, nameText } from '../../core/protocol/names.js';

test('every byte string survives decoding and encoding', (t) => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    t.deepEqual(nameBytes(nameText(bytes)), bytes);
  }), { numRuns: 2000 });
});

test('valid UTF-8 decodes as TextDecoder decodes it', (t) => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
    const bytes = new TextEncoder().encode(text);
    t.is(nameText(bytes), text);
    t.deepEqual(nameBytes(text), bytes);
  }), { numRuns: 2000 });
});

test('a byte that is not UTF-8 becomes a lone surrogate', (t) => {
  t.is(nameText(Uint8Array.of(0x61, 0xff, 0x62)), 'a\udcffb');
  t.is(nameText(Uint8Array.of(0xed, 0xb2, 0x80)), '\udced\udcb2\udc80');
});

test('a name is decoded from where it stands, long or short', (t) => {
  const bytes = new TextEncoder().encode(`--${'x'.repeat(100)}--`);
  t.is(decodeName(bytes, 2, 100), 'x'.repeat(100));
  t.is(decodeName(bytes, 2, 5), 'xxxxx');
});

test('names of one length do not get mixed up, however often they come', (t) => {
  const names = Array.from({ length: 5000 }, (_, i) => `n${String(i).padStart(7, '0')}`);
  const encoded = names.map((name) => new TextEncoder().encode(name));
  for (let round = 0; round < 2; round++) t.deepEqual(encoded.map((bytes) => decodeName(bytes, 0, bytes.length)), names);
});

test('a name that does not fit is not written', (t) => {
  const bytes = new Uint8Array(8);
  t.is(encodeName('abc', bytes, 6, 8), -1);
  t.is(encodeName('\u{1f600}', bytes, 5, 8), -1);
  t.is(encodeName('\u{1f600}', bytes, 4, 8), 4);
});
