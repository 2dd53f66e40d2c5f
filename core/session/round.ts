import type { Receiver } from './receiver.js';

/** The channels of one guest that have work or are watched for it; each has its turn. */
export class Round {
  readonly receivers: Receiver[] = [];
  private at = 0;

  /** The one whose turn it is; not to be called when there is none. */
  next(): Receiver {
    if (this.at >= this.receivers.length) this.at = 0;
    return this.receivers[this.at]!;
  }

  /** `next` has had its turn, and stays or leaves. The others keep their order; splice would make an array of what it takes out. */
  had(stays: boolean): void {
    if (stays) this.at++;
    else {
      this.receivers.copyWithin(this.at, this.at + 1);
      this.receivers.pop();
    }
  }
}
