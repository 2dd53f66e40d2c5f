import { realpathSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseContext } from './context.js';
import type { MountConfig } from './schema.js';
import { type Selection, transportsOf } from './selection.js';

/** The values of the options whose fields are marked `mark`, in the parts of a composed file system too. */
function marked(mark: string, schema: z.ZodType | undefined, options: Record<string, unknown>): string[] {
  const fields = schema instanceof z.ZodObject ? Object.entries(schema.shape) : [];
  const own = fields.filter(([, field]) => (field as z.ZodType).meta()?.[mark]).map(([key]) => String(options[key]));
  const parts = Object.values(options).flatMap(inside);
  return [...own, ...parts.flatMap((part) => served(part))];
}

/** The file systems that the value of an option selects: one, a list, or several by name. */
function inside(value: unknown): Selection[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('use' in value) return [value as Selection];
  return Object.values(value).filter((part): part is Selection => typeof part === 'object' && part !== null && 'use' in part);
}

function served({ use, options }: Selection): string[] {
  return marked('served', parseContext()?.registry.fileSystem(use)?.options, (options ?? {}) as Record<string, unknown>);
}

function isInside(directory: string, mountpoint: string): boolean {
  const way = path.relative(real(directory), real(mountpoint));
  return way !== '' && way !== '..' && !way.startsWith('../');
}

/** A dead mount (ENOTCONN) has no real path; its parent has. */
function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return path.join(realpathSync(path.dirname(file)), path.basename(file));
  }
}

/** The mountpoints of a mount, each with the key path at which the mount has it. */
function mountpoints(mount: Pick<MountConfig, 'transport'>): { path: PropertyKey[]; mountpoint: string }[] {
  return transportsOf(mount).flatMap(([path, { use, options }]) => {
    const schema = parseContext()?.registry.transport(use)?.options;
    return marked('mountpoint', schema, (options ?? {}) as Record<string, unknown>).map((mountpoint) => ({ path: [...path, 'mountpoint'], mountpoint }));
  });
}

/** Refuses a mountpoint inside of a directory that is served: whoever went in there would make the server wait for itself. */
export function refuseNesting(mounts: MountConfig[], context: z.RefinementCtx): void {
  const running = parseContext()?.running ?? [];
  const sources = [...running, ...mounts].flatMap(({ filesystem }) => served(filesystem));
  const refuse = (path: PropertyKey[], mountpoint: string, source: string) =>
    context.addIssue({ code: 'custom', path, message: `${mountpoint} lies inside ${source}, which is served` });
  mounts.forEach((mount, index) => {
    for (const { path, mountpoint } of mountpoints(mount)) {
      const source = sources.find((directory) => isInside(directory, mountpoint));
      if (source !== undefined) refuse([index, ...path], mountpoint, source);
    }
    for (const source of served(mount.filesystem)) {
      const inside = running.flatMap(mountpoints).find(({ mountpoint }) => isInside(source, mountpoint));
      if (inside) refuse([index, 'filesystem'], inside.mountpoint, source);
    }
  });
}

/** The same for further shares of a mount that is served. */
export function refuseNestedShares(shares: Readonly<Record<string, Selection>>, context: z.RefinementCtx): void {
  const taken = (parseContext()?.running ?? []).flatMap(mountpoints);
  for (const [name, share] of Object.entries(shares)) {
    for (const source of served(share)) {
      const found = taken.find(({ mountpoint }) => isInside(source, mountpoint));
      if (found) context.addIssue({ code: 'custom', path: [name], message: `${found.mountpoint} lies inside ${source}, which is served` });
    }
  }
}

/** The same for one more transport of a mount that is served. */
export function refuseNestedTransport(transport: Selection, context: z.RefinementCtx): void {
  const sources = (parseContext()?.running ?? []).flatMap(({ filesystem }) => served(filesystem));
  for (const { mountpoint } of mountpoints({ transport })) {
    const source = sources.find((directory) => isInside(directory, mountpoint));
    if (source !== undefined) context.addIssue({ code: 'custom', path: ['mountpoint'], message: `${mountpoint} lies inside ${source}, which is served` });
  }
}
