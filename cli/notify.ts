import { native } from '../native/index.js';
import { datagramSocket, sendMessage } from '../native/socket.js';

/** Tells the service manager that started this process how it is, such as `READY=1`; sd_notify(3). Nothing happens where there is none. */
export function notify(state: string, { NOTIFY_SOCKET } = process.env): void {
  const fd = NOTIFY_SOCKET ? datagramSocket(NOTIFY_SOCKET) : -1;
  if (fd < 0) return;
  sendMessage(fd, Buffer.from(state));
  native.closeFd(fd);
}
