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
  const parts = Object.values(options).flat().filter((part): part is Selection => typeof part === 'object' && part !== null && 'use' in part);
  return [...own, ...parts.flatMap((part) => served(part))];
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

/** Refuses a mountpoint inside of a directory that is served: whoever went in there would make the server wait for itself. */
export function refuseNesting(mounts: MountConfig[], context: z.RefinementCtx): void {
  const sources = mounts.flatMap(({ filesystem }) => served(filesystem));
  mounts.forEach((mount, index) => {
    for (const [path, { use, options }] of transportsOf(mount)) {
      const schema = parseContext()?.registry.transport(use)?.options;
      for (const mountpoint of marked('mountpoint', schema, (options ?? {}) as Record<string, unknown>)) {
        const source = sources.find((directory) => isInside(directory, mountpoint));
        if (source === undefined) continue;
        context.addIssue({ code: 'custom', path: [index, ...path, 'mountpoint'], message: `${mountpoint} lies inside ${source}, which is served` });
      }
    }
  });
}
