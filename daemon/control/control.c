/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves messages between connections and varlink_answer(). Each turn of the loop lets in at most one
 * connection, and answers at most one call of each, so nobody has the loop to himself. Nothing is
 * read while a whole call waits: a client that sends and never reads costs one reply and
 * CONTROL_PATIENCE_MS. No timer runs while nobody is connected.
 */

#include "daemon/control/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/frames.h"
#include "daemon/control/crowd.h"
#include "fs/fs.h"
#include "log/log.h"
#include "path/path.h"

#define PIECE_MAX (16 * 1024) /* bytes of one read() */
#define BACKLOG   128

struct connection {
	struct connection *next; /* control::connections */
	struct connection **link;
	struct control *control; /* borrowed; NULL once that is being freed */
	struct crowd_guest guest;
	uv_pipe_t pipe;
	uv_timer_t patience;
	uv_timer_t turn;  /* the next call of those that have arrived */
	unsigned open;    /* handles whose close callback is still to come */
	struct frames in; /* calls, received and not yet answered */
	struct buf reply;
	uv_write_t write;
};

struct control {
	uv_pipe_t listener;
	uv_timer_t door; /* lets the next one in */
	unsigned open;
	const struct varlink_service *service; /* borrowed */
	struct connection *connections;        /* those that were let in, the oldest first */
	struct connection *waiting;            /* accepted, not let in yet; or NULL */
	bool knocked;                          /* the listener has one that is not accepted yet */
	uint64_t refused;
};

static void on_connection_closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;

	if (--c->open > 0)
		return;
	frames_release(&c->in);
	buf_release(&c->reply);
	free(c);
}

static void close_connection(struct connection *c)
{
	if (uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	if (c->link) {
		*c->link = c->next;
		if (c->next)
			c->next->link = c->link;
		c->link = NULL;
	}
	c->control = NULL;
	uv_close((uv_handle_t *)&c->pipe, on_connection_closed);
	uv_close((uv_handle_t *)&c->patience, on_connection_closed);
	uv_close((uv_handle_t *)&c->turn, on_connection_closed);
}

static void on_patience_over(uv_timer_t *timer)
{
	close_connection(timer->data);
}

static void renew_patience(struct connection *c)
{
	c->guest.since_ms = (int64_t)uv_now(c->pipe.loop);
	uv_timer_start(&c->patience, on_patience_over, CONTROL_PATIENCE_MS, 0);
}

/* ---- the crowd ---- */

/* Fills in who is there, in the order of the list; returns how many. */
static size_t look_around(const struct control *control,
			  struct crowd_guest guests[static CROWD_MAX])
{
	size_t count = 0;

	for (const struct connection *c = control->connections; c; c = c->next)
		guests[count++] = c->guest;
	return count;
}

static struct connection *connection_at(const struct control *control, size_t index)
{
	struct connection *c = control->connections;

	while (c && index--)
		c = c->next;
	return c;
}

static size_t pending_bytes(const struct control *control)
{
	size_t bytes = 0;

	for (const struct connection *c = control->connections; c; c = c->next)
		bytes += c->reply.len;
	return bytes;
}

/* Closes others until all replies that nobody has taken yet fit into the memory for them. */
static void make_room(struct connection *c)
{
	while (pending_bytes(c->control) > CONTROL_REPLIES_MAX) {
		struct crowd_guest guests[CROWD_MAX];
		size_t count = look_around(c->control, guests), own = 0, slowest;

		while (connection_at(c->control, own) != c)
			own++;
		slowest = crowd_slowest(guests, count, own);
		if (slowest == count)
			return;
		log_debug("control socket: process %d takes no reply, and others need the memory",
			  (int)guests[slowest].pid);
		close_connection(connection_at(c->control, slowest));
	}
}

/* ---- calls and replies ---- */

static void on_reply_written(uv_write_t *write, int status);

static void send_reply(struct connection *c)
{
	/* The NUL that every buffer keeps behind its content ends the message. */
	uv_buf_t bytes = uv_buf_init(c->reply.data, (unsigned)c->reply.len + 1);

	make_room(c);
	c->guest.writing = true;
	c->write.data = c;
	if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &bytes, 1, on_reply_written) < 0)
		close_connection(c);
}

