import type { Receiver } from './receiver.js';

/** Turns taken in one go before other work of the event loop gets its own. */
const TURNS = 64;
/** Microseconds that one of several channels is watched before the next one has its turn. */
const SLICE = 4;

/**
 * The channels of this thread that have work, or had some a moment ago and are watched for more, each in its turn: a
 * channel's watch never keeps another one waiting for longer than a slice.
 */
class Loop {
  private readonly entered: Receiver[] = [];
  private running = false;
  private later = false;

  /** Answers what waits in `receiver` and what comes while it is watched; to be called again when it wakes this thread. */
  enter(receiver: Receiver): void {
    if (!receiver.entered) {
      receiver.entered = true;
      this.entered.push(receiver);
    }
    if (!this.running && !this.later) this.run();
  }

  /** The others keep their order; splice would make an array of what it takes out. */
  private leave(at: number): void {
    const { entered } = this;
    entered.copyWithin(at, at + 1);
    entered.pop();
  }

  private run(): void {
    const { entered } = this;
    this.running = true;
    for (let turn = 0, at = 0; turn < TURNS && entered.length > 0; turn++) {
      if (at >= entered.length) at = 0;
      const receiver = entered[at]!;
      const stays = receiver.turn(entered.length === 1 ? receiver.patience : Math.min(receiver.patience, SLICE));
      receiver.entered = stays;
      if (stays) at++;
      else this.leave(at);
    }
    this.running = false;
    if (entered.length === 0) return;
    this.later = true;
    setImmediate(() => {
      this.later = false;
      this.run();
    });
  }
}

export const loop = new Loop();
