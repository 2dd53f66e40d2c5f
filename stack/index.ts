export type { Answer } from './channel.js';
export { Client, type Setting, TRANSFER } from './client.js';
export { type Caller, MOUNTER } from './message.js';
export type { CreatedFile, Found, Listed, OpenedFile } from './replies.js';
export { run, type Steps, wait } from './steps.js';
export { emptyDirectory, entriesIn, namesIn, removeTree } from './tree.js';
