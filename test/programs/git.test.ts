import { onMount } from './mounted.js';

/** So many commits as a person makes them, and in all; the others are read from a stream, as loose objects too. */
const [BY_HAND, COMMITS] = [50, 1000];

const STREAM = `
for i in $(seq ${COMMITS - BY_HAND}); do
  echo "commit refs/heads/main"; echo "committer Somebody <somebody@example.org> $((1700000000 + i)) +0000"; echo 'data <<END'; echo "commit $i"; echo END
  [ $i -gt 1 ] || echo 'from refs/heads/main^0'
  echo "M 100644 inline streamed/$((i % 50))"; echo 'data <<END'; echo "content $i"; echo END
done`;

onMount(`git clones, commits ${COMMITS} times, packs, and fsck finds nothing`, ['git'], async (t, { sh }) => {
  await sh(`
    git config --global user.name Somebody; git config --global user.email somebody@example.org; git config --global init.defaultBranch main
    git init -q "$OUTSIDE/origin"; cd "$OUTSIDE/origin"
    mkdir -p a/b/c; for i in $(seq 100); do echo "file $i" | tee a/$i a/b/$i > a/b/c/$i; done; chmod +x a/1; ln -s a/1 link
    git add .; git commit -q -m first`);
  await sh('git clone -q "$OUTSIDE/origin" clone');
  t.is(await sh('cd clone; git status --porcelain; git diff --stat "HEAD@{0}"; readlink link; find . -path ./.git -prune -o -type f -print | wc -l'), 'a/1\n300');
  await sh(`cd clone; git config gc.auto 100; git config gc.autoDetach false
    for i in $(seq ${BY_HAND}); do echo "change $i" >> "a/$((i % 100 + 1))"; git commit -q -a -m "commit $i" 2> /dev/null; done
    { ${STREAM}
    } | git -c fastimport.unpackLimit=10000 fast-import --quiet; git reset -q --hard`);
  t.is(await sh('cd clone; git fsck --full --strict 2>&1 | grep -v "^dangling\\|^notice" || true; git rev-list --count HEAD; git status --porcelain'), String(COMMITS + 1));
  await sh('cd clone; git gc -q --prune=now; git push -q origin HEAD:refs/heads/pushed');
  t.is(await sh('cd "$OUTSIDE/origin"; git fsck --full 2>&1 | grep -v "^notice" || true; git rev-list --count pushed'), String(COMMITS + 1));
});
