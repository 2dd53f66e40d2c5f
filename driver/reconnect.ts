import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from './connection.js';
import { DriverError } from './errors.js';

/** Milliseconds between two attempts. */
const PAUSE = 5;

/**
 * Connects to a server that is being started again, until `attach` succeeds or `seconds` are over; the last error then.
 * `given` says when nobody wants it any more.
 */
export async function reconnect(socketPath: string, seconds: number, attach: (connection: Connection) => Promise<void>, given: () => boolean): Promise<Connection> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    let connection: Connection | undefined;
    try {
      connection = Connection.open(socketPath);
      await attach(connection);
      return connection;
    } catch (error) {
      connection?.close();
      if (given()) throw new DriverError('ENOTCONN', 'the device is closed');
      // A device that is there and refuses will refuse again.
      if (performance.now() > deadline || !(error instanceof DriverError) || error.code === 'EPROTO') throw error;
    }
    await delay(PAUSE);
  }
}
