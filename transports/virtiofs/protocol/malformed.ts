/** What a decoder returns for bytes that are not the payload it was asked for. Decoders never throw. */
export class Malformed {
  constructor(readonly problem: string) {}
}
