import { onMount } from './mounted.js';

const [WRITERS, ROWS] = [4, 200];

onMount(`SQLite keeps what ${WRITERS} writers put in with a write-ahead log`, ['sqlite3'], async (t, { sh }) => {
  t.is(await sh('sqlite3 db "PRAGMA journal_mode=WAL; CREATE TABLE t (writer INT, row INT, filler BLOB, PRIMARY KEY (writer, row))"'), 'wal');
  await sh(`
    for writer in $(seq ${WRITERS}); do
      { echo '.timeout 60000'; echo 'PRAGMA synchronous=NORMAL;'
        for row in $(seq ${ROWS}); do echo "INSERT INTO t VALUES ($writer, $row, randomblob(2000));"; done; } | sqlite3 -bail db & pids="\${pids:-} $!"
    done
    for pid in $pids; do wait $pid; done`);
  t.is(await sh('sqlite3 db "PRAGMA integrity_check; SELECT writer, count(*) FROM t GROUP BY writer"'), ['ok', ...Array.from({ length: WRITERS }, (_, i) => `${i + 1}|${ROWS}`)].join('\n'));
  t.is(await sh('sqlite3 db "PRAGMA wal_checkpoint(TRUNCATE)"; stat -c %s db-wal 2> /dev/null || echo 0; sqlite3 "$SOURCE/db" "PRAGMA integrity_check"'), '0|0|0\n0\nok');
});

onMount('SQLite rolls an interrupted transaction back', ['sqlite3'], async (t, { sh }) => {
  await sh('sqlite3 db "CREATE TABLE t (a); INSERT INTO t VALUES (1)"');
  await sh(`
    { echo 'PRAGMA cache_size=1; BEGIN;'; for i in $(seq 200); do echo 'INSERT INTO t VALUES (randomblob(4000));'; done; echo '.shell kill -9 $PPID'; } | sqlite3 db || true
    test -s db-journal`);
  t.is(await sh('sqlite3 db "PRAGMA integrity_check; SELECT count(*) FROM t"; test ! -e db-journal'), 'ok\n1');
});
