/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership that shows in one function: a variable marked `_cleanup_(f)` is released when it goes
 * out of scope, unless TAKE_PTR or TAKE_FD handed it over before. Every x_free() takes the address
 * of the pointer, accepts NULL inside and sets it to NULL.
 */
#ifndef WARDGATE_BASE_OWN_H
#define WARDGATE_BASE_OWN_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_free_ _cleanup_(own_free)
#define _cleanup_close_ _cleanup_(own_close)
#define _cleanup_fclose_ _cleanup_(own_fclose)

#define TAKE_PTR(p)                                                                                \
	({                                                                                         \
		__typeof__(p) taken_ = (p);                                                        \
		(p) = NULL;                                                                        \
		taken_;                                                                            \
	})

#define TAKE_FD(fd)                                                                                \
	({                                                                                         \
		int taken_ = (fd);                                                                 \
		(fd) = -1;                                                                         \
		taken_;                                                                            \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void own_free(void *p)
{
	free(*(void **)p);
	*(void **)p = NULL;
}

static inline void own_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void own_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

#endif
