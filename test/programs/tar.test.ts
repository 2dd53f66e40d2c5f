import { onMount } from './mounted.js';

onMount('tar packs and unpacks sparse files, links, owners, times and extended attributes', ['tar', 'setfattr', 'setfacl'], async (t, { sh }) => {
  await sh(`
    mkdir -p tree/dir; cd tree
    for at in 0 5000000 90000000; do printf 'data at %d' $at | dd of=sparse bs=1 seek=$at conv=notrunc status=none; done; truncate -s 200000000 sparse
    seq 10000 > file; ln file dir/link; ln -s file symlink; mkfifo fifo; chown 1234:2345 file
    setfattr -n user.color -v blue file; setfattr -n trusted.secret -v 1 dir; setfacl -m u:1234:r file
    touch -d '2001-02-03 04:05:06.123456789' file`);
  await sh('tar --create --sparse --xattrs --xattrs-include="*" --acls --format=posix -f "$OUTSIDE/tree.tar" tree');
  t.true(Number(await sh('stat -c %s "$OUTSIDE/tree.tar"')) < 1_000_000, 'holes are not packed');
  await sh('mkdir back; tar --extract --sparse --xattrs --xattrs-include="*" --acls --numeric-owner --same-owner -f "$OUTSIDE/tree.tar" -C back');
  t.is(await sh('tar --diff -f "$OUTSIDE/tree.tar" -C back'), '');
  t.is(await sh('cmp tree/sparse back/tree/sparse; test "$(stat -c %b back/tree/sparse)" -lt 200'), '');
  const shown = (dir: string) => sh(`cd ${dir}/tree; stat -c '%n %f %h %u %g %s %Y' file dir/link symlink fifo sparse; stat -c %y file; getfattr -d -m - file dir; getfacl -cpn file`);
  t.is(await shown('back'), await shown('.'));
});
