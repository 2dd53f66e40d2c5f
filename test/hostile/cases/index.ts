import type { HostileCase } from '../case.js';
import { fuseCases } from './fuse.js';
import { messageCases } from './messages.js';
import { nameCases } from './names.js';
import { ringCases } from './rings.js';
import { sessionCases } from './session.js';

/** What happens before a request reaches a session is the same with shortcuts and without. */
export const wireCases: readonly HostileCase[] = [...ringCases, ...messageCases];
/** These have the same answers with shortcuts and without. */
export const requestCases: readonly HostileCase[] = [...sessionCases, ...nameCases, ...fuseCases];
