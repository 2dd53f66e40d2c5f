// Makes a clone ready to run: npm packages, Debian packages, native addon, TypeScript. Runs on Node 18 or later, without
// any dependency; a step that has nothing to do says so at once.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const inRoot = (...parts) => path.join(root, ...parts);
const node = inRoot('node_modules/node/bin/node');

/** A program that is needed, the Debian package that has it, and whether the project cannot do without. */
const PROGRAMS = [
  { program: 'g++', package: 'g++', needed: true },
  { program: 'make', package: 'make', needed: true },
  { program: 'python3', package: 'python3', needed: true },
  { program: 'linux.uml', package: 'user-mode-linux', needed: false },
  { program: 'fusermount3', package: 'fuse3', needed: false },
  { program: 'qemu-system-x86_64', package: 'qemu-system-x86', needed: false },
  ...Object.entries({ git: 'git', sqlite3: 'sqlite3', rsync: 'rsync', fio: 'fio', setfacl: 'acl', setfattr: 'attr', setcap: 'libcap2-bin' })
    .map(([program, name]) => ({ program, package: name, needed: false })),
];

function onPath(program) {
  return [...process.env.PATH.split(':'), '/usr/sbin', '/usr/bin'].some((dir) => {
    try {
      accessSync(path.join(dir, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program; its output is shown only when it fails. */
function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, ...options });
  if (result.status === 0) return true;
  process.stdout.write(`failed: ${command} ${args.join(' ')}\n${result.error ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`);
  return false;
}

/** Whether node_modules holds what the lock file names, by npm's own record of what it installed. */
function packagesInstalled() {
  const record = inRoot('node_modules/.package-lock.json');
  if (!existsSync(record) || !existsSync(node)) return false;
  const wanted = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(([name, { version, optional, peer }]) =>
    name === '' || installed[name]?.version === version || (!installed[name] && (optional || peer)));
}

function npmPackages() {
  if (packagesInstalled()) return 'up to date';
  return run('npm', ['ci', '--no-audit', '--no-fund']) && packagesInstalled() ? 'installed' : undefined;
}

function debianPackages() {
  const missing = PROGRAMS.filter(({ program }) => !onPath(program));
  if (!missing.length) return 'up to date';
  const names = missing.map((entry) => entry.package);
  const install = ['install', '-y', '--no-install-recommends', ...names];
  const environment = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  if (process.getuid() === 0 && onPath('apt-get') && run('apt-get', ['update', '-q'], environment) && run('apt-get', install, environment)) {
    return `installed ${names.join(', ')}`;
  }
  const advice = `missing; to install them, run: apt-get ${install.filter((word) => word !== '-y').join(' ')}`;
  if (missing.some(({ needed }) => needed)) {
    console.log(advice);
    return undefined;
  }
  return advice;
}

function nativeAddon() {
  const out = inRoot('native/build/Release/fusewire.node');
  const before = existsSync(out) ? statSync(out).mtimeMs : 0;
  if (!run(node, [inRoot('scripts/build-native.mjs')])) return undefined;
  return statSync(out).mtimeMs === before ? 'up to date' : 'built';
}

/** The time of the last change below a directory, of files and of the list of files. */
function changed(file) {
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(file).map((name) => changed(path.join(file, name))));
}

function typeScript() {
  const config = JSON.parse(readFileSync(inRoot('tsconfig.json'), 'utf8'));
  const sources = ['tsconfig.json', ...config.include.filter((name) => name !== 'native'), 'native/index.ts'].map((name) => inRoot(name));
  for (const name of readdirSync(inRoot('native'))) if (name.endsWith('.ts')) sources.push(inRoot('native', name));
  const built = inRoot('dist/.built');
  if (existsSync(built) && Math.max(...sources.filter(existsSync).map(changed)) < statSync(built).mtimeMs) return 'up to date';
  rmSync(inRoot('dist'), { recursive: true, force: true });
  if (!run(node, [inRoot('node_modules/typescript/bin/tsc'), '-p', '.'])) return undefined;
  writeFileSync(built, '');
  return 'built';
}

const STEPS = [
  ['npm packages', npmPackages],
  ['Debian packages', debianPackages],
  ['native addon', nativeAddon],
  ['TypeScript', typeScript],
];
for (const [index, [name, step]] of STEPS.entries()) {
  process.stdout.write(`set-up ${index + 1}/${STEPS.length}: ${name} ... `);
  const started = Date.now();
  const said = step();
  if (said === undefined) process.exit(1);
  const seconds = (Date.now() - started) / 1000;
  console.log(seconds < 1 ? said : `${said} (${seconds.toFixed(1)} s)`);
}
