import test from 'ava';
import fc from 'fast-check';
import { Errno } from '../../index.js';
import { XattrMap } from '../../core/mapping/xattr-map.js';
import { parseXattrRules } from '../../core/mapping/xattr-rules.js';
import { nameBytes, nameText } from '../../core/protocol/names.js';

function parse(text: string, acls = true): XattrMap {
  const rules = parseXattrRules(text);
  if (typeof rules === 'string') throw new Error(rules);
  return new XattrMap(rules, acls);
}

/** The host's name, or the errno. */
function toHost(map: XattrMap, name: string): string | number {
  const u8 = new Uint8Array(1024).fill(0xee);
  const bytes = nameBytes(name);
  u8.set(bytes, 600);
  const length = map.toHost(u8, 600, bytes.length, 3);
  if (length < 0) return length;
  if (u8[3 + length] !== 0) throw new Error('no NUL');
  return nameText(u8.subarray(3, 3 + length));
}

/** What a guest sees of the host's names. */
function toGuest(map: XattrMap, names: readonly string[]): string[] {
  const list = nameBytes(names.map((name) => `${name}\0`).join(''));
  const u8 = new Uint8Array(list.length + 10).fill(0xee);
  u8.set(list, 5);
  const size = map.listToGuest(u8, 5, list.length);
  untouched(u8.subarray(0, 5));
  untouched(u8.subarray(5 + list.length));
  return nameText(u8.subarray(5, 5 + size)).split('\0').slice(0, -1);
}

/** Nothing is written beside a list. */
function untouched(bytes: Uint8Array): void {
  if (bytes.some((byte) => byte !== 0xee)) throw new Error('written outside of the list');
}

const host = ['user.a', 'trusted.b', 'security.c', 'user.virtiofs.trusted.d', 'user.virtiofs.'];

const cases: [what: string, rules: string, guests: Record<string, string | number>, seen: string[]][] = [
  ['all prefixed', ':prefix:all::user.virtiofs.::bad:all:::', { 'user.a': 'user.virtiofs.user.a', 'user.virtiofs.x': 'user.virtiofs.user.virtiofs.x' }, ['trusted.d']],
  ['all prefixed by map', ':map::user.virtiofs.:', { 'user.a': 'user.virtiofs.user.a', 'trusted.': 'user.virtiofs.trusted.' }, ['trusted.d']],
  ['trusted prefixed', `/prefix/all/trusted./user.virtiofs./
      /bad/server//trusted./
      /bad/client/user.virtiofs.//
      /ok/all///`, { 'trusted.x': 'user.virtiofs.trusted.x', 'user.virtiofs.trusted.x': Errno.EPERM, 'security.c': 'security.c' }, ['user.a', 'security.c', 'trusted.d']],
  ['trusted prefixed by map', '/map/trusted./user.virtiofs./', { 'trusted.x': 'user.virtiofs.trusted.x', 'user.virtiofs.x': Errno.EPERM, 'user.a': 'user.a' }, ['user.a', 'security.c', 'trusted.d']],
  ['security hidden', '/bad/all/security./security./ /ok/all///', { 'security.x': Errno.EPERM, 'user.a': 'user.a' }, host.filter((name) => !name.startsWith('security'))],
  ['security unsupported', ':unsupported:all:security.:security.::ok:all:::', { 'security.x': Errno.EOPNOTSUPP, 'user.a': 'user.a' }, host.filter((name) => !name.startsWith('security'))],
  ['the first rule decides', ':ok:client:user.keep:: :bad:client:user.:: :ok:all:::', { 'user.keep.x': 'user.keep.x', 'user.a': Errno.EPERM, 'trusted.b': 'trusted.b' }, host],
  ['names beyond ASCII', ':prefix:all:user.é:user.ü.: :ok:all:::', { 'user.é\udcff': 'user.ü.user.é\udcff' }, host],
];

