/** A program with the arguments that come before its own. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: string;
  readonly env?: Readonly<Record<string, string>>;
}
