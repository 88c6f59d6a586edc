/** Label of a position that the loss leaves out. */
export const IGNORED_LABEL = -100;