static void take_turn(struct connection *c);

static void on_connection_turn(uv_timer_t *timer)
{
	take_turn(timer->data);
}

static void on_call_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	static char buffer[PIECE_MAX];

	(void)handle;
	(void)suggested;
	*out = uv_buf_init(buffer, sizeof(buffer));
}

static void on_call_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct connection *c = stream->data;
	char *call;
	size_t len;

	if (n == 0)
		return;
	if (n < 0) {
		close_connection(c);
		return;
	}
	frames_add(&c->in, bytes->base, (size_t)n);
	if (frames_first(&c->in, &call, &len) != FRAMES_NONE) {
		uv_read_stop(stream);
		take_turn(c);
	}
}

/* Answers the first of the calls that have arrived whole, or reads on if there is none. */
static void take_turn(struct connection *c)
{
	enum frames_state state;
	struct err e;
	char *call;
	size_t len;

	state = frames_first(&c->in, &call, &len);
	if (state == FRAMES_NONE) {
		if (uv_read_start((uv_stream_t *)&c->pipe, on_call_buffer, on_call_bytes) < 0)
			close_connection(c);
		return;
	}
	if (state == FRAMES_TOO_LONG) {
		log_debug("control socket: process %d sent a call of more than %d bytes",
			  (int)c->guest.pid, VARLINK_MESSAGE_MAX);
		close_connection(c);
		return;
	}
	if (varlink_answer(c->control->service, call, len, &c->reply, &e)) {
		log_debug("control socket: %s", e.text);
		close_connection(c);
		return;
	}
	frames_drop(&c->in);
	renew_patience(c);
	if (c->reply.len)
		send_reply(c);
	else
		uv_timer_start(&c->turn, on_connection_turn, 0, 0);
}

static void on_reply_written(uv_write_t *write, int status)
{
	struct connection *c = write->data;

	if (status < 0 || !c->control) { /* closed meanwhile */
		close_connection(c);
		return;
	}
	c->guest.writing = false;
	buf_release(&c->reply);
	renew_patience(c);
	take_turn(c);
}

/* ---- who comes ---- */

static bool peer_is_allowed(struct control *control, struct connection *c)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	uv_os_fd_t fd;

	if (uv_fileno((const uv_handle_t *)&c->pipe, &fd) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	c->guest.pid = peer.pid;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	if (log_is_due(&control->refused))
		log_warning("control socket: process %d of user %u was refused: it may be used by "
			    "user %u and root only (refused so far: %llu)",
			    (int)peer.pid, (unsigned)peer.uid, (unsigned)geteuid(),
			    (unsigned long long)control->refused);
	return false;
}

static struct connection *new_connection(struct control *control)
{
	struct connection *c = xcalloc(1, sizeof(*c));

	*c = (struct connection){
		.control = control,
		.open = 3,
		.in = FRAMES_INIT('\0', VARLINK_MESSAGE_MAX),
		.reply = BUF_INIT(VARLINK_REPLY_MAX),
	};
	uv_pipe_init(control->listener.loop, &c->pipe, 0);
	uv_timer_init(control->listener.loop, &c->patience);
	uv_timer_init(control->listener.loop, &c->turn);
	c->pipe.data = c->patience.data = c->turn.data = c;
	return c;
}

static void let_in(struct control *control, struct connection *c)
{
	/* At the end: of two that came in the same millisecond, the first is the older one. */
	c->link = &control->connections;
	while (*c->link)
		c->link = &(*c->link)->next;
	*c->link = c;
	renew_patience(c);
	take_turn(c);
}

static void on_door(uv_timer_t *timer);

