/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel that refuses: to be preloaded (LD_PRELOAD). While the file that WARDGATE_REFUSE names
 * exists, bpf() says ENOMEM as its lines tell: the number of a command, and from which call of it
 * to which one, counted from 1. The counts start anew with each new file.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COMMANDS 64

static int is_refused(unsigned long command)
{
	static unsigned calls[COMMANDS];
	static struct stat last;
	struct stat now;
	const char *path = getenv("WARDGATE_REFUSE");
	FILE *file = path ? fopen(path, "re") : NULL;
	unsigned number, from, to;
	int refused = 0;

	if (!file)
		return 0;
	if (!fstat(fileno(file), &now) && memcmp(&now.st_mtim, &last.st_mtim, sizeof(now.st_mtim)))
		memset(calls, 0, sizeof(calls));
	last = now;
	if (command < COMMANDS)
		calls[command]++;
	while (command < COMMANDS && fscanf(file, "%u %u %u", &number, &from, &to) == 3)
		refused |= number == command && from <= calls[command] && calls[command] <= to;
	fclose(file);
	return refused;
}

long syscall(long number, ...)
{
	static long (*kernel)(long, ...);
	unsigned long a[6];
	va_list args;

	if (!kernel)
		*(void **)&kernel = dlsym(RTLD_NEXT, "syscall");
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, unsigned long);
	va_end(args);
	if (number == SYS_bpf && is_refused(a[0])) {
		errno = ENOMEM;
		return -1;
	}
	return kernel(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
