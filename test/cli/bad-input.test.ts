import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { fusewire, temporary } from './run.js';

const CONFIG = `mounts:
  - name: w
    transport: { use: virtiofs, socket: ./w.sock, tag: w }
    filesystem: { use: passthrough, source: ./project }
`;
const LONG = `/tmp/${'s'.repeat(108)}`;

const cases: [what: string, args: string[], message: RegExp, config?: string][] = [
  ['a word too many', ['serve', 'fusewire.yaml'], /^fusewire: too many arguments for 'serve'.*\n  see: fusewire serve --help$/m, CONFIG],
  ['an unknown option', ['serve', '--confg'], /^fusewire: unknown option '--confg'\n/, CONFIG],
  ['an unknown key', ['serve'], /fusewire.yaml:5:5: mounts\[0\].cahce: unknown key\n.*did you mean "cache"/, CONFIG + '    cahce: none\n'],
  ['a missing source directory', ['serve'], /:4:\d+: mounts\[0\].filesystem.source: there is no directory/, CONFIG.replace('./project', './nowhere')],
  ['a long tag', ['serve'], /transport.tag: the tag has 37 bytes, the limit is 36/, CONFIG.replace('tag: w', `tag: ${'t'.repeat(37)}`)],
  ['an empty tag', ['serve'], /transport.tag: the tag must not be empty/, CONFIG.replace('tag: w', 'tag: ""')],
  ['a long socket path', ['serve'], /transport.socket: the socket's path has 113 bytes, the limit is 107/, CONFIG.replace('./w.sock', LONG)],
  ['an unknown plugin', ['serve'], /unknown file system "pasthru"\n.*did you mean "passthrough"/, CONFIG.replace('passthrough', 'pasthru')],
  ['an unknown transport', ['serve'], /unknown transport "virtio"\n.*did you mean "virtiofs"/, CONFIG.replace('virtiofs', 'virtio')],
  ['a plugin without default export', ['serve'], /plugin ".\/empty.mjs" has no default export/, CONFIG.replace('passthrough, source: ./project', './empty.mjs')],
  ['a plugin that is no file system', ['serve'], /"?.\/class.mjs"?.*@FileSystem/, CONFIG.replace('passthrough, source: ./project', './class.mjs')],
  ['a wrong option type', ['serve'], /transport.queues: must be a number, not "two"/, CONFIG.replace('tag: w', 'tag: w, queues: two')],
  ['aliases that multiply without end', ['serve'], /fusewire.yaml:1:1: .*alias/, `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f'].map((key, i) => `${key}: &${key} [${Array.from({ length: 9 }, () => `*${'abcde'[i]}`).join(', ')}]`).join('\n')}\n`],
  ['a socket in a directory that is not there', ['check'], /fusewire.yaml:3:\d+: mounts\[0\].transport.socket: there is no directory .*\/nowhere$/m, CONFIG.replace('./w.sock', './nowhere/w.sock')],
  ['a file where the socket should be', ['check'], /transport.socket: .*\/empty.mjs exists, and is no socket/, CONFIG.replace('./w.sock', './empty.mjs')],
  ['too small a number', ['serve'], /filesystem.fds: must be at least 64, not -1$/m, CONFIG.replace('./project', './project, fds: -1')],
  ['too large a number', ['serve'], /transport.queues: must be at most 63, not 64$/m, CONFIG.replace('tag: w', 'tag: w, queues: 64')],
  ['a word that is no boolean', ['serve'], /filesystem.readonly: must be true or false, not "yes"$/m, CONFIG.replace('./project', './project, readonly: yes')],
  ['a number where a string belongs', ['serve'], /transport.tag: must be a string, not 5\n.*in quotes/, CONFIG.replace('tag: w', 'tag: 5')],
  ['a path with a NUL byte', ['serve'], /filesystem.source: must not hold a NUL byte/, CONFIG.replace('./project', '"a\\0b"')],
  ['a plugin that throws nothing', ['serve'], /plugin ".\/throws.mjs" cannot be loaded: it throws null/, CONFIG.replace('passthrough, source: ./project', './throws.mjs')],
  ['a plugin that is not there', ['serve'], /plugin ".\/gone.mjs" cannot be loaded: there is no file .*\/gone.mjs$/m, CONFIG.replace('passthrough, source: ./project', './gone.mjs')],
  ['a directory as plugin', ['serve'], /plugin ".\/project" cannot be loaded: .*\/project is a directory/, CONFIG.replace('passthrough, source: ./project', './project')],
  ['a path of a plugin without ./', ['serve'], /plugin "project\/own.mjs" cannot be loaded: as a path it is ".\/project\/own.mjs"/, CONFIG.replace('passthrough, source: ./project', 'project/own.mjs')],
  ['a config of a hundred megabytes', ['check', '-c', 'huge'], /\/huge: cannot be read: it has more than 1048576 bytes/],
  ['a config that is a directory', ['check', '-c', 'project'], /\/project: cannot be read: it is a directory/],
  ['a config that is no text', ['check', '-c', 'binary'], /^fusewire: binary:\d+:\d+: .{1,200}$/m],
  ['two documents in a config', ['serve'], /fusewire.yaml:5:1: a second document starts here; a config is one/, `${CONFIG}---\n${CONFIG}`],
  ['the root directory as mountpoint', ['share', 'project', '--mount', '/'], /--mount: the root directory cannot be mounted over/],
  ['writeback where nothing is kept', ['share', 'project', '--socket', 's.sock', '--cache', 'none', '--writeback'], /--writeback: needs `cache: auto` or `cache: always`/],
  ['a timeout beyond all bounds', ['share', 'project', '--socket', 's.sock', '--cache-timeout', '99999999999h'], /--cache-timeout: is too long/],
  ['a rule that maps no ids', ['serve'], /fusewire.yaml:5:\d+: mounts\[0\].uidMap\[1\]: "mop:0:0:1" is no rule; known: map, guest,/, CONFIG + '    uidMap: ["map:0:1000:1", "mop:0:0:1"]\n'],
  ['rules that overlap', ['serve'], /mounts\[0\].gidMap\[1\]: overlaps rule 1 in the guest's ids/, CONFIG + '    gidMap: ["guest:0:0:9", "guest:8:20:1"]\n'],
  ['a squash that is none', ['serve'], /mounts\[0\].squash: must be HOST_UID:HOST_GID, .*, not "root"/, CONFIG + '    squash: root\n'],
  ['a squash beside rules', ['serve'], /mounts\[0\].squash: cannot go with uidMap or gidMap/, CONFIG + '    squash: "0:0"\n    uidMap: ["map:0:0:1"]\n'],
  ['rules for attributes that leave names over', ['serve'], /mounts\[0\].xattrMap: no rule takes all other names of guests/, CONFIG + '    xattrMap: ":ok:all:user.::"\n'],
  ['a config file that is not there', ['serve', '-c', 'gone.yaml'], /gone.yaml: cannot be read: there is no such file/],
  ['a config that check refuses as serve does', ['check', '-c', 'fusewire.yaml'], /mounts\[0\].cahce: unknown key/, CONFIG + '    cahce: none\n'],
  ['no directory to share', ['share', 'nowhere', '--socket', 's.sock'], /DIR: there is no directory/],
  ['an empty tag on the command line', ['share', 'project', '--socket', 's.sock', '--tag', ''], /--tag: the tag must not be empty/],
  ['a long tag on the command line', ['share', 'project', '--socket', 's.sock', '--tag', 't'.repeat(37)], /--tag: the tag has 37 bytes/],
  ['a long socket path on the command line', ['share', 'project', '--socket', LONG], /--socket: the socket's path has 113 bytes/],
  ['a wrong cache mode', ['share', 'project', '--socket', 's.sock', '--cache', 'never'], /--cache: must not be "never"/],
  ['a wrong number of queues', ['share', 'project', '--socket', 's.sock', '--queues', 'two'], /--queues: must be a number, not "two"/],
  ['a rule that maps no ids on the command line', ['share', 'project', '--socket', 's.sock', '--translate-uid', 'map:0:0:1', '--translate-uid', 'map:0'], /--translate-uid: map takes 3 numbers: "map:0"/],
  ['rules for attributes on the command line', ['share', 'project', '--socket', 's.sock', '--xattrmap', ':map:user.'], /--xattrmap: rule 1 is incomplete/],
  ['a squash on the command line', ['share', 'project', '--socket', 's.sock', '--squash', '1000'], /--squash: must be HOST_UID:HOST_GID/],
  ['a mountpoint that is not there', ['share', 'project', '--mount', 'nowhere'], /--mount: there is no directory/],
  ['a tag without a socket', ['share', 'project', '--mount', 'project', '--tag', 'w'], /--tag goes with --socket/],
  ['queues without a socket', ['share', 'project', '--mount', 'project', '--queues', '2'], /--queues goes with --socket/],
  ['neither socket nor mountpoint', ['share', 'project'], /needs either --socket S or --mount M/],
  ['an unknown flag', ['share', 'project', '--sockte', 's'], /unknown option '--sockte'/],
  ['an unknown command', ['shrae'], /unknown command 'shrae'/],
  ['a guest without a share', ['guest', '--', 'true'], /guest needs one of/],
  ['a guest without a command', ['guest', '--share', 'project'], /missing required argument 'command'/],
  ['a guest with a wrong memory size', ['guest', '--share', 'project', '--memory', 'much', '--', 'true'], /--memory: "much" is not understood/],
  ['a guest with more memory than the host', ['guest', '--share', 'project', '--memory', '999T', '--', 'true'], /--memory: this host has only \d+M/],
  ['an unknown mount', ['guest', '--name', 'v', '--', 'true'], /has no mount "v"\n.*known: w/, CONFIG],
  ['no name where there are several mounts', ['guest', '-c', 'fusewire.yaml', '--', 'true'], /has several mounts\n.*--name: w, v/, CONFIG + CONFIG.replace('mounts:\n', '').replace('name: w', 'name: v').replace('w.sock', 'v.sock')],
  ['a flag of a share that a running server would not heed', ['guest', '--socket', 's', '--readonly', '--', 'true'], /--readonly goes with --share/],
  ['a flag of a share that a config would not heed', ['guest', '--name', 'w', '--cache-timeout', '1s', '--', 'true'], /--cache-timeout goes with --share/, CONFIG],
  ['a demo where its directory is another\'s', ['demo', 'taken'], /taken\/\.fusewire-demo is there already/],
  ['a verb of the driver without a path', ['driver', 's.sock', 'cat'], /driver cat cannot work with 0 paths\n  driver SOCKET cat PATH/],
  ['neither mounts nor an admin socket', ['serve'], /fusewire.yaml:1:1: mounts: must name at least one mount\n  or name an `admin` socket/, 'mounts: []\n'],
  ['a port that is none', ['share', 'project', '--socket', 's.sock', '--metrics', ':99999'], /--metrics: there is no port 99999/],
  ['a long admin socket on the command line', ['share', 'project', '--socket', 's.sock', '--admin', LONG], /--admin: the socket's path has 113 bytes/],
  ['ctl without a server', ['ctl', 'list'], /ctl needs the server's socket: --admin S/],
  ['ctl at a socket that nobody serves', ['ctl', 'list', '--admin', 'gone.sock'], /no server answers at \S+gone.sock: ENOENT/],
  ['ctl add of nothing', ['ctl', 'add', '--admin', 'gone.sock'], /ctl add needs either DIR or -c FILE/],
  ['an unknown verb of the driver', ['driver', 's.sock', 'lss'], /driver knows no "lss"/],
];

for (const [what, args, message, config] of cases) {
  test.serial(`${what}: one message, exit 2, no stack`, async (t) => {
    const cwd = temporary(t);
    mkdirSync(path.join(cwd, 'project'));
    writeFileSync(path.join(cwd, 'empty.mjs'), 'export const nothing = 1;');
    writeFileSync(path.join(cwd, 'class.mjs'), 'export default class Plain {}');
    writeFileSync(path.join(cwd, 'throws.mjs'), 'throw null;');
    writeFileSync(path.join(cwd, 'project', 'own.mjs'), 'export default class Plain {}');
    writeFileSync(path.join(cwd, 'binary'), Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 31 + (i >> 4)) & 0xff)));
    writeFileSync(path.join(cwd, 'huge'), '');
    truncateSync(path.join(cwd, 'huge'), 100_000_000);
    mkdirSync(path.join(cwd, 'taken', '.fusewire-demo'), { recursive: true });
    if (config) writeFileSync(path.join(cwd, 'fusewire.yaml'), config);
    const { code, stdout, stderr } = await fusewire(args, { cwd });
    t.regex(stderr, message);
    t.is(code, 2);
    t.is(stdout.length, 0);
    t.is(stderr.match(/^(fusewire|error): /gm)?.length, 1, stderr);
    t.notRegex(stderr, /^\s+at /m);
  });
}
