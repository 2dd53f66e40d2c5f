/** The exit codes of a process that these end, as a shell tells them. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Resolves at the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let seen = false;
    for (const [signal, code] of Object.entries(CODES) as [keyof typeof CODES, number][]) {
      process.on(signal, () => {
        if (seen) process.exit(code);
        seen = true;
        resolve(signal);
      });
    }
  });
}
