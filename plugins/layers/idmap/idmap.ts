import { Handles, Options } from '../../../core/filesystem/decorators.js';
import { asErrno, Errno } from '../../../core/filesystem/errno.js';
import type { Handlers } from '../../../core/filesystem/handlers.js';
import { type AnsweredOpcode, Inner, Layer, type LayerInstance, type WrappedHandler, Wraps } from '../../../core/filesystem/layer.js';
import type { Request } from '../../../core/filesystem/request.js';
import type * as r from '../../../core/filesystem/requests/index.js';
import type { Traits } from '../../../core/filesystem/traits.js';
import { IdMaps } from '../../../core/mapping/id-maps.js';
import { XattrMap } from '../../../core/mapping/xattr-map.js';
import { PASS_ALL } from '../../../core/mapping/xattr-rules.js';
import { Opcode } from '../../../core/protocol/opcode.js';
import { type IdmapOptions, idmapOptions } from './options.js';

const ACL = 'system.posix_acl_';
/** It tells a `Release`, which names nobody. */
const NAMELESS: ReadonlySet<Opcode> = new Set([Opcode.RELEASE, Opcode.RELEASEDIR]);

/**
 * Maps user and group ids between what is around it and what is within, by the rules of the mount's `uidMap` and `gidMap`.
 * ACLs hold ids that would have to be mapped, too: they are hidden and refused.
 */
@Layer({ name: 'idmap', options: idmapOptions, description: 'maps user and group ids by rules' })
export class IdmapLayer implements LayerInstance {
  readonly traits: Traits = { posixAcl: false };
  private readonly maps: IdMaps;
  private readonly withoutAcls = new XattrMap(PASS_ALL, false);

  constructor(@Options() { squash, uidMap, gidMap }: IdmapOptions, @Inner() private readonly inner: Handlers) {
    this.maps = squash ?? new IdMaps(uidMap, gidMap);
  }

  @Wraps() wrap(opcode: AnsweredOpcode, next: WrappedHandler): WrappedHandler {
    if (NAMELESS.has(opcode)) return next;
    return (request) => {
      const error = (request as Request<unknown>).enter(this.maps);
      return error < 0 ? asErrno(error) : next(request);
    };
  }

  @Handles(Opcode.GETXATTR) getxattr(request: r.GetxattrRequest) {
    return request.name.startsWith(ACL) ? Errno.EOPNOTSUPP : this.inner[Opcode.GETXATTR](request);
  }
  @Handles(Opcode.SETXATTR) setxattr(request: r.SetxattrRequest) {
    return request.name.startsWith(ACL) ? Errno.EOPNOTSUPP : this.inner[Opcode.SETXATTR](request);
  }
  @Handles(Opcode.REMOVEXATTR) removexattr(request: r.RemovexattrRequest) {
    return request.name.startsWith(ACL) ? Errno.EOPNOTSUPP : this.inner[Opcode.REMOVEXATTR](request);
  }
  @Handles(Opcode.LISTXATTR) listxattr(request: r.ListxattrRequest) {
    request.hide(this.withoutAcls);
    return this.inner[Opcode.LISTXATTR](request);
  }
}