for (const [what, rules, guests, seen] of cases) {
  test(`${what}: ${rules.replace(/\s+/g, ' ')}`, (t) => {
    const map = parse(rules);
    for (const [name, becomes] of Object.entries(guests)) t.is(toHost(map, name), becomes, name);
    t.deepEqual(toGuest(map, host), seen);
  });
}

for (const [rules, sentence] of [
  ['', /no rule takes all other names of guests/],
  [':ok:client:::', /no rule takes all other names of the host/],
  [':ok:server:::', /no rule takes all other names of guests/],
  [':ok:all:user.::', /no rule takes all other names of guests/],
  [':ok:all:::x', /rule 2 is of type ""/],
  [':ok:all:: ', /rule 1 is incomplete/],
  [':map:user.:', /rule 1 is incomplete/],
  [':ok:all::: :prefiks:all:::', /rule 2 is of type "prefiks"; known: prefix, ok, bad, unsupported, map/],
  [':ok:both:::', /rule 1 has scope "both"; known: client, server, all/],
  [':map::a.: :ok:all:::', /rule 1 is a map and must be the last/],
  [':ok:all:\0::', /rule 1 has a NUL byte/],
] as const) {
  test(`refused: ${JSON.stringify(rules)}`, (t) => {
    t.regex(String(parseXattrRules(rules)), sentence);
  });
}

test('a name that grows too long is ERANGE', (t) => {
  const map = parse(':map::user.:');
  t.is(toHost(map, 'x'.repeat(250)), `user.${'x'.repeat(250)}`);
  t.is(toHost(map, 'x'.repeat(251)), Errno.ERANGE);
});

test('where ids are mapped, ACLs are refused and hidden on the host, and pass under another name', (t) => {
  const acl = 'system.posix_acl_access';
  t.is(toHost(parse(':ok:all:::', false), acl), Errno.EOPNOTSUPP);
  t.is(toHost(parse(':ok:all:::'), acl), acl);
  t.deepEqual(toGuest(parse(':ok:all:::', false), ['user.a', acl, 'user.b']), ['user.a', 'user.b']);
  const renamed = parse(':map:system.:user.virtiofs.:', false);
  t.is(toHost(renamed, acl), `user.virtiofs.${acl}`);
  t.deepEqual(toGuest(renamed, [acl, `user.virtiofs.${acl}`]), [acl]);
});

test('a single name can be asked for', (t) => {
  const names = [':ok:all:::', ':bad:all:::', ':map:user.:x.:', ':map::x.:'].map((text) => parse(text).hostName('security.capability'));
  t.deepEqual(names, ['security.capability', undefined, 'security.capability', 'x.security.capability']);
});

const name = fc.string({ unit: fc.constantFrom('a', '.', 'user.', 'trusted.', 'é', '\udc80'), minLength: 1, maxLength: 12 });

test('what guests set under a map, they list again; what the host set is hidden', (t) => {
  const map = parse(':map::user.virtiofs.:');
  fc.assert(fc.property(fc.uniqueArray(name), fc.array(name), (set, hidden) => {
    const there = [...set.map((name) => toHost(map, name) as string), ...hidden.filter((name) => !name.startsWith('user.virtiofs.'))];
    t.deepEqual(toGuest(map, there), set);
  }));
});

test('any bytes as a list give a list that is no longer, and nothing is written beside it', (t) => {
  const map = parse('/map/trusted./user./');
  const words = fc.array(fc.constantFrom('user.', 'trusted.', '\0', 'x', '\udcff'), { maxLength: 40 });
  fc.assert(fc.property(words, (parts) => {
    const list = nameBytes(parts.join(''));
    const u8 = new Uint8Array(list.length + 10).fill(0xee);
    u8.set(list, 5);
    const size = map.listToGuest(u8, 5, list.length);
    untouched(u8.subarray(0, 5));
    untouched(u8.subarray(5 + list.length));
    t.true(size >= 0 && size <= list.length && (size === 0 || u8[5 + size - 1] === 0));
  }));
});
