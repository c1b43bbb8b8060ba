/* SPDX-License-Identifier: GPL-2.0-only */
#include "daemon/daemon.h"

#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/own.h"
#include "control/protocol.h"
#include "daemon/expiry.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_USAGE = 2,
	EXIT_FAILED = 5,
};

static const char usage[] =
	"Usage: wardgated [OPTIONS]           run the gateway's daemon in the foreground\n"
	"       wardgated detach [--bpffs DIR]  take the program off all ports and forget all state\n"
	"\n"
	"  --policy FILE      apply this policy at start, not the one that was applied last\n"
	"  --socket PATH      control socket (" PROTOCOL_SOCKET ")\n"
	"  --state DIR        last policy and audit log (" DAEMON_STATE_FOLDER ")\n"
	"  --bpffs DIR        pinned program and state (" KERNEL_BPFFS ")\n"
	"  --textfile FILE    export metrics for node_exporter's textfile collector (*.prom)\n"
	"  --interval N       seconds between exports, 1..3600 (15)\n"
	"  --metric-devices N  devices with metrics of their own, 0..1000000 (1000); the others are\n"
	"                     summed as \"(others)\"\n"
	"  --metric-rules N   the same of rules (1000)\n"
	"  --max-devices N    room for so many devices, 1..1000000 (8192); fixed until `detach`\n"
	"  --max-rules N      room for so many rules, 1..1000000 (4096); fixed until `detach`\n"
	"  --help, --version\n"
	"\n"
	"The gateway forwards and filters without the daemon: when it stops or dies, the policy in\n"
	"force stays in force, and the next start goes on with its counters and flows.\n"
	"\n"
	"Exit codes: 0 stopped or detached, 2 wrong usage, 5 failed.\n";

/* What the loop waits for; the number is epoll's data. */
enum waiting {
	WAIT_SIGNAL,
	WAIT_SERVER,
	WAIT_EVENTS,
	WAIT_LINKS,
	WAIT_EXPORT,
	WAITS,
};

enum long_option {
	OPTION_POLICY = 256,
	OPTION_SOCKET,
	OPTION_STATE,
	OPTION_BPFFS,
	OPTION_TEXTFILE,
	OPTION_INTERVAL,
	OPTION_METRIC_DEVICES,
	OPTION_METRIC_RULES,
	OPTION_MAX_DEVICES,
	OPTION_MAX_RULES,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "policy", required_argument, NULL, OPTION_POLICY },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "state", required_argument, NULL, OPTION_STATE },
	{ "bpffs", required_argument, NULL, OPTION_BPFFS },
	{ "textfile", required_argument, NULL, OPTION_TEXTFILE },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "metric-devices", required_argument, NULL, OPTION_METRIC_DEVICES },
	{ "metric-rules", required_argument, NULL, OPTION_METRIC_RULES },
	{ "max-devices", required_argument, NULL, OPTION_MAX_DEVICES },
	{ "max-rules", required_argument, NULL, OPTION_MAX_RULES },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static int parse_number(const char *name, uint64_t low, uint64_t high, uint64_t *out)
{
	if (!text_parse_number(optarg, low, high, out))
		return 0;
	fprintf(stderr, "wardgated: --%s takes a whole number from %llu to %llu, not '%s'\n", name,
		(unsigned long long)low, (unsigned long long)high, optarg);
	return -EINVAL;
}

/* node_exporter reads *.prom only: another name would be written and never seen. */
static int parse_textfile(const char **out)
{
	size_t length = strlen(optarg);

	if (length > 5 && !strcmp(optarg + length - 5, ".prom")) {
		*out = optarg;
		return 0;
	}
	fprintf(stderr, "wardgated: --textfile takes a name that ends in .prom, not '%s'\n", optarg);
	return -EINVAL;
}

static int parse_option(int option, struct options *out)
{
	switch (option) {
	case OPTION_POLICY:
		out->policy = optarg;
		return 0;
	case OPTION_SOCKET:
		out->socket = optarg;
		return 0;
	case OPTION_STATE:
		out->state = optarg;
		return 0;
	case OPTION_BPFFS:
		out->bpffs = optarg;
		return 0;
	case OPTION_TEXTFILE:
		return parse_textfile(&out->textfile);
	case OPTION_INTERVAL:
		return parse_number("interval", 1, 3600, &out->interval);
	case OPTION_METRIC_DEVICES:
		return parse_number("metric-devices", 0, 1000000, &out->metric_devices);
	case OPTION_METRIC_RULES:
		return parse_number("metric-rules", 0, 1000000, &out->metric_rules);
	case OPTION_MAX_DEVICES:
		return parse_number("max-devices", 1, 1000000, &out->device_capacity);
	case OPTION_MAX_RULES:
		return parse_number("max-rules", 1, 1000000, &out->rule_capacity);
	case OPTION_HELP:
		fputs(usage, stdout);
		exit(EXIT_DONE);
	case OPTION_VERSION:
		puts("wardgated " WARDGATE_VERSION);
		exit(EXIT_DONE);
	}
	fputs("See wardgated --help.\n", stderr);
	return -EINVAL;
}

