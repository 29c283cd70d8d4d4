/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token from its file. What is wrong with a file is said without a word of its content. Not done
 * here: keeping it for a time, which the callers do.
 */

#include "fs/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path/path.h"

/* systemd grants a service its credential by an access control list on root's file. The list's mask
 * then shows as the group bits, though no group can read the file. */
static bool granted_by_systemd(const char *file, const struct stat *st)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	return dir && *dir && path_is_below(file, dir) && st->st_uid == 0 &&
	       (st->st_mode & 037) == 0;
}

static int check_token_file(const char *file, const struct stat *st, struct err *e)
{
	if (!S_ISREG(st->st_mode))
		return err_set(e, ERR_CONFIG, "token file '%s' is not a regular file", file);
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return err_set(e, ERR_CONFIG,
			       "token file '%s' belongs to user %u; it must be owned by root or by "
			       "user %u: run chown",
			       file, (unsigned)st->st_uid, (unsigned)geteuid());
	if ((st->st_mode & 077) && !granted_by_systemd(file, st))
		return err_set(
			e, ERR_CONFIG,
			"token file '%s' can be read by others (mode %04o): run chmod 600 '%s'",
			file, (unsigned)st->st_mode & 07777, file);
	if (st->st_size > SECRET_MAX)
		return err_set(e, ERR_CONFIG, "token file '%s' is longer than %d bytes", file,
			       SECRET_MAX);
	return 0;
}

/* Checks the content and keeps it without its final newline. */
static int keep(struct secret *out, const char *file, const char *text, size_t len, struct err *e)
{
	if (len > 0 && text[len - 1] == '\n')
		len--;
	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (len == 0)
		return err_set(e, ERR_CONFIG, "token file '%s' is empty", file);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
			return err_set(e, ERR_CONFIG,
				       "token file '%s' has a control character or a second line: "
				       "it must hold the token alone",
				       file);
	secret_set(out, text, len);
	return 0;
}

/* Reads up to size bytes; -1 with errno on failure. */
static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, text + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int read_checked(struct secret *out, const char *file, int fd, struct err *e)
{
	struct stat st;
	char *text;
	ssize_t n;
	int r;

	if (fstat(fd, &st))
		return err_set(e, ERR_CONFIG, "cannot examine token file '%s': %s", file,
			       strerror(errno));
	r = check_token_file(file, &st, e);
	if (r)
		return r;
	text = secret_pages_new(SECRET_MAX);
	n = read_all(fd, text, SECRET_MAX + 1);
	if (n < 0)
		r = err_set(e, ERR_CONFIG, "cannot read token file '%s': %s", file,
			    strerror(errno));
	else if (n > SECRET_MAX)
		r = err_set(e, ERR_CONFIG, "token file '%s' is longer than %d bytes", file,
			    SECRET_MAX);
	else
		r = keep(out, file, text, (size_t)n, e);
	secret_pages_free(text, SECRET_MAX);
	return r;
}

int secret_read(struct secret *out, const char *path, struct err *e)
{
	cleanup_free char *file = NULL;
	cleanup_fd int fd = -1;
	int r = path_expand(&file, path, e);

	if (r)
		return r;
	/* O_NONBLOCK: a FIFO in its place must not hang us. */
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno == ELOOP)
		return err_set(e, ERR_CONFIG,
			       "token file '%s' is a symbolic link; name the file itself", file);
	if (fd < 0)
		return err_set(e, ERR_CONFIG, "cannot open token file '%s': %s", file,
			       strerror(errno));
	return read_checked(out, file, fd, e);
}
