/** Tags of acl(5), as `linux/posix_acl.h` has them, in the order an ACL needs. */
const tags: Readonly<Record<string, number>> = { u: 1, U: 2, g: 4, G: 8, m: 16, o: 32 };
const NO_ID = 0xffff_ffff;

/**
 * An ACL as the xattr's value, `struct posix_acl_xattr_header` and entries. The text form: owner `u7`, user 1001 `U1001:5`,
 * owning group `g5`, group 1001 `G1001:5`, mask `m7`, others `o0`.
 */
export function encodeAcl(text: string): Uint8Array {
  const entries = text.split(' ').map((entry) => /^(\D)(?:(\d+):)?(\d)$/.exec(entry)!);
  const bytes = Buffer.alloc(4 + entries.length * 8);
  bytes.writeUInt32LE(2, 0);
  for (const [i, [, tag, id, permissions]] of entries.entries()) {
    bytes.writeUInt16LE(tags[tag!]!, 4 + i * 8);
    bytes.writeUInt16LE(Number(permissions), 6 + i * 8);
    bytes.writeUInt32LE(id === undefined ? NO_ID : Number(id), 8 + i * 8);
  }
  return bytes;
}

/** The same, from a value to text. */
export function decodeAcl(value: Uint8Array): string {
  const bytes = Buffer.from(value);
  const entries = Array.from({ length: (bytes.length - 4) / 8 }, (_, i) => bytes.subarray(4 + i * 8));
  return entries.map((entry) => {
    const tag = Object.keys(tags).find((key) => tags[key] === entry.readUInt16LE(0))!;
    const id = entry.readUInt32LE(4);
    return `${tag}${id === NO_ID ? '' : `${id}:`}${entry.readUInt16LE(2)}`;
  }).join(' ');
}
