/**
 * Work that goes on at once as long as what it asks answers at once, and waits for a promise where it has to: a generator
 * that yields the promises.
 */
export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** Waits for an answer inside of steps: `const entry = yield* wait(client.lookup(node, name))`. */
export function* wait<T>(answer: T | Promise<T>): Steps<T> {
  return answer instanceof Promise ? (yield answer) as T : answer;
}

/** Takes all steps; a promise only when one of them had to wait. */
export function run<T>(steps: Steps<T>): T | Promise<T> {
  const step = steps.next();
  return step.done ? step.value : later(steps, step.value);
}

async function later<T>(steps: Steps<T>, promise: Promise<unknown>): Promise<T> {
  for (let waiting = promise; ; ) {
    let step: IteratorResult<Promise<unknown>, T>;
    try {
      const answer = await waiting;
      step = steps.next(answer);
    } catch (error) {
      step = steps.throw(error);
    }
    if (step.done) return step.value;
    waiting = step.value;
  }
}
