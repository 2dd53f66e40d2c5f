import { viewOf } from './bytes.js';
import { Malformed } from './malformed.js';

/** Bytes of the tag field; a tag that fills it has no terminator. */
export const TAG_SIZE = 36;
/** Bytes of the config space of a device without a notification queue. */
export const CONFIG_SPACE_SIZE = TAG_SIZE + 4;

/** `struct virtio_fs_config` (virtio 1.2, 5.11.4). */
export interface ConfigSpace {
  /** The name the guest mounts by. Empty when the device has none. */
  readonly tag: string;
  /** The hiprio queue is not counted. */
  readonly requestQueues: number;
}

/** `tag` has at most TAG_SIZE bytes in UTF-8. */
export function encodeConfigSpace({ tag, requestQueues }: ConfigSpace): Uint8Array {
  const space = new Uint8Array(CONFIG_SPACE_SIZE);
  new TextEncoder().encodeInto(tag, space.subarray(0, TAG_SIZE));
  new DataView(space.buffer).setUint32(TAG_SIZE, requestQueues, true);
  return space;
}

export function decodeConfigSpace(space: Uint8Array): ConfigSpace | Malformed {
  const view = viewOf(space, CONFIG_SPACE_SIZE);
  if (view instanceof Malformed) return view;
  const end = space.subarray(0, TAG_SIZE).indexOf(0);
  const tag = new TextDecoder().decode(space.subarray(0, end < 0 ? TAG_SIZE : end));
  return { tag, requestQueues: view.getUint32(TAG_SIZE, true) };
}
