/** What does not fit the limits of a volume. */
export const NO_ROOM = 'there is no room for its files';
