import type { z } from 'zod';
import { parseContext } from './context.js';
import type { MountConfig } from './schema.js';
import { exclusiveKeys, type Selection, transportsOf } from './selection.js';

/** Names, sockets and mountpoints, and who has them. */
class Claims {
  private readonly owners = new Map<string, string>();

  /** Who had it before; undefined: now `owner` has. */
  claim(what: string, value: unknown, owner: string): string | undefined {
    const first = this.owners.get(`${what}:${value}`);
    if (first === undefined) this.owners.set(`${what}:${value}`, owner);
    return first;
  }

  /** Calls `taken` with each key of the transport that somebody has. */
  transport({ use, options }: Selection, owner: string, taken?: (key: string, message: string) => void): void {
    for (const key of exclusiveKeys(parseContext()?.registry.transport(use)?.options)) {
      const value = (options as Record<string, unknown>)[key];
      const first = this.claim(key, value, owner);
      if (first !== undefined) taken?.(key, `${first} has the same ${key}, ${value}`);
    }
  }
}

/** What the mounts that are served already have. */
function claimed(): Claims {
  const claims = new Claims();
  for (const mount of parseContext()?.running ?? []) {
    const owner = `the mount "${mount.name}", which is served,`;
    claims.claim('name', mount.name, owner);
    for (const [, transport] of transportsOf(mount)) claims.transport(transport, owner);
  }
  return claims;
}

export function refuseDuplicates(mounts: MountConfig[], context: z.RefinementCtx): void {
  const claims = claimed();
  mounts.forEach((mount, index) => {
    const first = claims.claim('name', mount.name, `mounts[${index}]`);
    if (first !== undefined) context.addIssue({ code: 'custom', path: [index, 'name'], message: `${first} has the same name, ${mount.name}` });
    for (const [path, transport] of transportsOf(mount)) {
      claims.transport(transport, `mounts[${index}]`, (key, message) => context.addIssue({ code: 'custom', path: [index, ...path, key], message }));
    }
  });
}

/** The same for one more transport of a mount that is served. */
export function refuseDuplicateTransport(transport: Selection, context: z.RefinementCtx): void {
  claimed().transport(transport, 'it', (key, message) => context.addIssue({ code: 'custom', path: [key], message }));
}
