export { readTar, type TarEntry, TarError } from './decode.js';
export { encodeHeader, padding } from './encode.js';
export { BLOCK, type TarHeader, TarType } from './header.js';
