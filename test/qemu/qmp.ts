import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** The monitor of a machine (QEMU's docs/interop/qmp-spec.rst). */
export class Qmp {
  private readonly waiting: ((answer: Answer) => void)[] = [];

  private constructor(private readonly socket: Socket) {
    createInterface(socket).on('line', (line) => {
      const message = JSON.parse(line) as Answer;
      if ('return' in message || 'error' in message) this.waiting.shift()?.(message);
    });
  }

  static async open(path: string): Promise<Qmp> {
    const socket = connect(path);
    await once(socket, 'connect');
    const qmp = new Qmp(socket);
    await qmp.run('qmp_capabilities');
    return qmp;
  }

  async run(execute: string, args: object = {}): Promise<unknown> {
    const answer = await new Promise<Answer>((resolve) => {
      this.waiting.push(resolve);
      this.socket.write(JSON.stringify({ execute, arguments: args }));
    });
    if (answer.error) throw new Error(`${execute}: ${answer.error.desc}`);
    return answer.return;
  }

  close(): void {
    this.socket.destroy();
  }
}
