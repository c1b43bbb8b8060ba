/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon's log: lines on standard error, with the syslog priority in front (`<3>`) when it is
 * the journal that reads them (sd-daemon(3)). Only daemon/ and cli/ call it; policy/ and kernel/
 * return errors.
 */
#ifndef WARDGATE_BASE_LOG_H
#define WARDGATE_BASE_LOG_H

#include <syslog.h>

__attribute__((format(printf, 2, 3))) void log_line(int priority, const char *format, ...);

#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)

#endif
