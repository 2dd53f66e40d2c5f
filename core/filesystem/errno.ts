import { constants } from 'node:os';

declare const errno: unique symbol;

/**
 * A Linux error as a value, negative as the kernel returns it: `Errno.ENOENT === -2`. Handlers return it; exceptions are
 * for bugs.
 */
export type Errno = number & { readonly [errno]: true };

type Names = keyof typeof constants.errno;

const table: Record<string, number> = {};
for (const [name, value] of Object.entries(constants.errno)) table[name] = -value;

/** All error names of errno(3) that this system knows. */
export const Errno = table as Readonly<Record<Names, Errno>>;

/** Of two names for one number the first counts: EAGAIN, EOPNOTSUPP. */
const names = new Map(Object.entries(table).map(([name, value]) => [value, name]).toReversed() as [number, string][]);

/** The name of an error number of either sign, such as `ENOENT`; `E` and the number when it has none. */
export function errnoName(value: number): string {
  return names.get(-Math.abs(value)) ?? `E${Math.abs(value)}`;
}

/** Brands a number that a native call returned below zero. */
export function asErrno(value: number): Errno {
  return value as Errno;
}
