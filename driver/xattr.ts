import { nameText } from '../core/protocol/names.js';
import { InitFlag } from '../core/protocol/init-flag.js';
import { Opcode } from '../core/protocol/opcode.js';
import { GetxattrIn, SetxattrIn } from '../core/protocol/structs.js';
import { fields, join, terminated } from './body.js';
import { hasFlag } from './init.js';
import type { Session } from './session.js';

/** Bytes of a value, and of a list of names, at most (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const MOST = 65536;
/** Bytes of `fuse_setxattr_in` before SETXATTR_EXT. */
const SHORT_SETXATTR = 8;

/** getxattr(2) with room for the largest value. */
export function getxattr(session: Session, node: number, name: string): Promise<Uint8Array> {
  const body = fields(GetxattrIn.size_);
  body[GetxattrIn.size >> 2] = MOST;
  return session.callBytes(Opcode.GETXATTR, node, join(body, terminated(name)), MOST);
}

export async function listxattr(session: Session, node: number): Promise<string[]> {
  const body = fields(GetxattrIn.size_);
  body[GetxattrIn.size >> 2] = MOST;
  const list = nameText(await session.callBytes(Opcode.LISTXATTR, node, join(body), MOST));
  return list.split('\0').filter((name) => name !== '');
}

/** setxattr(2); `flags`: XATTR_CREATE 1, XATTR_REPLACE 2. */
export async function setxattr(session: Session, node: number, name: string, value: Uint8Array, flags: number): Promise<void> {
  const body = fields(hasFlag(session.init, InitFlag.SETXATTR_EXT) ? SetxattrIn.size_ : SHORT_SETXATTR);
  body[SetxattrIn.size >> 2] = value.length;
  body[SetxattrIn.flags >> 2] = flags;
  await session.call(Opcode.SETXATTR, node, join(body, terminated(name), value), 0);
}

export async function removexattr(session: Session, node: number, name: string): Promise<void> {
  await session.call(Opcode.REMOVEXATTR, node, terminated(name), 0);
}
