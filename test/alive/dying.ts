import { existsSync, readFileSync, unlinkSync } from 'node:fs';
import { z } from 'zod';
import { FileSystem, handledOpcodes, Nodes, Options } from '../../core/filesystem/decorators.js';
import type { NodeTable } from '../../core/filesystem/nodes.js';
import { Opcode } from '../../core/protocol/opcode.js';
import { Passthrough } from '../../plugins/passthrough/passthrough.js';
import { type PassthroughOptions, passthroughOptions } from '../../plugins/passthrough/options.js';

const dyingOptions = passthroughOptions.extend({
  /** A file that says, when it is there, in which request the process is to die: `MKDIR after` its handler, or `before`. */
  plan: z.string(),
});

/** Shares a directory, and is killed in the midst of a request. */
@FileSystem({ name: 'dying', options: dyingOptions, checksAccess: true, killsPrivileges: true, posixAcl: true })
export class Dying extends Passthrough {
  constructor(@Options() options: PassthroughOptions & z.output<typeof dyingOptions>, @Nodes() nodes: NodeTable) {
    super(options, nodes);
    const handlers = this as unknown as Record<string, (request: unknown) => unknown>;
    for (const [opcode, method] of handledOpcodes(Dying)) {
      const handler = handlers[method].bind(this);
      handlers[method] = (request) => {
        const [planned, when] = existsSync(options.plan) ? readFileSync(options.plan, 'utf8').split(' ') : [];
        if (planned !== Opcode[opcode]) return handler(request);
        unlinkSync(options.plan);
        if (when === 'after') handler(request);
        process.kill(process.pid, 'SIGKILL');
        return undefined;
      };
    }
  }
}
