/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves messages between connections and varlink_answer(). One call at a time per connection: the
 * next one is looked at when the reply to the last was written, so a client that sends and never
 * reads costs one reply and CONTROL_PATIENCE_MS. No timer runs while nobody is connected.
 */

#include "daemon/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/path.h"

struct connection {
	struct connection *next; /* control::connections */
	struct connection **link;
	struct control *control; /* borrowed; NULL once that is being freed */
	uv_pipe_t pipe;
	uv_timer_t timer;
	unsigned open;    /* handles whose close callback is still to come */
	struct buf in;    /* received, not yet answered */
	struct buf reply; /* being written while busy */
	uv_write_t write;
	bool busy;
};

struct control {
	uv_pipe_t listener;
	const struct varlink_service *service; /* borrowed */
	struct connection *connections;
	size_t connection_count;
};

static void on_connection_closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;

	if (--c->open > 0)
		return;
	buf_release(&c->in);
	buf_release(&c->reply);
	free(c);
}

static void close_connection(struct connection *c)
{
	if (uv_is_closing((uv_handle_t *)&c->pipe))
		return;
	if (c->control) {
		*c->link = c->next;
		if (c->next)
			c->next->link = c->link;
		c->control->connection_count--;
		c->control = NULL;
	}
	uv_close((uv_handle_t *)&c->pipe, on_connection_closed);
	uv_close((uv_handle_t *)&c->timer, on_connection_closed);
}

static void on_patience_over(uv_timer_t *timer)
{
	close_connection(timer->data);
}

static void renew_patience(struct connection *c)
{
	uv_timer_start(&c->timer, on_patience_over, CONTROL_PATIENCE_MS, 0);
}

static void answer_next(struct connection *c);

static void on_written(uv_write_t *write, int status)
{
	struct connection *c = write->data;

	if (status < 0) {
		close_connection(c);
		return;
	}
	c->busy = false;
	buf_release(&c->reply);
	renew_patience(c);
	answer_next(c);
}

static void send_reply(struct connection *c)
{
	/* The NUL that every buffer keeps behind its content ends the message. */
	uv_buf_t bytes = uv_buf_init(c->reply.data, (unsigned)c->reply.len + 1);

	c->busy = true;
	c->write.data = c;
	if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &bytes, 1, on_written) < 0)
		close_connection(c);
}

/* Answers the calls that have arrived whole, up to the first that has a reply to be written. */
static void answer_next(struct connection *c)
{
	char *end;

	while (c->control && !c->busy && c->in.len && (end = memchr(c->in.data, '\0', c->in.len))) {
		size_t len = (size_t)(end - c->in.data);
		struct err e;

		if (varlink_answer(c->control->service, c->in.data, len, &c->reply, &e)) {
			log_debug("control socket: %s", e.text);
			close_connection(c);
			return;
		}
		c->in.len -= len + 1;
		memmove(c->in.data, end + 1, c->in.len + 1);
		if (c->reply.len)
			send_reply(c);
	}
}

static void on_buffer_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	static char buffer[16 * 1024];

	(void)handle;
	(void)suggested;
	*out = uv_buf_init(buffer, sizeof(buffer));
}

static void on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct connection *c = stream->data;

	if (n < 0 || !buf_add(&c->in, bytes->base, (size_t)n))
		close_connection(c);
	else
		answer_next(c);
}

static bool peer_is_allowed(const uv_pipe_t *pipe)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);
	uv_os_fd_t fd;

	if (uv_fileno((const uv_handle_t *)pipe, &fd) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	log_warning("control socket: process %d of user %u was refused: it may be used by user %u "
		    "and root only",
		    (int)peer.pid, (unsigned)peer.uid, (unsigned)geteuid());
	return false;
}

static struct connection *new_connection(struct control *control)
{
	struct connection *c = xcalloc(1, sizeof(*c));

	*c = (struct connection){
		.control = control,
		.next = control->connections,
		.link = &control->connections,
		.open = 2,
		.in = BUF_INIT(VARLINK_MESSAGE_MAX + 1),
		.reply = BUF_INIT(VARLINK_REPLY_MAX),
	};
	if (c->next)
		c->next->link = &c->next;
	control->connections = c;
	control->connection_count++;
	uv_pipe_init(control->listener.loop, &c->pipe, 0);
	uv_timer_init(control->listener.loop, &c->timer);
	c->pipe.data = c->timer.data = c;
	return c;
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct control *control = listener->data;
	struct connection *c;

	if (status < 0)
		return;
	c = new_connection(control);
	if (uv_accept(listener, (uv_stream_t *)&c->pipe) < 0 ||
	    control->connection_count > CONTROL_CONNECTIONS_MAX || !peer_is_allowed(&c->pipe) ||
	    uv_read_start((uv_stream_t *)&c->pipe, on_buffer_wanted, on_bytes) < 0)
		close_connection(c);
	else
		renew_patience(c);
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
	if (*dir && (r = fs_mkdirs(dir, 0700, e)))
		return r;
	return remove_stale(path, e);
}

static void on_listener_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static int listen_at(struct control *c, const char *path, struct err *e)
{
	mode_t mask = umask(0177);
	int r = uv_pipe_bind(&c->listener, path);

	umask(mask);
	if (!r)
		r = uv_listen((uv_stream_t *)&c->listener, CONTROL_CONNECTIONS_MAX, on_connection);
	return r ? err_errno(e, -r, "cannot listen on '%s'", path) : ERR_OK;
}

int control_new(struct control **out, uv_loop_t *loop, const char *path,
		const struct varlink_service *service, struct err *e)
{
	struct control *c;
	int r;

	*out = NULL;
	if ((r = prepare_path(path, e)))
		return r;
	c = xcalloc(1, sizeof(*c));
	c->service = service;
	uv_pipe_init(loop, &c->listener, 0);
	c->listener.data = c;
	if ((r = listen_at(c, path, e))) {
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
	/* libuv removes the socket file together with the handle. */
	uv_close((uv_handle_t *)&c->listener, on_listener_closed);
}
