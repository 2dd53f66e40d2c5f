import { onMount } from './mounted.js';

/** Forty sources that share two headers, an archive and a program. */
const PROJECT = `
mkdir -p src include obj
echo '#define BASE 1' > include/base.h
echo '#include "base.h"' > include/all.h
for i in $(seq 40); do echo "int part$i(void);" >> include/all.h; printf '#include "all.h"\\nint part%d(void) { return BASE * %d; }\\n' $i $i > src/part$i.c; done
{ echo '#include "all.h"'; echo '#include <stdio.h>'; echo 'int main(void) { int sum = 0;'
  for i in $(seq 40); do echo "sum += part$i();"; done; echo 'printf("%d\\n", sum); }'; } > src/main.c
cat > Makefile <<'MAKE'
objects := $(patsubst src/%.c,obj/%.o,$(wildcard src/part*.c))
sum: obj/main.o libparts.a
	$(CC) -o $@ obj/main.o -L. -lparts
libparts.a: $(objects)
	$(AR) rcs $@ $?
obj/%.o: src/%.c
	$(CC) -Iinclude -MMD -c -o $@ $<
-include $(wildcard obj/*.d)
MAKE
`;

onMount('make -j builds a C project, then only what changed', ['make', 'gcc', 'ar'], async (t, { sh }) => {
  await sh(PROJECT);
  await sh('make -j4');
  t.is(await sh('./sum'), '820');
  t.is(await sh('make -j4'), "make: 'sum' is up to date.");
  t.is(await sh('touch src/part7.c; make -j4 | grep -c -- -MMD'), '1');
  t.is(await sh("echo '#define BASE 2' > include/base.h; make -j4 | grep -c -- -MMD; ./sum"), '41\n1640');
});
