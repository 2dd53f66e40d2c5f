/** Something that did not work, though nobody used it wrongly: the command prints its message, without a stack, and exits with 1. */
export class Failure extends Error {}
