/** Bits of GET_FEATURES and SET_FEATURES: virtio device features (virtio 1.2, 6) and two of vhost-user's own. */
export enum Feature {
  /** The guest has a notification queue (virtio 1.2, 5.11.3). */
  FS_NOTIFICATION = 0,
  /** vhost-user: log dirty pages, for migration. */
  LOG_ALL = 26,
  INDIRECT_DESC = 28,
  EVENT_IDX = 29,
  /** vhost-user: the two protocol feature messages are known; rings start disabled. */
  PROTOCOL_FEATURES = 30,
  VERSION_1 = 32,
  ACCESS_PLATFORM = 33,
  RING_PACKED = 34,
  IN_ORDER = 35,
}

/** Bits of GET_PROTOCOL_FEATURES and SET_PROTOCOL_FEATURES (vhost-user spec, "Protocol features"). */
export enum ProtocolFeature {
  MQ = 0,
  LOG_SHMFD = 1,
  REPLY_ACK = 3,
  BACKEND_REQ = 5,
  CONFIG = 9,
  BACKEND_SEND_FD = 10,
  INFLIGHT_SHMFD = 12,
  RESET_DEVICE = 13,
  INBAND_NOTIFICATIONS = 14,
  CONFIGURE_MEM_SLOTS = 15,
  STATUS = 16,
  SHARED_OBJECT = 18,
  DEVICE_STATE = 19,
  SHMEM = 22,
}

/** The set of these bits, as it travels in a u64. */
export function featureSet(...bits: (Feature | ProtocolFeature)[]): bigint {
  return bits.reduce((set, bit) => set | (1n << BigInt(bit)), 0n);
}

export function hasFeature(set: bigint, bit: Feature | ProtocolFeature): boolean {
  return ((set >> BigInt(bit)) & 1n) === 1n;
}
