import { createRequire } from 'node:module';
import path from 'node:path';
import { Slab } from '../core/channel/slab.js';
import type { ChannelFunctions } from './channel.js';
import type { ConfineFunctions } from './confine.js';
import type { DoorbellFunctions } from './doorbell.js';
import type { DriverBenchFunctions } from './driver-bench.js';
import type { DriverFunctions } from './driver-queue.js';
import type { FdFunctions } from './fd.js';
import type { FuseFunctions } from './fuse.js';
import type { GuestMemoryFunctions } from './guest-memory.js';
import type { LoopbackFunctions } from './loopback.js';
import type { SocketFunctions } from './socket.js';
import type { Syscalls } from './syscalls.js';
import type { VirtqueueFunctions } from './virtqueue.js';
import type { WatchFunctions } from './watch.js';

/** What the addon exports. Functions that can fail return a negative errno; numbers only, no objects, on hot paths. */
export interface Native
  extends
    ChannelFunctions,
    ConfineFunctions,
    DoorbellFunctions,
    DriverBenchFunctions,
    DriverFunctions,
    FdFunctions,
    FuseFunctions,
    GuestMemoryFunctions,
    LoopbackFunctions,
    SocketFunctions,
    Syscalls,
    VirtqueueFunctions,
    WatchFunctions {
  /** The slab's memory, 1 GiB of address space shared with native code; call once. */
  slab(): ArrayBuffer;
}

/** FUSEWIRE_NATIVE_BUILD names a folder in native/ with another build, such as `build-asan`. */
const root = path.join(import.meta.dirname, '..', '..', 'native', process.env.FUSEWIRE_NATIVE_BUILD ?? '');

/** The addon. A copy, since V8 looks up each function of the exports themselves in a dictionary: there are too many of them. */
export const native: Native = { ...(createRequire(import.meta.url)('node-gyp-build')(root) as Native) };

/** The slab of this thread; every channel's slots and payload buffers lie in it. */
export const slab = new Slab(native.slab());
