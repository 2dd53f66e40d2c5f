/*
 * Preloaded into a User Mode Linux kernel. Its idle loop sleeps without another look at the interrupts that came after it
 * turned them off, and is then woken by the next timer tick, up to 10 ms later (Linux 6.1, os_idle_sleep). A server that
 * answers while the guest is on its way to sleep would be measured by those ticks. So this one looks before it sleeps.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>

/* Looks in a row that keep it awake; what is ready then is not what an interrupt would take away. */
enum { MOST = 4 };

/* The kernel's interrupt sources. */
static int sources = -1;
static unsigned awake;

int epoll_create(int size)
{
	int (*create)(int) = (int (*)(int))dlsym(RTLD_NEXT, "epoll_create");
	return sources = create(size);
}

int sigsuspend(const sigset_t *mask)
{
	static int (*suspend)(const sigset_t *);
	sigset_t interrupts, before;
	struct pollfd look = { .fd = sources, .events = POLLIN };
	int result = -1, error = EINTR;

	if (!suspend) suspend = (int (*)(const sigset_t *))dlsym(RTLD_NEXT, "sigsuspend");
	sigemptyset(&interrupts);
	sigaddset(&interrupts, SIGIO);
	sigprocmask(SIG_BLOCK, &interrupts, &before);
	/* poll(2) takes nothing away from the edge-triggered sources. */
	if (sources >= 0 && awake < MOST && poll(&look, 1, 0) > 0) {
		awake++;
	} else {
		awake = 0;
		result = suspend(mask);
		error = errno;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return result;
}
