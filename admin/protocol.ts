import { z } from 'zod';

/** Bytes of a request at most; a longer one ends the connection. */
export const LINE_MAX = 1 << 20;

/** Connections at once; one more is turned away. */
export const CONNECTIONS_MAX = 64;

/** A path of the server's host, from its root. */
const absolute = z.string().startsWith('/', 'must be an absolute path');
const name = z.string().min(1);

/** The methods and their parameters. `directory` is what relative paths of a config are relative to. */
export const methods = {
  list: z.strictObject({}),
  stats: z.strictObject({}),
  add: z.strictObject({ mount: z.unknown(), directory: absolute }),
  remove: z.strictObject({ name }),
  attach: z.strictObject({ name, transport: z.unknown(), directory: absolute }),
  detach: z.strictObject({ name, place: name }),
  addShares: z.strictObject({ name, shares: z.unknown(), directory: absolute }),
  removeShare: z.strictObject({ name, share: name }),
  diff: z.strictObject({ name }),
  commit: z.strictObject({ name, to: absolute.optional() }),
  discard: z.strictObject({ name }),
  snapshot: z.strictObject({ name }),
  export: z.strictObject({ name, to: absolute, format: z.enum(['oci', 'overlayfs']) }),
  import: z.strictObject({ name, from: absolute }),
} as const;

export type Method = keyof typeof methods;
export type Parameters<M extends Method> = z.output<(typeof methods)[M]>;

/** One request, a line of JSON. The answer to it has the same id; answers come in the order in which they are ready. */
export const request = z.strictObject({
  id: z.union([z.number(), z.string()]),
  method: z.enum(Object.keys(methods) as [Method, ...Method[]]),
  params: z.unknown().optional(),
});

/** What went wrong, as a user would be told; `path` leads to the key of `mount` or `transport` that is wrong. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly path?: readonly PropertyKey[];
}

/** One answer, a line of JSON. `id` is null when the request was none. */
export type Reply = { readonly id: number | string | null } & ({ readonly result: unknown } | { readonly error: Failure });
