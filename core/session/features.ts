import { InitFlag } from '../protocol/init-flag.js';

/** What a mount may do without, and the INIT flags that go with it. */
const FLAGS = {
  acl: [InitFlag.POSIX_ACL],
  killpriv: [InitFlag.HANDLE_KILLPRIV_V2, InitFlag.ATOMIC_O_TRUNC],
  readdirplus: [InitFlag.DO_READDIRPLUS, InitFlag.READDIRPLUS_AUTO],
  submounts: [InitFlag.SUBMOUNTS],
  xattr: [InitFlag.POSIX_ACL],
} satisfies Record<string, readonly InitFlag[]>;

export type Feature = keyof typeof FLAGS;

export const FEATURES = Object.keys(FLAGS) as [Feature, ...Feature[]];

/** The INIT flags that are not agreed to where these features are off. */
export function flagsOff(features: readonly Feature[]): ReadonlySet<InitFlag> {
  return new Set(features.flatMap((feature): readonly InitFlag[] => FLAGS[feature]));
}
