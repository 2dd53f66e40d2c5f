const LIMIT = 100;

/** Text from outside, for a message: one line, not long, with nothing in it that a terminal would act on. */
export function brief(text: string): string {
  const line = text.slice(0, LIMIT).replaceAll(/\p{C}+/gu, ' ');
  return text.length > LIMIT ? `${line}…` : line;
}
