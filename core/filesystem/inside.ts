/**
 * A file system inside of another one that answers requests as they come (`Request.passInto`): its nodes have numbers of
 * their own, which replies show as those of the file system around it.
 */
export interface Inside {
  /** The number by which a node of its own is known around it. */
  shown(node: number): number;
  /** A reply that had shown the node could not be given: its number is free again, unless somebody refers to it. */
  unshown(node: number): void;
  /** It found a node that no reply shows, and forgets it, unless somebody refers to it. */
  unused(node: number): void;
  /** READ and WRITE on its files may be answered by the file system's fds: nobody around it wants to see them. */
  readonly bare: boolean;
  /** Somebody around it needs to hear of every close(2). */
  readonly hearsCloses: boolean;
  /** Whether a name is found depends on who asks: the kernel keeps none. */
  readonly judgesNames: boolean;
}
