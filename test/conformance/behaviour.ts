import type { Posix } from './posix.js';
import type { Scene } from './scene.js';

/**
 * Where a behaviour cannot show, with the reasons. A key of `skip` and `known` is a file system or transport, or several
 * words that must all apply to a cell: `tmpfs`, `memory guest`.
 */
export interface Limits {
  /** A word that a cell must have: elsewhere there is nothing to show. */
  readonly only?: string;
  /** Why only a kernel can show it: it is not run in process. */
  readonly kernel?: string;
  /** The first Linux whose FUSE client has it, such as `6.2`. */
  readonly linux?: string;
  /** Not run there. */
  readonly skip?: Readonly<Record<string, string>>;
  /** Fails there; passing is reported as a failure, so that the entry is removed. */
  readonly known?: Readonly<Record<string, string>>;
}

/** One thing that a file system does. It starts in an empty directory of mode 755, as root, with umask 022. */
export interface Behaviour extends Limits {
  /** `topic: sentence`, unique. */
  readonly name: string;
  /** Man page with section, POSIX function, or kernel document. */
  readonly source: string;
  run(fs: Posix, t: Scene): Promise<void>;
}

type Define = (sentence: string, source: string, run: Behaviour['run'], limits?: Limits) => void;

/** Collects the behaviours of one topic; `limits` hold for all of them. */
export function topic(name: string, define: (it: Define) => void, limits: Limits = {}): readonly Behaviour[] {
  const behaviours: Behaviour[] = [];
  define((sentence, source, run, own) => behaviours.push({ ...limits, ...own, name: `${name}: ${sentence}`, source, run }));
  return behaviours;
}

/** A place a behaviour is run at. */
export interface Cell {
  /** `memory`, `passthrough-ext4`, … */
  readonly fileSystem: string;
  readonly transport: string;
  /** Words that `skip` and `known` may name: the parts of both. */
  readonly words: readonly string[];
  /** Only behaviours that are about one of its words are run. */
  readonly exclusive?: boolean;
  /** Release of the kernel that serves the calls; none in process. */
  readonly release?: string;
}

export function cellName({ fileSystem, transport }: Pick<Cell, 'fileSystem' | 'transport'>): string {
  return `${fileSystem}/${transport}`;
}

/** Whether a cell is one that the behaviour is about. */
export function concerns({ only }: Behaviour, { words, exclusive }: Cell): boolean {
  return only === undefined ? exclusive !== true : words.includes(only);
}

/** Why a behaviour is not run in a cell; undefined when it is. */
export function whySkipped(behaviour: Behaviour, cell: Cell): string | undefined {
  if (behaviour.kernel && cell.transport === 'loopback') return behaviour.kernel;
  const { linux } = behaviour;
  if (linux && cell.release && cell.transport !== 'native' && older(cell.release, linux)) return `Linux ${linux} has it first`;
  return reason(behaviour.skip, cell);
}

/** Why a behaviour is expected to fail in a cell. */
export function whyFailing(behaviour: Behaviour, cell: Cell): string | undefined {
  return reason(behaviour.known, cell);
}

function reason(reasons: Readonly<Record<string, string>> | undefined, { words }: Cell): string | undefined {
  const key = Object.keys(reasons ?? {}).find((names) => names.split(' ').every((name) => words.includes(name)));
  return key && reasons![key];
}

function older(release: string, than: string): boolean {
  const [major, minor] = release.split('.').map((part) => Number.parseInt(part, 10));
  const [wantedMajor, wantedMinor] = than.split('.').map(Number);
  return major! < wantedMajor! || (major === wantedMajor && minor! < wantedMinor!);
}
