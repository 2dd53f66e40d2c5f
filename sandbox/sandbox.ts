import type { Config, Places, PluginTable } from '../core/config/index.js';
import { placesOf } from '../core/config/index.js';
import { SandboxUnavailable } from '../core/errors.js';
import { errnoName } from '../core/filesystem/errno.js';
import type { Log } from '../core/log.js';
import { Limit, opensByPathOnly, ownCapabilities } from '../native/confine.js';
import { native } from '../native/index.js';
import { bits, changed, names, neededCapabilities } from './capabilities.js';
import { landlockVersion, ruleset } from './landlock.js';
import { outermost, usedDirectories } from './places.js';
import { type Ground, plan, type Plan } from './plan.js';

/**
 * Takes from this process what it does not need for its config: in two steps, as sources and sockets are opened in between.
 * All of its threads are confined, and nothing can be taken back.
 */
export class Sandbox {
  private readonly places: Places;
  private readonly plan: Plan;
  private readonly measures: string[] = [];

  constructor(private readonly config: Config, registry: PluginTable, private readonly log: Log, isBuiltIn: Ground['isBuiltIn']) {
    this.places = placesOf(config, registry);
    this.plan = plan(config, this.places, { root: process.geteuid!() === 0, landlock: landlockVersion(), isBuiltIn });
    this.isBuiltIn = isBuiltIn;
  }
  private readonly isBuiltIn: Ground['isBuiltIn'];

  /** Before anything is opened: a root of its own, where the config asks for one. Throws `SandboxUnavailable`. */
  enter(): void {
    const { sandbox, metrics, admin } = this.config;
    if (sandbox === 'auto' || sandbox === 'none') return;
    if (this.places.mountpoints.length > 0) throw SandboxUnavailable(sandbox, 'nobody would see what is mounted in there');
    if (admin !== undefined && !this.config.sandboxPaths) throw SandboxUnavailable(sandbox, 'directories may be added by the admin socket', 'name where they may be with sandboxPaths');
    if (sandbox === 'namespace') this.isolate(metrics !== undefined && 'port' in metrics);
    else if (this.places.served.length !== 1 || admin !== undefined) throw SandboxUnavailable(sandbox, 'one directory that is served is to become the root', 'use namespace');
  }

  private isolate(network: boolean): void {
    const directories = outermost(['/proc', ...usedDirectories(this.config, this.places)]);
    if (directories.includes('/')) throw SandboxUnavailable('namespace', 'the root directory of this host is served');
    check('namespace', native.isolateThreads(Buffer.from(`${directories.join('\0')}\0`), network ? 1 : 0));
    this.measures.push(network ? 'namespaces of mounts and IPC' : 'namespaces of mounts, IPC and network');
  }

  /** Once everything serves: all that is done without an own root. Throws `SandboxUnavailable`. */
  confine(): void {
    const { sandbox, modcaps } = this.config;
    if (sandbox === 'none') return;
    native.setLimit(Limit.CORE, 0);
    const rules = this.rules();
    if (sandbox === 'chroot') {
      check(sandbox, native.changeRoot(this.places.served[0]!.directory));
      this.measures.push('chroot');
    }
    const needed = changed(neededCapabilities(this.places, this.plan.grows, this.isBuiltIn), modcaps);
    const kept = bits(needed) & ownCapabilities();
    const word = (shift: bigint): number => Number((kept >> shift) & 0xffff_ffffn);
    check(sandbox, native.confineThreads(rules, this.plan.noNewPrivileges ? 1 : 0, 1, word(0n), word(32n)));
    if (rules >= 0) {
      native.closeFd(rules);
      opensByPathOnly();
      this.measures.push('Landlock');
    }
    if (this.plan.noNewPrivileges) this.measures.push('no_new_privs');
    const capabilities = names(kept).join(' ') || 'none';
    const { leftOut } = this.plan;
    this.log.info({ sandbox, by: this.measures.join(', '), capabilities, ...leftOut.length > 0 && { without: leftOut.join('; ') } }, 'confined');
  }

  /** The rule set of Landlock, made while all paths can be reached; -1 for none. */
  private rules(): number {
    if (!this.plan.rules) return -1;
    return check(this.config.sandbox, ruleset(this.plan.rules));
  }
}

function check(mode: string, result: number): number {
  if (result < 0) throw SandboxUnavailable(mode, errnoName(result));
  return result;
}
