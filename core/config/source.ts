/** Unchecked config data that can say where each of its keys stands. */
export interface ConfigSource {
  /** What relative paths are relative to. */
  readonly directory: string;
  readonly name: string;
  readonly data: unknown;
  /** Where in the source a key path stands, and its name: `fusewire.yaml:4:7: mounts[0].transport.tag`. */
  where(path: readonly PropertyKey[]): string;
}

/** `mounts[0].transport.tag` */
export function keyPath(path: readonly PropertyKey[]): string {
  return path.map((key, i) => typeof key === 'number' ? `[${key}]` : `${i ? '.' : ''}${String(key)}`).join('');
}
