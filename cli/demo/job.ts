/** The directory that the job makes in the share, with one large and many small files. */
export const WORK = '.fusewire-demo';
export const LARGE = 64 * 2 ** 20;
export const SMALL = 500;

/** One step as the other side saw it: how long it took, and what it found (a SHA-256). */
export interface Step {
  milliseconds: number;
  found: string;
}

/** What the other side, a guest or the user-space driver, did with the share. */
export interface JobResult {
  /** How the share was reached, for the table. */
  reached: { what: string; result: string; milliseconds: number }[];
  /** All names, but for those in WORK. */
  list: Step;
  /** The data of all files. */
  read: Step;
  /** WORK/large: LARGE random bytes. */
  write: Step;
  /** WORK/0 … WORK/499: each its number and a newline. */
  create: Step;
}
