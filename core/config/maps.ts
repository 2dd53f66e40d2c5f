import { z } from 'zod';
import { IdMap } from '../mapping/id-map.js';
import { ID_MAX } from '../mapping/id-ranges.js';
import { IdMaps } from '../mapping/id-maps.js';
import { parseXattrRules } from '../mapping/xattr-rules.js';

/** Schema of a list of rules that map user or group ids. */
export const idMap = () => z.array(z.string())
  .transform((rules, context) => IdMap.parse(rules, (index, message) => context.addIssue({ code: 'custom', path: [index], message })));

const SQUASH = 'must be HOST_UID:HOST_GID, or HOST_UID:HOST_GID:GUEST_UID:GUEST_GID, in quotes';

/** Schema of `1000:1000`: all guests are this user of the host, and see all as theirs: as the user after it, else as root. */
export const squash = () => z.string({ error: SQUASH }).transform((text, context) => {
  const ids = /^\d+:\d+(:\d+:\d+)?$/.test(text) ? text.split(':').map(Number) : [];
  const [uid, gid, guestUid = 0, guestGid = 0] = ids;
  if (uid !== undefined && gid !== undefined && Math.max(...ids) <= ID_MAX) return new IdMaps(IdMap.squash(uid, guestUid), IdMap.squash(gid, guestGid));
  context.addIssue(`${SQUASH}, not ${JSON.stringify(text)}`);
  return z.NEVER;
});

/** Schema of the rules that map names of extended attributes. */
export const xattrMap = () => z.string().transform((text, context) => {
  const rules = parseXattrRules(text);
  if (typeof rules !== 'string') return rules;
  context.addIssue(rules);
  return z.NEVER;
});
