import { z } from 'zod';
import { idMap, squash } from '../../../core/config/maps.js';

export const idmapOptions = z.object({
  uidMap: idMap().optional().describe('rules that map user ids, such as map:0:100000:65536'),
  gidMap: idMap().optional().describe('the same for group ids'),
  squash: squash().optional().describe('HOST_UID:HOST_GID that all guests act as; not beside the others'),
}).refine(({ uidMap, gidMap, squash }) => !squash || !(uidMap || gidMap), { path: ['squash'], error: 'cannot go with uidMap or gidMap' });

export type IdmapOptions = z.output<typeof idmapOptions>;
