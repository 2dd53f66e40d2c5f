/** A file of an archive: its path, mode with type, and content (the target of a link). */
export interface CpioFile {
  readonly name: string;
  readonly mode: number;
  readonly data?: Uint8Array | string;
}

const padding = (size: number): Buffer => Buffer.alloc(-size & 3);

function entry({ name, mode, data = '' }: CpioFile, ino: number): Buffer {
  const content = Buffer.from(data);
  const path = Buffer.from(`${name}\0`);
  const fields = [ino, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length, 0].map((field) => field.toString(16).padStart(8, '0')).join('');
  const head = Buffer.concat([Buffer.from(`070701${fields}`), path]);
  return Buffer.concat([head, padding(head.length), content, padding(content.length)]);
}

/** An archive as the kernel unpacks one for its first root: Linux, Documentation/driver-api/early-userspace/buffer-format.rst. */
export function cpio(files: readonly CpioFile[]): Buffer {
  return Buffer.concat([...files.map((file, i) => entry(file, i + 1)), entry({ name: 'TRAILER!!!', mode: 0 }, 0)]);
}
