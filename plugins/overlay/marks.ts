/** Name spaces of the private attributes: the kernel's overlayfs uses the second one when mounted with `userxattr`. */
export type Prefix = 'trusted.overlay.' | 'user.overlay.';

const NESTED = 'overlay.';

/** The extended attributes in which an overlay keeps what it knows of its layers' files. They are those of the kernel's overlayfs. */
export class Marks {
  /** `y`: nothing of lower layers shows through this directory. `x`: it may hold whiteouts that are regular files. */
  readonly opaque: string;
  /** An empty regular file with it is a whiteout. */
  readonly whiteout: string;
  /** Where a directory's lower ones are, or the data of a file: a name beside it, or a path from the root. */
  readonly redirect: string;
  /** `y`: entries have been copied up into this directory. */
  readonly impure: string;
  /** A copy of a file's metadata alone. */
  readonly metacopy: string;
  /** The inode number that a file was first shown with, in decimal. Only we know this one. */
  readonly ino: string;
  /** How many names of a copied file are in lower layers only, less the link that leads to it. Only we know it. */
  readonly links: string;
  /** An empty regular file with it stands for a character device 0:0, which would be taken for a whiteout. Only we know it. */
  readonly device: string;

  constructor(readonly prefix: Prefix) {
    this.opaque = `${prefix}opaque`;
    this.whiteout = `${prefix}whiteout`;
    this.redirect = `${prefix}redirect`;
    this.impure = `${prefix}impure`;
    this.metacopy = `${prefix}metacopy`;
    this.ino = `${prefix}fusewire.ino`;
    this.links = `${prefix}fusewire.links`;
    this.device = `${prefix}fusewire.device`;
  }

  /** What a layer calls an attribute that the mount's callers call `name`: private names of an overlay on top of this one are nested. */
  toLayer(name: string): string {
    return name.startsWith(this.prefix) ? this.prefix + NESTED + name.slice(this.prefix.length) : name;
  }
  /** The other way round; undefined for our own private names. */
  toMount(name: string): string | undefined {
    if (!name.startsWith(this.prefix)) return name;
    const rest = name.slice(this.prefix.length);
    return rest.startsWith(NESTED) ? this.prefix + rest.slice(NESTED.length) : undefined;
  }
}
