import { nameBytes } from '../protocol/names.js';

const ACTIONS = ['prefix', 'ok', 'bad', 'unsupported'] as const;
const SCOPES = ['client', 'server', 'all'] as const;

/** What becomes of a name that starts with `key` when it comes from a guest, with `prepend` when it comes from the host. */
export interface XattrRule {
  /** `prefix`: `prepend` is put before a guest's name and taken off a host's. `ok`: passes. Else: refused and hidden. */
  readonly action: (typeof ACTIONS)[number];
  readonly fromGuest: boolean;
  readonly fromHost: boolean;
  readonly key: Uint8Array;
  readonly prepend: Uint8Array;
}

/**
 * Parses rules in the language of virtiofsd's `--xattrmap` (doc/xattr-mapping.md there), `:type:scope:key:prepend:` or
 * `:map:key:prepend:`; a sentence about the first thing that is wrong.
 */
export function parseXattrRules(text: string): XattrRule[] | string {
  const rules: XattrRule[] = [];
  for (let rest = text.trim(); rest !== ''; rest = rest.trimStart()) {
    const separator = String.fromCodePoint(rest.codePointAt(0)!);
    const [, type = '', ...fields] = rest.split(separator);
    const about = `rule ${rules.length + 1}`;
    const used = type === 'map' ? 2 : 3;
    if (type !== 'map' && !isOneOf(ACTIONS, type)) return `${about} is of type "${type}"; known: ${ACTIONS.join(', ')}, map`;
    if (fields.length <= used) return `${about} is incomplete; a rule is ":type:scope:key:prepend:" or ":map:key:prepend:"`;
    const [scope, key, prepend] = (type === 'map' ? ['all', ...fields] : fields) as [string, string, string];
    if (!isOneOf(SCOPES, scope)) return `${about} has scope "${scope}"; known: ${SCOPES.join(', ')}`;
    if ((key + prepend).includes('\0')) return `${about} has a NUL byte`;
    rest = fields.slice(used).join(separator);
    if (type === 'map' && rest.trim() !== '') return `${about} is a map and must be the last`;
    rules.push(...type === 'map' ? expandMap(key, prepend) : [rule(type, scope, key, prepend)]);
  }
  if (!rules.some(({ fromGuest, key }) => fromGuest && key.length === 0)) return 'no rule takes all other names of guests; end with ":ok:all:::" or ":bad:all:::"';
  if (!rules.some(({ fromHost, prepend }) => fromHost && prepend.length === 0)) return 'no rule takes all other names of the host; end with ":ok:all:::" or ":bad:all:::"';
  return rules;
}

/** `map` stands for: prefix what starts with `key`; hide it where the host has it bare; keep guests from the prefixed names. */
function expandMap(key: string, prepend: string): XattrRule[] {
  const prefix = rule('prefix', 'all', key, prepend);
  return key === '' ? [prefix, rule('bad', 'all', '', '')] : [prefix, rule('bad', 'all', prepend, key), rule('ok', 'all', '', '')];
}

function rule(action: XattrRule['action'], scope: (typeof SCOPES)[number], key: string, prepend: string): XattrRule {
  return { action, fromGuest: scope !== 'server', fromHost: scope !== 'client', key: nameBytes(key), prepend: nameBytes(prepend) };
}

/** Names stay as they are. */
export const PASS_ALL: readonly XattrRule[] = [rule('ok', 'all', '', '')];
/** There are none. */
export const REFUSE_ALL: readonly XattrRule[] = [rule('unsupported', 'all', '', '')];

function isOneOf<T extends string>(known: readonly T[], text: string): text is T {
  return (known as readonly string[]).includes(text);
}
