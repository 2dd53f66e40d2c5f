import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Of this machine's apt sources: the mirror of Debian's own packages, and the release it is of. */
function mirror(): { uri: string; suite: string } {
  const targets = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME) $(COMPONENT)'], { encoding: 'utf8' });
  const line = targets.split('\n').find((target) => /\/debian\/? .* main$/.test(target) && !/security|updates/.test(target));
  if (!line) throw new Error('no Debian mirror in the sources of apt');
  const [uri, suite] = line.split(' ');
  return { uri, suite };
}

/** What apt-get needs to work in a folder of its own, so that nothing of the system changes. */
function privateApt(place: string, suite: string | undefined): string[] {
  const own = mirror();
  const from = `[signed-by=${KEYRING}] ${own.uri} ${suite ?? own.suite} main`;
  for (const folder of ['lists/partial', 'cache/archives/partial', 'parts']) mkdirSync(path.join(place, folder), { recursive: true });
  writeFileSync(path.join(place, 'status'), '');
  writeFileSync(path.join(place, 'sources.list'), `deb ${from}\ndeb-src ${from}\n`);
  const options = Object.entries({
    'Dir::Etc::sourcelist': `${place}/sources.list`, 'Dir::Etc::sourceparts': `${place}/parts`, 'Dir::State::lists': `${place}/lists`,
    'Dir::State::status': `${place}/status`, 'Dir::Cache': `${place}/cache`, 'APT::Sandbox::User': '',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  execFileSync('apt-get', ['-qq', ...options, 'update'], { stdio: 'pipe' });
  return options;
}

/** Fetches something; when that fails, the error says how to install it instead. */
export function fetched(how: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw new Error(`${how} (it cannot be fetched: ${(cause as Error).message.split('\n')[0]})`, { cause });
  }
}

/**
 * Downloads packages and unpacks them under `place`/root: nothing is installed. `suite`: of another release than the system's;
 * `whole`: with all that they depend on.
 */
export function fetchPackages(place: string, packages: readonly string[], suite?: string, whole = false): void {
  const apt = path.join(place, 'apt');
  const options = privateApt(apt, suite);
  const archives = path.join(apt, 'cache/archives');
  const download = whole ? ['install', '-y', '--no-install-recommends', '--download-only'] : ['download'];
  execFileSync('apt-get', ['-qq', ...options, ...download, ...packages], { cwd: archives, stdio: 'pipe' });
  for (const deb of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg', ['-x', path.join(archives, deb), path.join(place, 'root')]);
  }
}

/** The package that a package which is empty itself stands for: the first one it depends on whose name begins so. */
export function packageBehind(place: string, name: string, begins: string, suite?: string): string {
  const options = privateApt(path.join(place, 'apt'), suite);
  const found = new RegExp(`^ *Depends: (${begins}\\S+)$`, 'm').exec(execFileSync('apt-cache', [...options, 'depends', name], { encoding: 'utf8' }))?.[1];
  if (found === undefined) throw new Error(`no ${begins}... behind ${name}`);
  return found;
}

/** Downloads a source package and unpacks it as `place`/source. */
export function fetchSource(place: string, name: string): void {
  const options = privateApt(path.join(place, 'apt'), undefined);
  execFileSync('apt-get', ['-qq', ...options, '--download-only', 'source', name], { cwd: place, stdio: 'pipe' });
  const description = readdirSync(place).find((file) => file.endsWith('.dsc'))!;
  execFileSync('dpkg-source', ['--no-check', '-x', description, 'source'], { cwd: place, stdio: 'pipe' });
}
