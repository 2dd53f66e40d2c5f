import test from 'ava';
import fc from 'fast-check';
import * as protocol from '../../transports/virtiofs/protocol/index.js';
import { Malformed } from '../../transports/virtiofs/protocol/index.js';

const { FrontendRequest, HeaderFlag } = protocol;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

const address = fc.integer({ min: 0, max: 2 ** 52 });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const region = fc.record({ guestAddress: address, size: fc.integer({ min: 1, max: 2 ** 52 - 1 }), userAddress: address, offset: address });

/** Every payload's decoder and encoder, with values that survive the way through both. */
const codecs: { name: string; decode(payload: Uint8Array): unknown; encode(value: never): Uint8Array; value: fc.Arbitrary<unknown> }[] = [
  { name: 'u64', decode: protocol.decodeU64, encode: protocol.encodeU64, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { name: 'vring state', decode: protocol.decodeVringState, encode: protocol.encodeVringState, value: fc.record({ index: u32, value: u32 }) },
  {
    name: 'vring address',
    decode: protocol.decodeVringAddress,
    encode: protocol.encodeVringAddress,
    value: fc.record({ index: u32, descriptors: address, used: address, available: address }),
  },
  {
    name: 'vring fd',
    decode: protocol.decodeVringFd,
    encode: protocol.encodeVringFd,
    value: fc.record({ index: fc.integer({ min: 0, max: 255 }), hasFd: fc.boolean() }),
  },
  { name: 'memory table', decode: protocol.decodeMemoryTable, encode: protocol.encodeMemoryTable, value: fc.array(region, { maxLength: 8 }) },
  { name: 'memory region', decode: protocol.decodeMemoryRegion, encode: protocol.encodeMemoryRegion, value: region },
  {
    name: 'device config',
    decode: protocol.decodeDeviceConfig,
    encode: protocol.encodeDeviceConfig,
    value: fc.record({ offset: fc.integer({ min: 0, max: 128 }), flags: u32, data: fc.uint8Array({ maxLength: 128 }) }),
  },
  {
    name: 'config space',
    decode: protocol.decodeConfigSpace,
    encode: protocol.encodeConfigSpace,
    value: fc.record({ tag: fc.string({ unit: fc.constantFrom('a', 'ß', '-'), maxLength: 18 }), requestQueues: u32 }),
  },
];

for (const { name, decode, encode, value } of codecs) {
  test(`${name}: what is encoded is decoded again, also with bytes behind it`, (t) => {
    fc.assert(
      fc.property(value, fc.uint8Array({ maxLength: 64 }), (original, rest) => {
        const payload = encode(original as never);
        t.deepEqual(decode(payload), original);
        t.deepEqual(decode(new Uint8Array([...payload, ...rest])), original);
      }),
    );
    t.pass();
  });

  test(`${name}: garbage is decoded or refused with an error value`, (t) => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 512 }), (garbage) => decode(garbage) !== undefined));
    t.true(decode(new Uint8Array(0)) instanceof Malformed);
  });

  test(`${name}: a payload cut short is refused`, (t) => {
    fc.assert(
      fc.property(value, fc.nat(), (original, cut) => {
        const payload = encode(original as never);
        return decode(payload.subarray(0, cut % payload.length)) instanceof Malformed;
      }),
    );
    t.pass();
  });
}

test('a message starts with request, version 1 and its flags, and the size of its payload', (t) => {
  t.is(hex(protocol.encodeMessage(FrontendRequest.GET_FEATURES, 0)), '010000000100000000000000');
  t.is(
    hex(protocol.encodeMessage(FrontendRequest.SET_OWNER, HeaderFlag.REPLY, protocol.encodeU64(1))),
    '030000000500000008000000' + '0100000000000000',
  );
  t.deepEqual(protocol.decodeHeader(bytes('02000000 09000000 08000000')), { request: 2, reply: false, needReply: true, size: 8 });
});

test('a header of another version, cut short or with an endless payload is refused', (t) => {
  t.true(protocol.decodeHeader(bytes('02000000 08000000 08000000')) instanceof Malformed);
  t.true(protocol.decodeHeader(bytes('02000000 01000000 080000')) instanceof Malformed);
  t.true(protocol.decodeHeader(bytes('02000000 01000000 ffffffff')) instanceof Malformed);
});

test('headers of any bytes are decoded or refused, never thrown at', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (garbage) => {
      const header = protocol.decodeHeader(garbage);
      return header instanceof Malformed || header.size <= protocol.MAX_PAYLOAD_SIZE;
    }),
  );
  t.pass();
});

test('the bits of a file system device as User Mode Linux acknowledges them', (t) => {
  const { Feature } = protocol;
  const set = protocol.featureSet(Feature.INDIRECT_DESC, Feature.EVENT_IDX, Feature.PROTOCOL_FEATURES, Feature.VERSION_1);
  t.is(set, 0x1_7000_0000n);
  t.true(protocol.hasFeature(set, Feature.VERSION_1));
  t.false(protocol.hasFeature(set, Feature.RING_PACKED));
});

test('a memory table of one region in a message with room for two, as User Mode Linux sends it, is accepted', (t) => {
  const one = { guestAddress: 0, size: 0x1000_0000, userAddress: 0x6000_0000, offset: 0x2000 };
  const payload = new Uint8Array(72);
  payload.set(protocol.encodeMemoryTable([one]));
  t.deepEqual(protocol.decodeMemoryTable(payload), [one]);
});

test('a memory region that is empty or wraps around is refused', (t) => {
  const whole = { guestAddress: 0, size: 4096, userAddress: 0, offset: 0 };
  const damaged = (at: number) => protocol.decodeMemoryRegion(protocol.encodeMemoryRegion(whole).fill(0xff, at, at + 8));
  for (const at of [8, 16, 24, 32]) t.true(damaged(at) instanceof Malformed);
  t.true(protocol.decodeMemoryRegion(protocol.encodeMemoryRegion({ ...whole, size: 0 })) instanceof Malformed);
});

test('a tag of 36 bytes fills its field and needs no terminator', (t) => {
  const tag = 'x'.repeat(36);
  const space = protocol.encodeConfigSpace({ tag, requestQueues: 4 });
  t.is(space.length, 40);
  t.deepEqual(protocol.decodeConfigSpace(space), { tag, requestQueues: 4 });
});
