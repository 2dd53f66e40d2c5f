import test from 'ava';
import { registry } from '../../index.js';
import { fusewire } from './run.js';

test('plugins lists each file system, layer and transport with its options', async (t) => {
  const { code, stdout, stderr } = await fusewire(['plugins']);
  t.is(stderr, '');
  t.is(code, 0);
  const names = [...registry.fileSystemNames(), ...registry.layerNames(), ...registry.transportNames()];
  for (const name of names) t.regex(stdout.toString(), new RegExp(`^  ${name}(: .+)?$`, 'm'));
  t.regex(stdout.toString(), /^ {4}source +string +required +directory of this host to share$/m);
  t.regex(stdout.toString(), /^ {4}size +string\|number +optional /m);
});
