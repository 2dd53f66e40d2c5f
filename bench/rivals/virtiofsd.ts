import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cache } from '../places.js';

/** A program with the arguments that come before its own. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: string;
}

const SUITE = 'trixie';
const PACKAGES = ['virtiofsd', 'libc6', 'libgcc-s1', 'libcap-ng0', 'libseccomp2'];
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Of this machine's apt sources: the mirror of Debian's own packages. */
function mirror(): string {
  const targets = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI) $(CODENAME) $(COMPONENT)'], { encoding: 'utf8' });
  const line = targets.split('\n').find((target) => /\/debian\/? .* main$/.test(target) && !/security|updates/.test(target));
  if (!line) throw new Error('no Debian mirror in the sources of apt');
  return line.split(' ')[0];
}

/** Downloads the packages of the suite with their libraries, and unpacks them under `place`: nothing is installed. */
function fetchPackages(place: string): void {
  const apt = path.join(place, 'apt');
  const archives = path.join(apt, 'cache/archives');
  for (const folder of ['lists/partial', 'cache/archives/partial', 'parts']) mkdirSync(path.join(apt, folder), { recursive: true });
  writeFileSync(path.join(apt, 'status'), '');
  writeFileSync(path.join(apt, 'sources.list'), `deb [signed-by=${KEYRING}] ${mirror()} ${SUITE} main\n`);
  const options = Object.entries({
    'Dir::Etc::sourcelist': `${apt}/sources.list`, 'Dir::Etc::sourceparts': `${apt}/parts`, 'Dir::State::lists': `${apt}/lists`,
    'Dir::State::status': `${apt}/status`, 'Dir::Cache': `${apt}/cache`, 'APT::Sandbox::User': '',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  execFileSync('apt-get', ['-qq', ...options, 'update'], { stdio: 'pipe' });
  execFileSync('apt-get', ['-qq', ...options, 'download', ...PACKAGES], { cwd: archives, stdio: 'pipe' });
  for (const deb of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    execFileSync('dpkg', ['-x', path.join(archives, deb), path.join(place, 'root')]);
  }
}

function find(place: string, pattern: string): string | undefined {
  return globSync(pattern, { cwd: place }).map((file) => path.join(place, file)).find((file) => existsSync(file));
}

/** Rust virtiofsd: the system's, or Debian trixie's with its own libraries. Throws when it cannot be had. */
export function rustVirtiofsd(fetch: boolean): Program {
  const installed = ['/usr/libexec/virtiofsd', '/usr/bin/virtiofsd'].find((file) => existsSync(file));
  if (installed) return withVersion(installed, []);
  const place = cache('virtiofsd');
  if (!find(place, 'root/usr/libexec/virtiofsd')) {
    if (!fetch) throw new Error('apt-get install virtiofsd (Debian 13), or run npm run bench without --smoke, which fetches it');
    fetchPackages(place);
  }
  const loader = find(place, 'root/usr/lib*/**/ld-linux-*.so.*')!;
  const libraries = path.dirname(find(place, 'root/usr/lib*/**/libc.so.6')!);
  return withVersion(loader, ['--library-path', libraries, find(place, 'root/usr/libexec/virtiofsd')!]);
}

function withVersion(command: string, args: readonly string[]): Program {
  return { command, args, version: execFileSync(command, [...args, '--version'], { encoding: 'utf8' }).trim() };
}

/** C virtiofsd of QEMU 7.2. Throws when it is not installed. */
export function cVirtiofsd(): Program {
  const command = '/usr/lib/qemu/virtiofsd';
  if (!existsSync(command)) throw new Error('apt-get install qemu-system-common, of QEMU up to 7.2');
  return { command, args: [], version: execFileSync(command, ['--version'], { encoding: 'utf8' }).split('\n')[0] };
}
