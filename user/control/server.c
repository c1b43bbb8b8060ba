/* SPDX-License-Identifier: GPL-2.0-only */
#include "control/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"
#include "control/call.h"
#include "control/connection.h"
#include "control/protocol.h"

/* After an accept that failed for lack of something, wait: the queue keeps who is waiting. */
#define ACCEPT_PAUSE_NS 1000000000ull
/* The clock of `now` may be a tick (10 ms at most) behind the timer's. */
#define TIMER_SLACK_NS 20000000ull

struct server {
	struct method_table table;
	int epoll, listener, timer;
	struct monotonic accept_again; /* 0: accepting */
	struct connection *connections[SERVER_CONNECTIONS];
	size_t count;
	struct sockaddr_un address;
	dev_t device; /* of the socket file */
	ino_t inode;
};

static int watch(struct server *server, int operation, int fd, uint32_t events, void *data)
{
	struct epoll_event event = { .events = events, .data.ptr = data };

	return epoll_ctl(server->epoll, operation, fd, &event) < 0 ? -errno : 0;
}

/* 0 when nothing is at the path any more. */
static int remove_stale(const struct sockaddr_un *address, struct error *error)
{
	const char *path = address->sun_path;
	_cleanup_close_ int probe = -1;
	struct stat stat;

	if (lstat(path, &stat) < 0)
		return errno == ENOENT ? 0
				       : error_set(error, -errno, "cannot look at %s: %s", path,
						   strerror(errno));
	if (!S_ISSOCK(stat.st_mode))
		return error_set(error, -EEXIST, "%s exists and is not a socket", path);
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0)
		return error_set(error, -errno, "cannot make a socket: %s", strerror(errno));
	/* Only a refusal says that nobody is there; EAGAIN is a listener whose queue is full. */
	if (!connect(probe, (const struct sockaddr *)address, sizeof(*address)) ||
	    errno != ECONNREFUSED)
		return error_set(error, -EADDRINUSE, "another wardgated listens at %s", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return error_set(error, -errno, "cannot remove the stale socket %s: %s", path,
				 strerror(errno));
	return 0;
}

static int bind_private(int fd, const struct sockaddr_un *address)
{
	mode_t before = umask(0117);
	int err = bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;

	umask(before);
	return err;
}

static int listen_at(struct server *server, const char *path, struct error *error)
{
	struct stat stat;
	int err;

	server->address.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(server->address.sun_path))
		return error_set(error, -ENAMETOOLONG,
				 "the socket path %.120s... is longer than %zu bytes", path,
				 sizeof(server->address.sun_path) - 1);
	strcpy(server->address.sun_path, path);
	err = remove_stale(&server->address, error);
	if (err)
		return err;
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->listener < 0)
		return error_set(error, -errno, "cannot make a socket: %s", strerror(errno));
	err = bind_private(server->listener, &server->address);
	if (err)
		return error_set(error, err, "cannot create the socket %s: %s", path,
				 strerror(-err));
	if (!lstat(path, &stat)) {
		server->device = stat.st_dev;
		server->inode = stat.st_ino;
	}
	if (listen(server->listener, SERVER_CONNECTIONS) < 0)
		return error_set(error, -errno, "cannot listen at %s: %s", path, strerror(errno));
	return 0;
}

static int set_up(struct server *server, const char *path, struct error *error)
{
	int err;

	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->epoll < 0)
		return error_set(error, -errno, "cannot make an epoll: %s", strerror(errno));
	server->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (server->timer < 0)
		return error_set(error, -errno, "cannot make a timer: %s", strerror(errno));
	err = listen_at(server, path, error);
	if (err)
		return err;
	err = watch(server, EPOLL_CTL_ADD, server->timer, EPOLLIN, &server->timer);
	if (!err)
		err = watch(server, EPOLL_CTL_ADD, server->listener, EPOLLIN, &server->listener);
	if (err)
		return error_set(error, err, "cannot watch the socket: %s", strerror(-err));
	return 0;
}

int server_new(const char *path, const struct method *methods, size_t count, void *context,
	       struct server **out, struct error *error)
{
	_cleanup_(server_free) struct server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return error_set(error, -ENOMEM, "no memory for the control socket");
	server->table = (struct method_table){ methods, count, context };
	server->epoll = server->listener = server->timer = -1;
	err = set_up(server, path, error);
	if (err)
		return err;
	*out = TAKE_PTR(server);
	return 0;
}

void server_free(struct server **server)
{
	struct server *s = *server;
	struct stat stat;

	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		connection_free(&s->connections[i]);
	/* The next daemon may have put its own socket there already. */
	if (s->inode && !lstat(s->address.sun_path, &stat) && stat.st_dev == s->device &&
	    stat.st_ino == s->inode)
		unlink(s->address.sun_path);
	own_close(&s->listener);
	own_close(&s->timer);
	own_close(&s->epoll);
	free(s);
	*server = NULL;
}

int server_fd(const struct server *server)
{
	return server->epoll;
}

size_t server_connections(const struct server *server)
{
	return server->count;
}

size_t server_subscribers(const struct server *server)
{
	size_t count = 0;

	for (size_t i = 0; i < server->count; i++)
		count += server->connections[i]->subscribed;
	return count;
}

static void update_interest(struct server *server, struct connection *connection)
{
	uint32_t wants = connection_wants(connection);

	if (wants == connection->interest)
		return;
	if (watch(server, EPOLL_CTL_MOD, connection->fd, wants, connection))
		connection->dead = true;
	else
		connection->interest = wants;
}

