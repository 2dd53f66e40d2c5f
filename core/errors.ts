/**
 * Every error a user can cause, each with a code, a sentence that says what is wrong and a hint that says what would be
 * right. The command line prints sentence and hint, without a stack, and exits with 2.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(readonly code: string, sentence: string, readonly hint = '') {
    super(sentence);
  }
}

function define<A extends unknown[]>(code: string, sentence: (...args: A) => string, hint: (...args: A) => string = () => '') {
  return (...args: A) => new UserError(code, sentence(...args), hint(...args));
}

export const ConfigNotFound = define('FW_CONFIG_NOT_FOUND',
  (directory: string) => `no config file in ${directory} or above it`,
  () => 'write a fusewire.yaml, or name a file with -c FILE');

export const ConfigUnreadable = define('FW_CONFIG_UNREADABLE',
  (file: string, reason: string) => `${file}: cannot be read: ${reason}`);

export const ConfigSyntax = define('FW_CONFIG_SYNTAX',
  (at: string, reason: string) => `${at}: ${reason}`,
  () => 'a config file is YAML or JSON');

export const ConfigInvalid = define('FW_CONFIG_INVALID',
  (at: string, problem: string, _hint: string) => `${at}: ${problem}`,
  (_at, _problem, hint) => hint);

export const UnknownMount = define('FW_UNKNOWN_MOUNT',
  (name: string, file: string, _known: string[], _near: string | undefined) => `${file} has no mount "${name}"`,
  (_name, _file, known, near) => `${near ? `did you mean "${near}"? ` : ''}known: ${known.join(', ')}`);

export const UnknownServedMount = define('FW_UNKNOWN_MOUNT',
  (name: string, _near: string | undefined) => `no mount "${name}" is served`,
  (_name, near) => near ? `did you mean "${near}"?` : 'see: fusewire ctl list');

export const MountExists = define('FW_MOUNT_EXISTS',
  (name: string) => `a mount "${name}" is served already`,
  () => 'choose another name, or remove it first');

export const MountBusy = define('FW_MOUNT_BUSY',
  (name: string, state: string) => `the mount "${name}" is ${state}`,
  () => 'try again when it has done so');

export const ShareExists = define('FW_SHARE_EXISTS',
  (name: string) => `a share "${name}" is there already`,
  () => 'choose another name, or remove it first');

export const UnknownShare = define('FW_UNKNOWN_SHARE',
  (mount: string, name: string, _near: string | undefined) => `the mount "${mount}" has no share "${name}"`,
  (_mount, _name, near) => near ? `did you mean "${near}"?` : 'see: fusewire ctl list');

export const NoShares = define('FW_NO_SHARES',
  (mount: string, use: string) => `the mount "${mount}" is ${use}, which has no shares`,
  () => 'shares are added to a mount of "use: mux"');

export const UnknownPlace = define('FW_UNKNOWN_PLACE',
  (name: string, place: string, _places: string[]) => `the mount "${name}" has no transport at ${place}`,
  (_name, _place, places) => `it has: ${places.join(', ')}`);

export const OnlyTransport = define('FW_ONLY_TRANSPORT',
  (name: string) => `it is the only transport of "${name}"`,
  () => 'remove the whole mount');

export const WritebackShared = define('FW_WRITEBACK_SHARED',
  (name: string) => `the mount "${name}" has writeback, which needs the only writer`,
  () => 'with several transports there may be more');

export const AdminUnreachable = define('FW_ADMIN_UNREACHABLE',
  (path: string, reason: string) => `no server answers at ${path}: ${reason}`,
  () => 'start one with: fusewire serve --admin SOCKET');

export const PluginUnloadable = define('FW_PLUGIN_UNLOADABLE',
  (at: string, specifier: string, reason: string) => `${at}: plugin "${specifier}" cannot be loaded: ${reason}`);

export const PluginWithoutDefault = define('FW_PLUGIN_WITHOUT_DEFAULT',
  (at: string, specifier: string) => `${at}: plugin "${specifier}" has no default export`,
  () => 'a plugin module exports its @FileSystem or @Layer class as default');

export const UsageError = define('FW_USAGE',
  (problem: string, _hint: string) => problem,
  (_problem, hint) => hint);

export const PluginNotDecorated = define('FW_PLUGIN_NOT_DECORATED',
  (at: string, specifier: string) => `${at}: plugin "${specifier}" is not a class decorated with @FileSystem or @Layer`,
  () => 'a plugin module exports its @FileSystem or @Layer class as default');

export const FuseUnavailable = define('FW_FUSE_UNAVAILABLE',
  (reason: string) => `/dev/fuse cannot be used: ${reason}`,
  () => 'load the kernel module "fuse"; without root, install fusermount3 (Debian package fuse3)');

export const MountFailed = define('FW_MOUNT_FAILED',
  (mountpoint: string, reason: string) => `${mountpoint}: cannot be mounted on: ${reason}`);

export const MountpointUnusable = define('FW_MOUNTPOINT_UNUSABLE',
  (mountpoint: string, reason: string) => `${mountpoint}: cannot be used as a mountpoint: ${reason}`);

export const MountpointBusy = define('FW_MOUNTPOINT_BUSY',
  (mountpoint: string) => `${mountpoint} is already served`,
  () => 'stop the other server, or choose another mountpoint');

export const SourceUnusable = define('FW_SOURCE_UNUSABLE',
  (source: string, reason: string) => `${source} cannot be shared: ${reason}`,
  () => 'the source is a directory that this user may read');

export const UpperUnusable = define('FW_UPPER_UNUSABLE',
  (reason: string) => `the upper file system of an overlay cannot be used: ${reason}`,
  () => 'it must be one that can be written to, such as passthrough or memory');

export const UpperBusy = define('FW_UPPER_BUSY',
  (place: string) => `${place} is the upper directory of an overlay that is being served`,
  () => 'ask the server that serves it: --admin SOCKET --name MOUNT; or stop it first');

export const NoChanges = define('FW_NO_CHANGES',
  (name: string, use: string) => `the mount "${name}" keeps no changes: its file system is ${use}`,
  () => 'change sets are those of an overlay with an upper layer');

export const UpperMissing = define('FW_UPPER_MISSING',
  () => 'the overlay has no upper layer, and so no changes',
  () => 'give it one, such as upper: { use: passthrough, source: ./changes }');

export const UpperVanishes = define('FW_UPPER_VANISHES',
  (name: string) => `the changes of "${name}" live in the memory of its server`,
  () => 'ask the server: --admin SOCKET --name MOUNT');

export const ChangesBusy = define('FW_CHANGES_BUSY',
  (doing: string) => `the change set is busy: ${doing} is under way`,
  () => 'try again when it has ended');

export const CommitLost = define('FW_COMMIT_LOST',
  (path: string) => `${path} in the lower layer is what a commit had prepared when its changes were lost`,
  () => 'look through it, keep what is missing elsewhere, and remove it');

export const SnapshotLinked = define('FW_SNAPSHOT_LINKED',
  (path: string) => `${path} is open and has several names, of which a snapshot can leave none to those who have it open`,
  () => 'have it closed, or give it one name, and try again');

export const SnapshotsInTheWay = define('FW_SNAPSHOTS',
  (count: number) => `the overlay has ${count} snapshot${count === 1 ? '' : 's'} between its changes and its lower layers`,
  () => 'write the changes since the last one with `export`, or with `commit --to DIR`; or go back to it with `discard`');

export const NotInOci = define('FW_NOT_IN_OCI',
  (path: string) => `${path} cannot be told in an OCI layer, where names that begin with .wh. stand for something else`,
  () => 'export it as a directory, or rename it');

export const ArchiveInvalid = define('FW_ARCHIVE_INVALID',
  (file: string, reason: string) => `${file} cannot be imported: ${reason}`,
  () => 'a layer is a tar archive, or one with gzip, as in OCI images; or an upper directory of overlayfs');

export const ArchiveRefused = define('FW_ARCHIVE_REFUSED',
  (path: string, what: string, reason: string) => `${path} ${what}: ${reason}`);

export const ArchiveFile = define('FW_ARCHIVE_FILE',
  (file: string, reason: string) => `${file}: ${reason}`,
  (_file, reason) => (reason === 'EACCES' ? 'a server that confines itself reaches only what its config names, and sandboxPaths' : ''));

export const NotEmpty = define('FW_NOT_EMPTY',
  (directory: string) => `${directory} is not empty`,
  () => 'name a directory without files, or one that is not there yet');

export const RecordingUnreadable = define('FW_RECORDING_UNREADABLE',
  (file: string, reason: string) => `${file}: ${reason}`);

export const RecordingInvalid = define('FW_RECORDING_INVALID',
  (file: string, line: number, what: string) => `${file}:${line}: ${what}`,
  () => 'a recording is what the layer `trace` writes, see docs/trace.md');

export const ChangesFailed = define('FW_CHANGES_FAILED',
  (path: string, what: string, reason: string) => `${path} ${what}: ${reason}`);

export const ChangesUnfit = define('FW_CHANGES_UNFIT',
  (problem: string, _hint: string) => problem,
  (_problem, hint) => hint);

export const SocketBusy = define('FW_SOCKET_BUSY',
  (path: string) => `${path} is already served`,
  () => 'stop the other server, or choose another socket');

export const SocketUnusable = define('FW_SOCKET_UNUSABLE',
  (path: string, reason: string) => `cannot listen on ${path}: ${reason}`);

export const PassedSocketUnusable = define('FW_PASSED_SOCKET_UNUSABLE',
  (socket: string, reason: string) => `${socket} cannot be served: ${reason}`,
  () => 'it must be a Unix stream socket, listening or connected, that this process was started with');

export const SandboxUnavailable = define('FW_SANDBOX_UNAVAILABLE',
  (mode: string, reason: string, _hint?: string) => `the sandbox "${mode}" cannot be set up: ${reason}`,
  (_mode, _reason, hint = 'choose another --sandbox: auto, namespace, chroot or none') => hint);

export const FileUnwritable = define('FW_FILE_UNWRITABLE',
  (file: string, reason: string) => `${file} cannot be written: ${reason}`);

export const StateBusy = define('FW_STATE_BUSY',
  (path: string) => `${path} is the state file of a server that runs`,
  () => 'give each socket a state file of its own');

export const StateUnusable = define('FW_STATE_UNUSABLE',
  (path: string, reason: string) => `cannot use the state file ${path}: ${reason}`);

export const StateUnsupported = define('FW_STATE_UNSUPPORTED',
  (mount: string) => `mount ${mount}: this file system cannot go on after its server has died, so that "state" is of no use`,
  () => 'leave "state" out, or share a directory with passthrough');
