import { closeSync, fstatSync, mkdtempSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { native } from '../../native/index.js';
import { accept, connect, listen, receiveMessage, sendMessage, SOCKET_PATH_MAX, socketPair } from '../../native/socket.js';

const { EADDRINUSE, EAGAIN, EBADF, ECONNREFUSED, ENAMETOOLONG, EINVAL, ENOENT, EPIPE } = constants.errno;
const openFds = (): number => readdirSync('/proc/self/fd').length;

function pair(): [number, number] {
  const fds = new Int32Array(2);
  if (socketPair(fds) < 0) throw new Error('no socket pair');
  return [fds[0], fds[1]];
}

test('a listener accepts who connects, and bytes go both ways', (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'fusewire-'));
  const file = path.join(dir, 's.sock');
  const listener = listen(file, 0o600);
  t.true(listener >= 0);
  t.is(statSync(file).mode & 0o777, 0o600);
  t.is(accept(listener), -EAGAIN);
  const client = connect(file);
  const server = accept(listener);
  t.true(client >= 0 && server >= 0);
  t.is(sendMessage(client, Buffer.from('to the server')), 13);
  const inbox = new Uint8Array(64);
  t.is(receiveMessage(server, inbox), 13);
  t.is(Buffer.from(inbox.subarray(0, 13)).toString(), 'to the server');
  t.is(receiveMessage(server, inbox), -EAGAIN);
  t.is(sendMessage(server, Buffer.from('..back..'), undefined, 2, 4), 4);
  t.is(receiveMessage(client, inbox, undefined, 60), 4);
  t.is(Buffer.from(inbox.subarray(60)).toString(), 'back');
  closeSync(client);
  t.is(receiveMessage(server, inbox), 0);
  t.is(sendMessage(server, Buffer.from('x')), -EPIPE);
  t.is(listen(file, 0o600), -EADDRINUSE);
  closeSync(server);
  closeSync(listener);
  t.is(connect(file), -ECONNREFUSED);
  rmSync(dir, { recursive: true });
  t.is(connect(file), -ENOENT);
});

test('a path of SOCKET_PATH_MAX bytes works, one byte more is refused', (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'fusewire-'));
  const file = path.join(dir, 'x'.repeat(SOCKET_PATH_MAX - dir.length - 1));
  const listener = listen(file, 0o600);
  t.true(listener >= 0);
  t.is(listen(`${file}x`, 0o600), -ENAMETOOLONG);
  t.is(connect(`${file}x`), -ENAMETOOLONG);
  closeSync(listener);
  rmSync(dir, { recursive: true });
});

test('descriptors travel with bytes and name the same file', (t) => {
  const [left, right] = pair();
  const memory = native.memfdCreate('passed', 8192);
  t.is(fstatSync(memory).size, 8192);
  t.is(sendMessage(left, Buffer.from('here'), Int32Array.of(memory, memory)), 4);
  const fds = new Int32Array(3);
  t.is(receiveMessage(right, new Uint8Array(4), fds), 4);
  t.is(fds[2], -1);
  for (const fd of fds.subarray(0, 2)) {
    t.not(fd, memory);
    t.is(fstatSync(fd).ino, fstatSync(memory).ino);
    closeSync(fd);
  }
  closeSync(memory);
  closeSync(left);
  closeSync(right);
});

test.serial('descriptors without room for them are closed', (t) => {
  const [left, right] = pair();
  const memory = native.memfdCreate('surplus', 0);
  const before = openFds();
  t.is(sendMessage(left, Buffer.from('a'), new Int32Array(253).fill(memory)), 1);
  t.is(openFds(), before);
  const fds = new Int32Array(1);
  t.is(receiveMessage(right, new Uint8Array(1), fds), 1);
  t.is(openFds(), before + 1);
  closeSync(fds[0]);
  t.is(sendMessage(left, Buffer.from('b'), Int32Array.of(memory)), 1);
  t.is(receiveMessage(right, new Uint8Array(1)), 1);
  t.is(openFds(), before);
  for (const fd of [memory, left, right]) closeSync(fd);
});

test('arguments out of bounds move nothing', (t) => {
  const [left, right] = pair();
  t.is(sendMessage(left, new Uint8Array(4), undefined, 2, 3), -EINVAL);
  t.is(sendMessage(left, new Uint8Array(4), undefined, 0xffff_ffff, 2), -EINVAL);
  t.is(receiveMessage(right, new Uint8Array(4), undefined, 0, 5), -EINVAL);
  t.is(sendMessage(left, new Uint8Array(1), new Int32Array(254)), -EINVAL);
  t.is(sendMessage(left, new Uint8Array(1), Int32Array.of(-1)), -EBADF);
  t.is(receiveMessage(right, new Uint8Array(4)), -EAGAIN);
  closeSync(left);
  closeSync(right);
});

test('a memfd is as large as asked and reads as zeros', (t) => {
  const fd = native.memfdCreate('zeros', 5000);
  const bytes = new Uint8Array(6000).fill(1);
  t.is(readSync(fd, bytes, 0, 6000, 0), 5000);
  t.true(bytes.subarray(0, 5000).every((byte) => byte === 0));
  t.is(native.memfdCreate('x'.repeat(250), 1), -EINVAL);
  closeSync(fd);
});
