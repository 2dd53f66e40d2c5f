import { onMount } from './mounted.js';

onMount('PostgreSQL initialises a cluster, survives an immediate stop under pgbench, and finds no corruption', ['initdb', 'pgbench', 'pg_checksums', 'setpriv'], async (t, { sh }) => {
  await sh('install -d -o postgres -g postgres -m 700 pg "$OUTSIDE/run"; chown postgres "$OUTSIDE"');
  const postgres = (script: string) => sh(`cd pg; export PGDATA="$PWD/data" PGHOST="$OUTSIDE/run"; start() { pg_ctl -w -s -l log -o "-k $PGHOST -h ''" start; }\n${script}`, 'postgres');
  await postgres('initdb --data-checksums --auth=trust > /dev/null');
  await postgres('start; createdb bench; pgbench -i -q -s 2 bench 2> /dev/null');
  t.regex(await postgres('pgbench -c 4 -t 100 bench 2> /dev/null'), /transactions actually processed: 400\/400/);
  const sums = "psql -Atc 'select (select sum(abalance) from pgbench_accounts) = (select sum(delta) from pgbench_history), (select sum(bbalance) from pgbench_branches) = (select sum(delta) from pgbench_history)' bench";
  t.is(await postgres(`pg_ctl -s -m immediate stop; start; ${sums}`), 't|t');
  t.regex(await postgres('pg_ctl -s -m fast stop; pg_checksums --check'), /Bad checksums: +0/);
});
