/** What the device answers to a message that it will not or cannot follow; logged, and told to a front-end that waits. */
export class Refusal {
  constructor(readonly reason: string) {}
}
