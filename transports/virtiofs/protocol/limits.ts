/** File descriptors that may come with one message (vhost-user spec, "Message Specification"). */
export const MAX_FDS = 8;
/** Regions in one SET_MEM_TABLE: each has a descriptor of its own. */
export const MAX_TABLE_REGIONS = MAX_FDS;
/** Regions in all, offered by GET_MAX_MEM_SLOTS; SET_MEM_TABLE cannot fill them, ADD_MEM_REG can. */
export const MAX_MEMORY_SLOTS = 509;
/** Bytes of config space in one GET_CONFIG or SET_CONFIG (vhost-user spec, "Virtio device config space"). */
export const MAX_CONFIG_SIZE = 256;
/** Bytes of payload that a message is allowed: beyond every message that a file system device knows. */
export const MAX_PAYLOAD_SIZE = 4096;
/** Entries of a split ring (virtio 1.2, 2.7: a power of two up to 32768). */
export const MAX_QUEUE_SIZE = 32768;