/* Decides about the one that waits. False: not now. */
static bool decide_door(struct control *control)
{
	struct crowd_guest guests[CROWD_MAX];
	size_t count = look_around(control, guests);
	struct connection *c = control->waiting;
	struct crowd_verdict v = crowd_decide(guests, count, c->guest.pid,
					      (int64_t)uv_now(control->listener.loop));

	if (v.what == CROWD_WAIT) {
		uv_timer_start(&control->door, on_door, (uint64_t)v.wait_ms, 0);
		return false;
	}
	if (v.what == CROWD_REPLACE)
		close_connection(connection_at(control, v.guest));
	control->waiting = NULL;
	let_in(control, c);
	return true;
}

static void on_door(uv_timer_t *timer)
{
	struct control *control = timer->data;
	struct connection *c;

	if (control->waiting && !decide_door(control))
		return;
	if (!control->knocked)
		return;
	/* Accepting is what makes the listener call on_connection() again. */
	control->knocked = false;
	c = new_connection(control);
	if (uv_accept((uv_stream_t *)&control->listener, (uv_stream_t *)&c->pipe) < 0 ||
	    !peer_is_allowed(control, c)) {
		close_connection(c);
		return;
	}
	control->waiting = c;
	decide_door(control);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct control *control = listener->data;

	if (status < 0)
		return;
	control->knocked = true;
	if (!control->waiting)
		uv_timer_start(&control->door, on_door, 0, 0);
}

/* Whether somebody answers at path; 0 or an errno value tells why not. */
static int try_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect(fd, (const void *)&address, sizeof(address)) < 0 ? errno : 0;
}

static int remove_stale(const char *path, struct err *e)
{
	struct stat st;
	int r;

	if (lstat(path, &st) < 0)
		return ERR_OK;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_CONFIG, "cannot listen on '%s': it exists and is no socket",
			       path);
	r = try_connect(path);
	if (r == 0 || r == EAGAIN)
		return err_set(e, ERR_RETRY, "another nbsyncd answers on '%s'", path);
	if (r != ECONNREFUSED)
		return err_errno(e, r, "cannot tell whether '%s' is in use", path);
	if (unlink(path) < 0)
		return err_errno(e, errno, "cannot remove the abandoned socket '%s'", path);
	return ERR_OK;
}

static int prepare_path(const char *path, struct err *e)
{
	cleanup_free char *dir = path_dir(path);
	const size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
	int r;

	if (strlen(path) > max)
		return err_set(e, ERR_CONFIG,
			       "cannot listen on '%s': the path of a socket has at most %zu bytes; "
			       "set 'socket' in [daemon] to a shorter one",
			       path, max);
	r = *dir ? fs_mkdirs(dir, 0700, e) : ERR_OK;
	if (r)
		return r;
	return remove_stale(path, e);
}

static void on_control_closed(uv_handle_t *handle)
{
	struct control *c = handle->data;

	if (--c->open == 0)
		free(c);
}

static int listen_at(struct control *c, const char *path, struct err *e)
{
	mode_t mask = umask(0177);
	int r = uv_pipe_bind(&c->listener, path);

	umask(mask);
	if (!r)
		r = uv_listen((uv_stream_t *)&c->listener, BACKLOG, on_connection);
	return r ? err_errno(e, -r, "cannot listen on '%s'", path) : ERR_OK;
}

int control_new(struct control **out, uv_loop_t *loop, const char *path,
		const struct varlink_service *service, struct err *e)
{
	struct control *c;
	int r;

	*out = NULL;
	r = prepare_path(path, e);
	if (r)
		return r;
	c = xcalloc(1, sizeof(*c));
	c->service = service;
	c->open = 2;
	uv_pipe_init(loop, &c->listener, 0);
	uv_timer_init(loop, &c->door);
	c->listener.data = c->door.data = c;
	r = listen_at(c, path, e);
	if (r) {
		control_free(c);
		return r;
	}
	*out = c;
	return ERR_OK;
}

void control_free(struct control *c)
{
	if (!c)
		return;
	while (c->connections)
		close_connection(c->connections);
	if (c->waiting)
		close_connection(c->waiting);
	/* libuv removes the socket file together with the handle. */
	uv_close((uv_handle_t *)&c->listener, on_control_closed);
	uv_close((uv_handle_t *)&c->door, on_control_closed);
}
