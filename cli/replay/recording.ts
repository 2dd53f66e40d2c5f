import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { RecordingInvalid, RecordingUnreadable } from '../../core/errors.js';
import type { TraceGap, TraceRecord, TraceStart } from '../../plugins/layers/trace/record.js';

export type Line = TraceStart | TraceRecord | TraceGap;

/** The lines of a recording, with their numbers. A last one that was cut off is not among them. */
export async function* recording(file: string): AsyncGenerator<{ number: number; line: Line }> {
  const stream = createReadStream(file, 'utf8');
  const failed = new Promise<never>((_, reject) => stream.once('error', (error: NodeJS.ErrnoException) => reject(RecordingUnreadable(file, error.code ?? error.message))));
  failed.catch(() => {});
  await Promise.race([failed, new Promise((resolve) => stream.once('open', resolve))]);
  let number = 0;
  let held: string | undefined;
  for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (held !== undefined) yield { number, line: parse(file, number, held)! };
    number++;
    held = text;
    if (number === 1 && !isStart(parse(file, number, text))) throw RecordingInvalid(file, 1, 'it does not begin as a recording does');
  }
  if (held === undefined) throw RecordingInvalid(file, 1, 'it is empty');
  const last = attempt(held);
  if (last) yield { number, line: last };
}

const isStart = (line: Line): boolean => 'trace' in line && line.trace === 1;

function parse(file: string, number: number, text: string): Line {
  const line = attempt(text);
  if (!line) throw RecordingInvalid(file, number, 'it is not a line of a recording');
  return line;
}

function attempt(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Partial<TraceRecord & TraceStart & TraceGap> | null;
    const record = typeof line?.op === 'string' && typeof line.node === 'number' && typeof line.args === 'object' && typeof line.answer === 'object';
    return record || typeof line?.trace === 'number' || typeof line?.dropped === 'number' ? line as Line : undefined;
  } catch {
    return undefined;
  }
}
