import { onMount } from './mounted.js';

const ENGINES = {
  'through the page cache': '--ioengine=psync --fsync=64',
  'past the page cache': '--ioengine=libaio --iodepth=8 --direct=1',
  'in mapped memory': '--ioengine=mmap',
};

for (const [how, options] of Object.entries(ENGINES)) {
  onMount(`fio reads back what it wrote ${how}`, ['fio'], async (t, { sh }) => {
    const run = 'fio --name=verify --numjobs=2 --size=24m --rw=randrw --bsrange=4k-128k --blockalign=4k --verify=crc32c --do_verify=1 --verify_fatal=1 --group_reporting --minimal';
    t.regex(await sh(`${run} ${options}`), /^3;fio.*;verify;/);
    t.is(await sh('for file in verify.0.0 verify.1.0; do cmp $file "$SOURCE/$file"; done'), '');
  });
}
