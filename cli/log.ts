import { Option } from 'commander';
import { pino, type Logger } from 'pino';

/** The option of every command that serves. */
export const levelOption = () => new Option('--log-level <level>').choices(['debug', 'info', 'warn', 'error', 'silent']).default('info');

const LABELS: Record<number, string> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' };

/** One line for a person: time, level, message, fields. */
function readable(json: string): string {
  const { level, time, msg, pid: _pid, hostname: _hostname, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const at = new Date(Number(time)).toISOString().slice(11, 23);
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${at} ${(LABELS[Number(level)] ?? '').padEnd(5)} ${String(msg)}${rest.join('')}\n`;
}

/** The command's log, on stderr: lines for a person on a terminal, JSON elsewhere. */
export function createLog(level: string): Logger {
  const stderr = pino.destination({ dest: 2, sync: true });
  // A log that cannot be written is no reason to take a guest's share away.
  stderr.on('error', () => {});
  return pino({ level }, process.stderr.isTTY ? { write: (json: string) => void stderr.write(readable(json)) } : stderr);
}
