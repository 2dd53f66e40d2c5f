/** The first line of a recording, and of each further start of the server. */
export interface TraceStart {
  readonly trace: 1;
  readonly time: string;
  /** The bytes of writes are kept. */
  readonly data: boolean;
}

/** Attributes that a replay can be expected to have, too. */
export interface TraceAttributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly nlink: number;
  readonly rdev: number;
}

/** What came of a request. Bytes are in base64. */
export interface TraceAnswer {
  /** Name of the errno; absent: it succeeded. */
  readonly error?: string;
  /** The node of the entry that was found or made; 0: there is none. */
  readonly entry?: number;
  readonly attributes?: TraceAttributes;
  /** The file system's number of the open file. */
  readonly opened?: number;
  /** Bytes that were read or written, or an offset. */
  readonly count?: number;
  /** SHA-1 of the bytes read, where the file system has handed them over. */
  readonly sha1?: string;
  readonly value?: string;
  /** Names listed, and the nodes of those that were found by the way. */
  readonly names?: readonly string[];
  readonly nodes?: readonly number[];
}

/** One request, written when it was answered; `node` and `handle` are the file system's numbers. */
export interface TraceRecord {
  readonly op: string;
  readonly node: number;
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
  /** Microseconds it took. */
  readonly us: number;
  /** Its arguments, by the names that requests have for them. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly answer: TraceAnswer;
}

/** Requests that are not in the recording. */
export interface TraceGap {
  readonly dropped: number;
}
