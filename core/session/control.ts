import { REPLY_SIZE, Slot } from '../channel/slot.js';
import { Errno } from '../filesystem/errno.js';
import { FUSE_MAJOR } from '../protocol/flags.js';
import { Opcode } from '../protocol/opcode.js';
import { BatchForgetIn, ForgetIn, ForgetOne, InHeader, InitOut, InterruptIn, OutHeader } from '../protocol/structs.js';
import { getU64 } from '../protocol/words.js';
import { INIT_IN_LEAST, judgeVersion, readInit, writeInit } from './init.js';
import type { Receiver } from './receiver.js';

/** Requests that a session answers by itself. `length` is the message's, header included and checked. */
export function control(receiver: Receiver, slot: number, opcode: Opcode, length: number): void {
  const { session, channel, u32 } = receiver;
  const at = channel.base + slot * Slot.SIZE + Slot.request;
  const args = (at + InHeader.size_) >> 2;
  const size = length - InHeader.size_;
  switch (opcode) {
    case Opcode.FORGET: {
      const node = (at + InHeader.nodeid) >> 2;
      if (size >= ForgetIn.size_) session.forget(u32[node]!, u32[node + 1]!, getU64(u32, args));
      return receiver.finish(slot, 0, 0);
    }
    case Opcode.BATCH_FORGET:
      if (size >= BatchForgetIn.size_) forgetBatch(receiver, slot, u32[args]!, size - BatchForgetIn.size_);
      return receiver.finish(slot, 0, 0);
    case Opcode.INTERRUPT:
      if (size >= InterruptIn.size_) session.inFlight.interrupt(getU64(u32, args));
      return receiver.finish(slot, 0, 0);
    case Opcode.NOTIFY_REPLY:
      return receiver.finish(slot, 0, 0);
    case Opcode.DESTROY:
      session.end();
      return receiver.acknowledge(slot, 0);
    case Opcode.INIT:
      return init(receiver, slot, args, size);
    default:
      return receiver.fail(slot, session.running ? Errno.ENOSYS : Errno.EIO);
  }
}

/** As many forgets as fit the slot's reply, which serves to fetch them: the list may reach beyond the slot. */
const FORGETS = Math.floor(REPLY_SIZE / ForgetOne.size_);

function forgetBatch(receiver: Receiver, slot: number, count: number, room: number): void {
  const { session, channel, u32 } = receiver;
  const buffer = channel.base + slot * Slot.SIZE + Slot.reply;
  const listed = Math.min(count, Math.floor(room / ForgetOne.size_));
  for (let done = 0; done < listed; done += FORGETS) {
    const batch = Math.min(FORGETS, listed - done);
    const at = InHeader.size_ + BatchForgetIn.size_ + done * ForgetOne.size_;
    if (channel.getToSlab(slot, at, buffer, batch * ForgetOne.size_) !== batch * ForgetOne.size_) return;
    for (let i = 0; i < batch; i++) {
      const one = (buffer + i * ForgetOne.size_) >> 2;
      session.forget(u32[one]!, u32[one + 1]!, getU64(u32, one + (ForgetOne.nlookup >> 2)));
    }
  }
}

function init(receiver: Receiver, slot: number, args: number, size: number): void {
  const { session, channel, u32 } = receiver;
  const words = (channel.base + slot * Slot.SIZE) >> 2;
  if (size < INIT_IN_LEAST || u32[words + (Slot.outCapacity >> 2)]! < OutHeader.size_ + InitOut.size_) return receiver.fail(slot, Errno.EINVAL);
  const offer = readInit(u32, args, size);
  const verdict = judgeVersion(offer);
  if (verdict < 0) return receiver.fail(slot, verdict);
  const out = words + ((Slot.reply + OutHeader.size_) >> 2);
  if (verdict > 0) {
    u32.fill(0, out, out + (InitOut.size_ >> 2));
    u32[out] = FUSE_MAJOR;
  } else {
    writeInit(u32, out, offer, session.init(offer), session.limits);
  }
  receiver.reply(slot, InitOut.size_, 0);
}