static int parse_options(int argc, char **argv, struct options *out)
{
	int option;

	*out = (struct options){
		.socket = PROTOCOL_SOCKET,
		.state = DAEMON_STATE_FOLDER,
		.bpffs = KERNEL_BPFFS,
		.interval = DAEMON_EXPORT_INTERVAL,
		.metric_devices = DAEMON_METRIC_LIMIT,
		.metric_rules = DAEMON_METRIC_LIMIT,
	};
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (parse_option(option, out))
			return -EINVAL;
	return 0;
}

static int detach(const char *bpffs)
{
	char ports[TEXT_THINGS];
	struct error error;
	unsigned removed;
	int err = kernel_detach(bpffs, &removed, &error);

	/* What was to be done is done, but not by this: perhaps it was another folder. */
	if (err == -ESRCH) {
		log_warning("%s", error.text);
		return EXIT_DONE;
	}
	if (err) {
		log_error("%s", error.text);
		return EXIT_FAILED;
	}
	log_info("detached from %s; nothing of %s is left", text_things(ports, removed, "port"),
		 bpffs);
	return EXIT_DONE;
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_timer(uint64_t interval)
{
	struct itimerspec spec = { .it_interval.tv_sec = (time_t)interval,
				   .it_value.tv_sec = (time_t)interval };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		timerfd_settime(fd, 0, &spec, NULL);
	return fd;
}

static int make_folder_of(const char *path, struct error *error)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	return file_make_folder(dirname(copy), 0755, error);
}

/* The socket first: it is also the lock that keeps a second daemon away from the pins. */
static int open_all(struct daemon *daemon, struct error *error)
{
	const struct kernel_options options = {
		.bpffs = daemon->options.bpffs,
		.device_capacity = (uint32_t)daemon->options.device_capacity,
		.rule_capacity = (uint32_t)daemon->options.rule_capacity,
	};

	return make_folder_of(daemon->options.socket, error) ?:
	       server_new(daemon->options.socket, daemon_methods, daemon_method_count, daemon,
			  &daemon->server, error) ?:
	       kernel_open(&options, &daemon->kernel, error);
}

static void close_all(struct daemon *daemon)
{
	server_free(&daemon->server);
	running_free(&daemon->running);
	kernel_close(&daemon->kernel);
	notify_close(&daemon->notify);
}

static void drain(int fd)
{
	char bytes[512];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

static void handle_signal(struct daemon *daemon, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == sizeof(info)) {
		/* A closed terminal is no reason to stop; a reload is `wardgate apply`. */
		if (info.ssi_signo == SIGHUP)
			continue;
		daemon->stop = true;
	}
}

/*
 * Somebody else's tool may have undone what a publish set. A port that hides VLAN tags makes tagged
 * frames look untagged: it is set again at once, and said each time.
 */
static void verify_ports(struct daemon *daemon)
{
	const struct policy *policy = daemon->running.policy;
	struct error error;

	for (size_t i = 0; policy && i < policy->image->ports.count; i++) {
		const struct image_port *port = &policy->image->ports.items[i];
		int err = kernel_port_verify(daemon->kernel, port, true, &error);

		if (err)
			log_error("%s%s", error.text,
				  err > 0 ? " (something else changed that; it was set back)" : "");
	}
}

/* Whether what failed a moment ago would only fail again. */
static bool is_waiting(const struct retry *retry)
{
	return retry->failed && retry->at.ns > clock_monotonic().ns;
}

static void republish(struct daemon *daemon, const char *change)
{
	struct error error;

	if (daemon_republish(daemon, &error))
		log_error(
			"%s, and the policy could not be published for that: %s; it is tried again "
			"in %llu s",
			change, error.text,
			(unsigned long long)(daemon->retry.delay / 1000000000u));
	else
		log_warning("%s: generation %u is in force on the ports that are there", change,
			    kernel_meta(daemon->kernel)->generation);
}

static void handle_links(struct daemon *daemon)
{
	const struct policy *policy = daemon->running.policy;
	const char *change;
	struct error error;

	if (kernel_watch(daemon->kernel, policy ? policy->image : NULL, &daemon->running.slots,
			 &change, &error)) {
		log_error("%s", error.text);
	} else if (change && !is_waiting(&daemon->retry)) {
		/* What is new need not wait as long as what was tried often. */
		daemon->retry.delay = 0;
		republish(daemon, change);
	}
	verify_ports(daemon);
}

