import { enableCompileCache } from 'node:module';
import path from 'node:path';

// Compiled code is kept in the package's own folder, which nobody may write who may not write the code itself; where that is
// read-only, nothing is kept.
enableCompileCache(path.join(import.meta.dirname, '../../.cache/compile'));
await import('./program.js');
