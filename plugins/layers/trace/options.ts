import { z } from 'zod';
import { hostPath, size } from '../../../core/config/index.js';

export const traceOptions = z.object({
  file: hostPath().describe('file to append the recording to'),
  data: z.boolean().default(true).describe('keep the bytes that are written; false: only their number, and a replay writes zeros'),
  buffer: size().default(64 * 2 ** 20).describe('most bytes that wait to be written; what is more is dropped, and told'),
});

export type TraceOptions = z.output<typeof traceOptions>;
