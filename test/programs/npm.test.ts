import path from 'node:path';
import { root } from '../cli/run.js';
import { onMount } from './mounted.js';

/** Installed packages of the project, packed again, so that no registry is asked. */
const PACKAGES = ['zod', 'yaml', 'commander', 'reflect-metadata'];

onMount('npm ci installs a project, and again', ['npm'], async (t, { sh }) => {
  const packages = PACKAGES.map((name) => path.join(root, 'node_modules', name)).join(' ');
  await sh(`mkdir -p "$OUTSIDE/packages"; npm pack --ignore-scripts --silent --pack-destination "$OUTSIDE/packages" ${packages}
    mkdir project; cd project; npm init -y > /dev/null; npm install --offline --no-audit --no-fund --silent "$OUTSIDE"/packages/*.tgz`);
  for (const _ of ['over what is installed', 'again']) {
    await sh('cd project; npm ci --offline --no-audit --no-fund --silent');
    for (const name of PACKAGES) t.is(await sh(`diff -r project/node_modules/${name} ${root}/node_modules/${name}`), '');
  }
  t.is(await sh(`cd project; node -e 'console.log(require("zod").z.string().parse("works"))'; ls -1 node_modules/.bin`), 'works\nyaml');
});
