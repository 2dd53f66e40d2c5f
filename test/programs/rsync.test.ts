import { onMount } from './mounted.js';

/** Everything that rsync -aHAX carries. */
const TREE = `
mkdir -p "$OUTSIDE/tree/deep/er"; cd "$OUTSIDE/tree"
seq 100000 > numbers; ln numbers deep/numbers; ln numbers deep/er/numbers; : > empty
ln -s numbers symlink; ln -s nowhere dangling; mkfifo fifo; mknod null c 1 3; mknod block b 7 99
printf 'x' | dd of=sparse bs=1 seek=10000000 status=none
touch "$(printf 'latin\\351')" "$(printf 'new\\nline')" -- '-dash' "$(printf '%0255d' 0)"
mkdir sticky setgid; chmod 1777 sticky; chmod 2775 setgid; chmod 4755 empty; chown 1234:2345 numbers; chown -h 1234:2345 symlink
touch -d '2001-02-03 04:05:06.123456789' numbers deep; touch -h -d '1960-01-01 00:00:00.5' dangling
setfattr -n user.color -v blue numbers; setfattr -n user.binary -v 0x0001ff deep; setfattr -n trusted.secret -v 1 empty
setfacl -m u:1234:rwx,g:2345:r,m::rx numbers; setfacl -m d:u:1234:rwx deep; setcap cap_net_raw+ep deep/numbers 2> /dev/null || true
`;

onMount('rsync -aHAX carries a tree there and back without a difference', ['rsync', 'setfacl', 'setfattr'], async (t, { sh }) => {
  await sh(TREE);
  await sh('rsync -aHAXS --numeric-ids "$OUTSIDE/tree/" there/; rsync -aHAXS --numeric-ids there/ "$OUTSIDE/back/"');
  const differences = 'rsync -aHAX --numeric-ids --checksum --delete --dry-run --itemize-changes';
  t.is(await sh(`${differences} "$OUTSIDE/tree/" there/`), '');
  t.is(await sh(`${differences} "$OUTSIDE/tree/" "$SOURCE/there/"`), '');
  t.is(await sh(`${differences} "$OUTSIDE/tree/" "$OUTSIDE/back/"`), '');
  t.is(await sh('diff -r --no-dereference --exclude=null --exclude=block --exclude=fifo "$OUTSIDE/tree" there'), '');
  t.is(await sh('stat -c %h there/numbers; test "$(stat -c %b there/sparse)" -lt 100; getfacl -cpn there/numbers | grep -o "^user:1234:rwx"'), '3\nuser:1234:rwx');
});