void server_send_all(struct server *server, json_t *parameters)
{
	_cleanup_free_ char *bytes = NULL;
	json_t *message =
		parameters ? json_pack("{s:o, s:b}", "parameters", parameters, "continues", 1)
			   : NULL;

	if (message && server_subscribers(server))
		bytes = json_dumps(message, JSON_COMPACT);
	json_decref(message);
	for (size_t i = 0; i < server->count; i++) {
		struct connection *connection = server->connections[i];

		if (!connection->subscribed)
			continue;
		connection_publish(connection, bytes, bytes ? strlen(bytes) + 1 : 0);
		update_interest(server, connection);
	}
}

/* The sentence for a client that can't have a connection now, or NULL. */
static const char *refusal(const struct server *server, const struct ucred *peer)
{
	size_t mine = 0;

	if (server->count == SERVER_CONNECTIONS)
		return "wardgated serves as many connections as it can";
	if (peer->uid == 0 || peer->uid == geteuid())
		return NULL;
	for (size_t i = 0; i < server->count; i++)
		mine += server->connections[i]->peer.uid == peer->uid;
	if (mine >= SERVER_CONNECTIONS_USER)
		return "this user has as many connections to wardgated as one user may";
	if (server->count >= SERVER_CONNECTIONS - SERVER_CONNECTIONS_ROOT)
		return "wardgated keeps its last connections for root";
	return NULL;
}

static int admit(struct server *server, int fd, struct monotonic now)
{
	_cleanup_(connection_free) struct connection *connection = NULL;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	const char *sentence;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	connection = connection_new(fd, &peer, role_of_peer(peer.uid, geteuid()), now);
	if (!connection)
		return -ENOMEM;
	sentence = refusal(server, &peer);
	if (sentence) {
		connection_refuse(connection, PROTOCOL_BUSY, sentence);
		connection_write(connection);
		return 0;
	}
	connection->interest = EPOLLIN;
	if (!watch(server, EPOLL_CTL_ADD, fd, EPOLLIN, connection))
		server->connections[server->count++] = TAKE_PTR(connection);
	return 0;
}

static void pause_accept(struct server *server, struct monotonic now)
{
	server->accept_again.ns = now.ns + ACCEPT_PAUSE_NS;
	watch(server, EPOLL_CTL_MOD, server->listener, 0, &server->listener);
}

static void accept_some(struct server *server, struct monotonic now)
{
	for (int i = 0; i < SERVER_CONNECTIONS; i++) {
		int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0) {
			/* EMFILE and its kind: the listener stays readable, so trying again at
			 * once would spin. */
			if (errno != EAGAIN)
				pause_accept(server, now);
			return;
		}
		if (admit(server, fd, now))
			close(fd);
	}
}

/* What a reply of this connection may take, so that all together stay within their limit. */
static size_t reply_room(const struct server *server)
{
	size_t used = 0, left;

	for (size_t i = 0; i < server->count; i++)
		used += connection_pending(server->connections[i]);
	left = used < SERVER_REPLY_LIMIT_ALL ? SERVER_REPLY_LIMIT_ALL - used : 0;
	return left < SERVER_REPLY_LIMIT ? left : SERVER_REPLY_LIMIT;
}

static void take_turn(struct server *server, struct connection *connection, struct monotonic now)
{
	bool had_pending = connection_pending(connection) > 0;
	bool had_input = connection->input.length > 0;

	connection_write(connection);
	if (!connection_pending(connection) || connection->subscribed)
		connection_read(connection);
	/* A new step of the client: all of its answer is read, or a request has begun. */
	if ((had_pending && !connection_pending(connection)) ||
	    (!had_input && connection->input.length))
		connection_restart(connection, now);
	/* One request a turn, and none while the last answer waits: clients share the daemon. */
	if (connection->complete && !connection_pending(connection)) {
		call_dispatch(&server->table, connection, reply_room(server));
		connection_restart(connection, now);
	}
	connection_write(connection);
	if (connection->ended && !connection->complete) {
		connection->closing = true;
		connection->subscribed = false;
	}
	if (connection->closing && !connection_pending(connection))
		connection->dead = true;
}

static void expire(struct server *server, struct monotonic now)
{
	for (size_t i = 0; i < server->count; i++)
		connection_expire(server->connections[i], now);
	if (server->accept_again.ns && now.ns >= server->accept_again.ns) {
		server->accept_again.ns = 0;
		watch(server, EPOLL_CTL_MOD, server->listener, EPOLLIN, &server->listener);
	}
}

static void reap(struct server *server)
{
	for (size_t i = 0; i < server->count;) {
		update_interest(server, server->connections[i]);
		if (server->connections[i]->dead) {
			connection_free(&server->connections[i]);
			server->connections[i] = server->connections[--server->count];
		} else {
			i++;
		}
	}
}

static void arm_timer(struct server *server)
{
	struct itimerspec when = { 0 };
	uint64_t first = server->accept_again.ns;

	for (size_t i = 0; i < server->count; i++) {
		const struct connection *connection = server->connections[i];

		if (!connection->subscribed && (!first || connection->deadline.ns < first))
			first = connection->deadline.ns;
	}
	if (first) {
		first += TIMER_SLACK_NS;
		when.it_value.tv_sec = (time_t)(first / 1000000000);
		when.it_value.tv_nsec = (long)(first % 1000000000);
	}
	timerfd_settime(server->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

void server_run(struct server *server, struct monotonic now)
{
	struct epoll_event events[SERVER_CONNECTIONS + 2];
	int count = epoll_wait(server->epoll, events, (int)ARRAY_SIZE(events), 0);
	bool listening = false;

	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == &server->listener)
			listening = true;
		else if (events[i].data.ptr != &server->timer)
			take_turn(server, events[i].data.ptr, now);
	}
	expire(server, now);
	reap(server);
	/* After the dead are gone, so that their places can be taken. */
	if (listening)
		accept_some(server, now);
	arm_timer(server);
}
