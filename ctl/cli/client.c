/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client side of the control socket. One connection per call: a command makes few calls, and a
 * daemon that was restarted in between is found again. Trusts the daemon no more than any reply
 * from a socket: its size and shape are checked, its texts are escaped by whoever prints them.
 */

#include "ctl/cli/client.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How to start the daemon that would listen there: the units' runtime directories tell. */
static char *start_command(const char *socket_path)
{
	static const char system[] = "/run/nbsyncd";
	const char *rest = socket_path + sizeof(system) - 1;
	const char *end;

	if (!str_starts(socket_path, system))
		return xstrdup("systemctl --user start nbsyncd");
	end = strchr(rest, '/');
	if (*rest == '-' && end)
		return xasprintf("systemctl start nbsyncd@%.*s", (int)(end - rest - 1), rest + 1);
	return xstrdup("systemctl start nbsyncd");
}

static int ended(const char *path, struct err *e)
{
	return err_set(e, ERR_CANCELLED,
		       "nbsyncd ended the connection on '%s' before it answered, as when it is "
		       "stopped or started anew: try again",
		       path);
}

static int connect_error(const char *path, int errnum, struct err *e)
{
	cleanup_free char *command = NULL;

	switch (errnum) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
		command = start_command(path);
		return err_set(e, ERR_ABSENT,
			       "nbsyncd is not running: nothing answers on '%s'; start it with "
			       "'%s'",
			       path, command);
	case EPIPE:
	case ECONNRESET:
		return ended(path, e);
	case EAGAIN:
		return err_set(e, ERR_RETRY, "nbsyncd does not answer on '%s' within %d s", path,
			       CLIENT_TIMEOUT_S);
	default:
		return err_errno(e, errnum, "cannot talk to nbsyncd on '%s'", path);
	}
}

static int open_socket(int *out, const char *path, struct err *e)
{
	const struct timeval timeout = { .tv_sec = CLIENT_TIMEOUT_S };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup_fd int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(e, ERR_CONFIG, "the socket path '%s' is longer than %zu bytes", path,
			       sizeof(address.sun_path) - 1);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
		return err_errno(e, errno, "cannot create a socket");
	if (connect(fd, (const void *)&address, sizeof(address)) < 0)
		return connect_error(path, errno, e);
	*out = steal_fd(&fd);
	return ERR_OK;
}

/* Sends text with the NUL that ends a message. */
static int send_all(int fd, const char *path, const char *text, struct err *e)
{
	size_t left = strlen(text) + 1;

	while (left) {
		ssize_t n = send(fd, text, left, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return connect_error(path, errno, e);
		text += n;
		left -= (size_t)n;
	}
	return ERR_OK;
}

/* Closed without an answer: it does not talk to us, or it stops. */
static int closed(int fd, const char *path, struct err *e)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);
	uid_t we = geteuid();

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    (we == 0 || we == peer.uid))
		return ended(path, e);
	return err_set(e, ERR_CONFIG,
		       "nbsyncd closed the connection on '%s': only its own user and root may ask "
		       "it",
		       path);
}

/* Receives up to the NUL. */
static int receive(int fd, const char *path, struct buf *out, struct err *e)
{
	char part[16 * 1024];

	for (;;) {
		ssize_t n = recv(fd, part, sizeof(part), 0);
		const char *end = n > 0 ? memchr(part, '\0', (size_t)n) : NULL;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return connect_error(path, errno, e);
		if (n == 0)
			return closed(fd, path, e);
		if (!buf_add(out, part, end ? (size_t)(end - part) : (size_t)n))
			return err_set(e, ERR_INVALID, "the reply of nbsyncd is too long");
		if (end)
			return ERR_OK;
	}
}

static int service_error(const struct json *message, const char *name, struct err *e)
{
	const char *sentence = json_str(message, "parameters.sentence");
	const char *mapping = json_str(message, "parameters.mapping");
	const char *parameter = json_str(message, "parameters.parameter");

	if (str_eq(name, "org.nbsync.Daemon.NoSuchMapping") && mapping)
		return err_set(e, ERR_INVALID,
			       "there is no mapping '%s'; 'nbsync status' lists all", mapping);
	if (str_eq(name, "org.nbsync.Daemon.Busy") && sentence)
		return err_set(e, ERR_RETRY, "%s", sentence);
	if (sentence)
		return err_set(e, ERR_CONFIG, "%s", sentence);
	if (parameter)
		return err_set(e, ERR_INVALID, "nbsyncd does not accept this '%s'", parameter);
	return err_set(e, ERR_INVALID, "nbsyncd answered with the error '%s'", name);
}

/* The reply's parameters as a value of their own. */
static int take_parameters(struct json **reply, const struct buf *text, struct err *e)
{
	cleanup_json struct json *message = NULL;
	const struct json *parameters;
	const char *error;
	int r;

	r = json_parse(&message, buf_str(text), text->len, CLIENT_REPLY_MAX, e);
	if (r)
		return err_wrap(e, "the reply of nbsyncd cannot be read");
	error = json_str(message, "error");
	if (error)
		return service_error(message, error, e);
	*reply = json_object();
	parameters = json_get(message, "parameters");
	if (json_is_object(parameters))
		for (const struct json *p = json_first(parameters); p; p = json_next(p))
			json_add_copy(*reply, json_key(p), p);
	return ERR_OK;
}

int client_call(const char *socket, const char *method, const struct json *params,
		struct json **reply, struct err *e)
{
	cleanup_buf struct buf answer = BUF_INIT(CLIENT_REPLY_MAX);
	cleanup_json struct json *call = json_object();
	cleanup_free char *text = NULL;
	cleanup_fd int fd = -1;
	int r;

	*reply = NULL;
	json_add_str(call, "method", method);
	if (params)
		json_add_copy(call, "parameters", params);
	text = json_print(call, false);
	if ((r = open_socket(&fd, socket, e)) || (r = send_all(fd, socket, text, e)) ||
	    (r = receive(fd, socket, &answer, e)))
		return r;
	return take_parameters(reply, &answer, e);
}

/* Where nbsyncd@USER.service, which the user's own configuration does not know about, listens. */
static char *unit_socket(void)
{
	const struct passwd *user = getpwuid(getuid());

	return user ? xasprintf("/run/nbsyncd-%s/nbsyncd.sock", user->pw_name) : NULL;
}

char *client_socket(const struct config *config)
{
	cleanup_free char *of_unit = unit_socket();

	if (access(config->daemon.socket, F_OK) < 0 && of_unit && access(of_unit, F_OK) == 0)
		return steal(&of_unit);
	return xstrdup(config->daemon.socket);
}
