/*
 * hostload WORK DIR SECONDS [ID]: does one work over and over in a directory, by system calls.
 *
 * Prints: cycles, nanoseconds per cycle (the median of ten slices), nanoseconds of the median and the 99th percentile
 * cycle, and nanoseconds of processor time per cycle. DIR holds what driver-share.ts and host-projects.ts make:
 * small/file-NNNN, many/entry-N, data, tree, make, npm. ID tells the files of several runs apart.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SMALL_FILES = 1000, MANY = 10000, SLICES = 10, SAMPLES = 1 << 20, SETTLE = 100000 /* us */, KIB = 1024, MIB = 1024 * 1024 };
static const off_t FILE_SIZE = (off_t)128 * MIB;

static const char *id = "0";
static int root, fd = -1;
static uint32_t counter, seed = 0x9e3779b9;
static char *buffer, *map;
static char name[128];
static uint64_t samples[SAMPLES]; /* ns */

static void fail(const char *what)
{
	fprintf(stderr, "hostload: %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

static void check(int good, const char *what)
{
	if (!good) fail(what);
}

static int64_t now(clockid_t clock)
{
	struct timespec time;
	clock_gettime(clock, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static off_t place(size_t size)
{
	seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
	return seed % (FILE_SIZE / size) * size;
}

/*
 * Kernels forget names and attributes, so that they have to ask. All of this machine's servers hear of it, and are given
 * the time to be done with it. Returns the nanoseconds that it took.
 */
static int64_t forget(void)
{
	int64_t started = now(CLOCK_MONOTONIC);
	int drop = open("/proc/sys/vm/drop_caches", O_WRONLY);
	check(drop >= 0 && write(drop, "2", 1) == 1, "drop_caches");
	close(drop);
	usleep(SETTLE);
	return now(CLOCK_MONOTONIC) - started;
}

static void getattr(void)
{
	struct statx attributes;
	check(statx(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &attributes) == 0, "statx");
}

static void lookup(void)
{
	struct stat attributes;
	sprintf(name, "many/entry-%u", counter++ % MANY);
	check(fstatat(root, name, &attributes, AT_SYMLINK_NOFOLLOW) == 0, "stat");
}

static void missing(void)
{
	struct stat attributes;
	/* Names that nobody has asked for yet: some servers have the kernel keep what is not there. */
	sprintf(name, "small/none-%s-%d-%u", id, getpid(), counter++);
	check(fstatat(root, name, &attributes, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT, "stat");
}

static void create(void)
{
	sprintf(name, "small/new-%s-%u", id, counter++);
	int file = openat(root, name, O_CREAT | O_EXCL | O_WRONLY, 0644);
	check(file >= 0, "open");
	check(write(file, buffer, 4 * KIB) == 4 * KIB, "write");
	check(close(file) == 0, "close");
	check(unlinkat(root, name, 0) == 0, "unlink");
}

static void open_read(void)
{
	sprintf(name, "small/file-%04u", counter++ % SMALL_FILES);
	int file = openat(root, name, O_RDONLY);
	check(file >= 0, "open");
	check(read(file, buffer, 4 * KIB) == 4 * KIB, "read");
	check(close(file) == 0, "close");
}

static void list(void)
{
	struct stat attributes;
	int count = 0, place = openat(root, "many", O_RDONLY | O_DIRECTORY);
	check(place >= 0, "open");
	DIR *stream = fdopendir(place);
	for (struct dirent *entry; (entry = readdir(stream));) {
		if (entry->d_name[0] == '.') continue;
		check(fstatat(place, entry->d_name, &attributes, AT_SYMLINK_NOFOLLOW) == 0, "stat");
		count++;
	}
	closedir(stream);
	check(count == MANY, "readdir");
}

static void read_4k(void) { check(pread(fd, buffer, 4 * KIB, place(4 * KIB)) == 4 * KIB, "read"); }
static void write_4k(void) { check(pwrite(fd, buffer, 4 * KIB, place(4 * KIB)) == 4 * KIB, "write"); }
static void read_1m(void) { check(pread(fd, buffer, MIB, counter++ % 128 * (off_t)MIB) == MIB, "read"); }
static void write_1m(void) { check(pwrite(fd, buffer, MIB, counter++ % 128 * (off_t)MIB) == MIB, "write"); }
static void read_map(void) { memcpy(buffer, map + place(4 * KIB), 4 * KIB); }

/* Programs in a folder of the directory, as a user would run them. */
static void run_in(const char *folder, const char *command)
{
	int status;
	pid_t child = fork();
	check(child >= 0, "fork");
	if (child == 0) {
		if (fchdir(root) == 0 && chdir(folder) == 0) execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	check(waitpid(child, &status, 0) == child && status == 0, command);
}

static void git_status(void) { run_in("tree", "git status > /dev/null"); }
static void find(void) { run_in("tree", "find . -size +100k > /dev/null"); }
static void tar(void) { run_in("tree", "tar cf - . | cat > /dev/null"); }
static void make(void) { run_in("make", "make -s clean && make -s"); }
static void npm_ci(void) { run_in("npm", "npm ci --offline --no-audit --no-fund --loglevel=error > /dev/null && test -e node_modules/zod/package.json"); }

static const struct work {
	const char *name;
	void (*cycle)(void);
	const char *file; /* to be open as `fd` */
	int flags;
	unsigned cold; /* cycles after which the kernel is made to forget; 0: never */
} works[] = {
	{ "getattr", getattr, "data", O_RDONLY, 0 },
	{ "lookup", lookup, NULL, 0, MANY },
	{ "missing", missing, NULL, 0, 0 },
	{ "create", create, NULL, 0, 0 },
	{ "open", open_read, NULL, 0, 0 },
	{ "list", list, NULL, 0, 1 },
	{ "read-4k", read_4k, "data", O_RDONLY, 0 },
	{ "write-4k", write_4k, "data", O_WRONLY, 0 },
	{ "read-1m", read_1m, "data", O_RDONLY, 0 },
	{ "write-1m", write_1m, "data", O_WRONLY, 0 },
	{ "direct-read-4k", read_4k, "data", O_RDONLY | O_DIRECT, 0 },
	{ "direct-write-4k", write_4k, "data", O_WRONLY | O_DIRECT, 0 },
	{ "direct-read-1m", read_1m, "data", O_RDONLY | O_DIRECT, 0 },
	{ "direct-write-1m", write_1m, "data", O_WRONLY | O_DIRECT, 0 },
	{ "mmap-read-4k", read_map, "data", O_RDONLY, 0 },
	{ "git-status", git_status, NULL, 0, 1 },
	{ "find", find, NULL, 0, 1 },
	{ "tar", tar, NULL, 0, 1 },
	{ "make", make, NULL, 0, 1 },
	{ "npm-ci", npm_ci, NULL, 0, 1 },
};

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	const struct work *work = NULL;
	for (size_t i = 0; argc > 3 && i < sizeof works / sizeof *works; i++)
		if (strcmp(works[i].name, argv[1]) == 0) work = &works[i];
	if (!work) {
		fprintf(stderr, "usage: hostload WORK DIR SECONDS [ID]\n");
		return 2;
	}
	if (argc > 4) id = argv[4];
	root = open(argv[2], O_RDONLY | O_DIRECTORY);
	check(root >= 0, argv[2]);
	buffer = aligned_alloc(4 * KIB, MIB);
	memset(buffer, 'x', MIB);
	if (work->file) {
		fd = openat(root, work->file, work->flags);
		check(fd >= 0, work->file);
		if (work->cycle == read_map) check((map = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, fd, 0)) != MAP_FAILED, "mmap");
	}

	int64_t slice = strtod(argv[3], NULL) * 1e9 / SLICES, busy = 0, processor = 0;
	uint64_t slices[SLICES];
	uint32_t used = 0, cycles = 0;
	int64_t end = now(CLOCK_MONOTONIC) + slice * SLICES;
	do {
		int64_t elapsed = 0;
		uint32_t done = 0;
		do {
			if (work->cold && (cycles + done) % work->cold == 0) end += forget();
			int64_t cpu = now(CLOCK_PROCESS_CPUTIME_ID), started = now(CLOCK_MONOTONIC);
			work->cycle();
			int64_t time = now(CLOCK_MONOTONIC) - started;
			processor += now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
			samples[(cycles + done++) % SAMPLES] = time;
			elapsed += time;
		} while (elapsed < slice);
		slices[used++] = elapsed / done;
		cycles += done;
		busy += elapsed;
	} while (used < SLICES && now(CLOCK_MONOTONIC) < end);
	uint32_t kept = cycles < SAMPLES ? cycles : SAMPLES;
	qsort(slices, used, sizeof *slices, ascending);
	qsort(samples, kept, sizeof *samples, ascending);
	printf("%u %llu %llu %llu %lld\n", cycles, (unsigned long long)slices[used / 2], (unsigned long long)samples[kept / 2],
	       (unsigned long long)samples[kept * 99ULL / 100], (long long)(processor / cycles));
	return 0;
}
