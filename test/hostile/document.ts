import type { HostileCase } from './case.js';
import { requestCases, wireCases } from './cases/index.js';

const HEADINGS: Readonly<Record<string, string>> = {
  ring: 'Rings', message: 'vhost-user messages', session: 'Sessions and headers', name: 'Names', request: 'Requests',
};

const group = ({ name }: HostileCase): string => name.slice(0, name.indexOf(':'));

/** The tables of docs/hostile-guests.md, by heading. */
export function tables(): ReadonlyMap<string, string> {
  const rows = new Map<string, string[]>();
  for (const one of [...wireCases, ...requestCases]) {
    const heading = HEADINGS[group(one)]!;
    rows.set(heading, [...(rows.get(heading) ?? []), `| ${one.name.slice(group(one).length + 2)} | ${one.expected} |`]);
  }
  return new Map([...rows].map(([heading, lines]) => [heading, ['| what a guest sends | answer |', '|---|---|', ...lines].join('\n')]));
}