/* What failed may work by now: memory, or a port that says nothing when it is ready. */
static void try_again(struct daemon *daemon)
{
	const struct policy *policy = daemon->running.policy;
	const char *change;
	struct error error;

	daemon->retry.at.ns = 0;
	kernel_watch_again(daemon->kernel, daemon->retry.failed);
	if (kernel_watch(daemon->kernel, policy ? policy->image : NULL, &daemon->running.slots,
			 &change, &error)) {
		log_error("%s", error.text);
		change = "the kernel could not tell about the ports";
	}
	if (change)
		republish(daemon, change);
	else if (daemon->running.slots.left_out)
		daemon_retry_later(daemon, false);
}

/* For epoll_wait(): ms until something is to be tried again, -1 for nothing. */
static int time_left(const struct retry *retry)
{
	uint64_t now = clock_monotonic().ns;

	if (!retry->at.ns)
		return -1;
	return retry->at.ns > now ? (int)((retry->at.ns - now) / 1000000u) + 1 : 0;
}

/* Of two times in ms, -1 for never, the first one. */
static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static void handle(struct daemon *daemon, enum waiting what, int fd)
{
	switch (what) {
	case WAIT_SIGNAL:
		handle_signal(daemon, fd);
		break;
	case WAIT_EVENTS:
		daemon_events(daemon);
		break;
	case WAIT_LINKS:
		handle_links(daemon);
		break;
	case WAIT_EXPORT:
		drain(fd);
		handle_links(daemon);
		expiry_log(&daemon->running);
		daemon_export(daemon);
		break;
	case WAIT_SERVER:
	case WAITS:
		break;
	}
	/* Whatever happened may have left something to send. */
	server_run(daemon->server, clock_monotonic());
}

static int loop(struct daemon *daemon, int signals, struct error *error)
{
	_cleanup_close_ int epoll = epoll_create1(EPOLL_CLOEXEC);
	_cleanup_close_ int timer = open_timer(daemon->options.interval);
	const int fds[WAITS] = {
		[WAIT_SIGNAL] = signals,
		[WAIT_SERVER] = server_fd(daemon->server),
		[WAIT_EVENTS] = kernel_events_fd(daemon->kernel),
		[WAIT_LINKS] = kernel_watch_fd(daemon->kernel),
		[WAIT_EXPORT] = timer,
	};

	for (uint32_t i = 0; i < WAITS; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };

		if (epoll < 0 || fds[i] < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) < 0)
			return error_set(error, -errno, "cannot wait for events: %s",
					 strerror(errno));
	}
	daemon_export(daemon);
	while (!daemon->stop) {
		struct epoll_event events[WAITS];
		int count = epoll_wait(epoll, events, WAITS,
				       sooner(notify_alive(&daemon->notify),
					      time_left(&daemon->retry)));

		if (count < 0 && errno != EINTR)
			return error_set(error, -errno, "cannot wait for events: %s",
					 strerror(errno));
		for (int i = 0; i < count; i++)
			handle(daemon, events[i].data.u32, fds[events[i].data.u32]);
		if (!time_left(&daemon->retry))
			try_again(daemon);
	}
	return 0;
}

static int run(const struct options *options)
{
	struct daemon daemon = { .options = *options, .started = clock_realtime() };
	/* First: one that comes while the policy is published waits until it is. */
	_cleanup_close_ int signals = open_signals();
	struct error error;
	int err;

	notify_open(&daemon.notify);
	err = open_all(&daemon, &error);
	if (!err) {
		daemon_take_over(&daemon);
		daemon_ready(&daemon);
		err = loop(&daemon, signals, &error);
		notify_stopping(&daemon.notify);
	}
	if (err)
		log_error("%s", error.text);
	else if (kernel_meta(daemon.kernel)->generation)
		log_info("stopped; generation %u stays in force without the daemon",
			 kernel_meta(daemon.kernel)->generation);
	close_all(&daemon);
	return err ? EXIT_FAILED : EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct options options;
	bool detaching;

	if (parse_options(argc, argv, &options))
		return EXIT_USAGE;
	detaching = optind < argc && !strcmp(argv[optind], "detach");
	if (optind + detaching < argc) {
		fprintf(stderr, "wardgated: '%s' is not known. See wardgated --help.\n",
			argv[optind + detaching]);
		return EXIT_USAGE;
	}
	return detaching ? detach(options.bpffs) : run(&options);
}
