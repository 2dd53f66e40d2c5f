import { z } from 'zod';

const BYTES: Record<string, number> = {
  '': 1, b: 1,
  k: 2 ** 10, kib: 2 ** 10, kb: 1e3,
  m: 2 ** 20, mib: 2 ** 20, mb: 1e6,
  g: 2 ** 30, gib: 2 ** 30, gb: 1e9,
  t: 2 ** 40, tib: 2 ** 40, tb: 1e12,
};
const SECONDS: Record<string, number> = { '': 1, us: 1e-6, ms: 1e-3, s: 1, m: 60, min: 60, h: 3600, d: 86400 };

function quantity(text: unknown, units: Record<string, number>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(text).trim());
  const unit = match && units[match[2]!.toLowerCase()];
  return unit ? Number(match[1]) * unit : undefined;
}

/** Bytes in `512MiB`, `10GB`, `4k` (binary, as mount(8) has it) or a plain number; undefined when it is no size. */
export function parseSize(text: unknown): number | undefined {
  const bytes = quantity(text, BYTES);
  return bytes !== undefined && Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : undefined;
}

/** Seconds in `50us`, `500ms`, `1s`, `2m`, `1h`, `1d` or a plain number of seconds; undefined when it is no duration. */
export function parseDuration(text: unknown): number | undefined {
  const seconds = quantity(text, SECONDS);
  return seconds !== undefined && Number.isFinite(seconds) ? seconds : undefined;
}

function unit(kind: string, example: string, parse: (text: unknown) => number | undefined) {
  return z.union([z.string(), z.number()], { error: `must be a ${kind} such as ${example}` })
    .transform((text, context) => parse(text) ?? (context.addIssue(`must be a ${kind} such as ${example}, not ${JSON.stringify(text)}`), z.NEVER));
}

/** Schema of a size in bytes. */
export const size = () => unit('size', '512MiB', parseSize);

/** Schema of a duration in seconds. */
export const duration = () => unit('duration', '1s or 500ms', parseDuration);
