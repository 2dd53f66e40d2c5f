import { type Command, Option } from 'commander';

const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** The flags of virtiofsd, as commander names them. */
export interface VirtiofsdFlags {
  sharedDir?: string;
  tag?: string;
  socket?: string;
  socketPath?: string;
  socketGroup?: string;
  fd?: string;
  threadPoolSize?: string;
  xattr?: boolean;
  posixAcl?: boolean;
  xattrmap?: string;
  sandbox?: string;
  readonly?: boolean;
  seccomp?: string;
  announceSubmounts?: boolean;
  inodeFileHandles: string;
  cache: string;
  allowMmap?: boolean;
  readdirplus: boolean;
  writeback?: boolean;
  allowDirectIo?: boolean;
  printCapabilities?: boolean;
  modcaps?: string;
  logLevel: string;
  syslog?: boolean;
  rlimitNofile?: string;
  killprivV2?: boolean;
  securityLabel?: boolean;
  uidMap?: string[];
  gidMap?: string[];
  translateUid?: string[];
  translateGid?: string[];
  migrationMode: string;
  migrationOnError: string;
  preserveNoatime?: boolean;
  queues?: string;
  option?: string[];
  debug?: boolean;
  foreground?: boolean;
  version?: boolean;
}

/** The options of virtiofsd 1.13, with their values and defaults but where the page on it says otherwise. */
export function virtiofsdOptions(command: Command): Command {
  return command
    .option('--shared-dir <dir>', 'directory to share')
    .option('--tag <tag>', 'tag that the device tells (default: share)')
    .option('--socket-path <path>', 'vhost-user socket')
    .addOption(new Option('--socket <path>').hideHelp())
    .option('--socket-group <group>', 'group that may connect to the socket')
    .option('--fd <n>', 'the listening socket, as a descriptor that is open already')
    .option('--thread-pool-size <n>', 'taken, without effect')
    .option('--xattr', 'let guests use extended attributes')
    .option('--posix-acl', 'let guests use POSIX ACLs; implies --xattr')
    .option('--xattrmap <rules>', 'map names of extended attributes; implies --xattr')
    .option('--sandbox <mode>', 'namespace, chroot or none (default: namespace; auto unless root)')
    .option('--readonly', 'refuse every change')
    .addOption(new Option('--seccomp <action>', 'there is no filter of system calls; see the page on confinement').choices(['none', 'kill', 'log', 'trap']))
    .option('--announce-submounts', 'tell guests which directories are mountpoints (default)')
    .option('--no-announce-submounts', 'do not')
    .addOption(new Option('--inode-file-handles <when>', 'find files by file handle: never, or where it can be').choices(['never', 'prefer', 'fallback', 'mandatory']).default('prefer'))
    .addOption(new Option('--cache <mode>', 'what guests keep').choices(['auto', 'always', 'never', 'none', 'metadata']).default('auto'))
    .option('--allow-mmap', 'mmap shared with --cache never and metadata; always allowed here')
    .option('--no-readdirplus', 'list names without attributes')
    .option('--writeback', 'let guests gather writes')
    .option('--allow-direct-io', 'taken; O_DIRECT passes the guest\'s cache by, and not the host\'s')
    .option('--print-capabilities', 'print what vhost-user.json has of a program, and exit')
    .option('--modcaps <changes>', 'capabilities to keep or drop, such as +sys_admin:-chown')
    .addOption(new Option('--log-level <level>', 'what to log, on stderr').choices(['error', 'warn', 'info', 'debug', 'trace', 'off']).default('info'))
    .option('--syslog', 'not possible')
    .option('--rlimit-nofile <n>', 'files that may be open; 0: as it is (default: 1000000, or what the kernel allows)')
    .option('--killpriv-v2', 'have set-id bits removed by the server (default)')
    .option('--no-killpriv-v2', 'have them removed by the guest')
    .option('--security-label', 'not possible')
    .addOption(new Option('--uid-map <rule>', 'not possible').argParser(collect))
    .addOption(new Option('--gid-map <rule>', 'not possible').argParser(collect))
    .option('--translate-uid <rule>', 'map user ids; may be given again', collect)
    .option('--translate-gid <rule>', 'map group ids; may be given again', collect)
    .addOption(new Option('--migration-on-error <what>', 'a guest whose files are not all here stays with its old server, or requests on those fail').choices(['abort', 'guest-error']).default('abort'))
    .addOption(new Option('--migration-mode <mode>', 'how a guest that moves finds its files on the other server').choices(['find-paths', 'file-handles']).default('find-paths'))
    .option('--preserve-noatime', 'always so')
    .option('--queues <n>', 'request queues (default: 1); not virtiofsd\'s')
    .addOption(new Option('-o, --option <list>', 'options of the old C program').argParser(collect))
    .addOption(new Option('-d, --debug', 'as --log-level debug').hideHelp())
    .addOption(new Option('-f, --foreground').hideHelp())
    .option('-V, --version', 'print the version');
}
