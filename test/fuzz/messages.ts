import { native } from '../../native/index.js';
import { encodeDeviceState, encodeLogArea, encodeMessage, encodeMemoryRegion, encodeU64, encodeVringAddress, encodeVringFd, encodeVringState, FrontendRequest, HeaderFlag } from '../../transports/virtiofs/protocol/index.js';
import type { FrontEnd } from '../virtiofs/front-end.js';
import type { Random } from './random.js';

const REQUESTS = Object.values(FrontendRequest).filter((value): value is FrontendRequest => typeof value === 'number');
const VALUES = [0, 1, 2, 3, 8, 255, 256, 4096, 32768, 65536, 0xffff_ffff];

function payload(random: Random): Uint8Array {
  const index = random.of([0, 1, 2, 3, 255]);
  const address = (): number => 2 ** 40 + random.of([0, 4096, 8192, 8, 1, 2 ** 20]);
  switch (random.below(8)) {
    case 0: return encodeU64(random.once(2) ? random.of([0x1_7000_0000n, 0x1_7400_0000n]) : BigInt(random.of(VALUES)));
    case 1: return encodeVringState({ index, value: random.of(VALUES) });
    case 2: return encodeVringAddress({ index, descriptors: address(), available: address(), used: address() });
    case 3: return encodeVringFd({ index, hasFd: random.once(2) });
    case 4: return encodeMemoryRegion({ guestAddress: random.of([0, 2 ** 32]), size: random.of([4096, 2 ** 20, 2 ** 30]), userAddress: 2 ** 40, offset: random.of([0, 4096]) });
    case 5: return encodeDeviceState({ direction: random.below(3), phase: random.once(10) ? 1 : 0 });
    case 6: return encodeLogArea({ size: random.of([4096, 2 ** 20, 2 ** 40]), offset: random.of([0, 4096, 1]) });
    default: return random.bytes(random.below(80));
  }
}

/** Sends one vhost-user message that has the form of one, and mistakes; perhaps with descriptors. */
export function sendMessage(random: Random, frontEnd: FrontEnd): void {
  const bytes = encodeMessage(random.once(20) ? random.below(100) : random.of(REQUESTS), random.once(2) ? HeaderFlag.NEED_REPLY : 0, random.once(8) ? undefined : payload(random));
  if (random.once(10)) bytes[random.below(bytes.length)] = random.below(256);
  const fds = Array.from({ length: random.of([0, 0, 1, 1, 2, 9]) }, () => (random.once(2) ? native.eventfdCreate() : native.memfdCreate('fuzz', 1 << 20)));
  frontEnd.write(random.once(40) ? bytes.subarray(0, 1 + random.below(bytes.length)) : bytes, fds);
  for (const fd of fds) native.closeFd(fd);
}
