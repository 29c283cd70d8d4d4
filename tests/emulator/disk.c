/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object files. A writer makes a temporary file and renames it; four system calls and no fsync, so
 * that a benchmark measures its client and not this disk. A reader finds the content behind the
 * first line.
 */

#include "tests/emulator/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "format/json.h"
#include "fs/fs.h"
#include "path/path.h"
#include "tests/emulator/json_out.h"
#include "tests/emulator/store.h"

#define FIRST_ID   INT64_C(400000000000000) /* looks like a real one */
#define IDS_A_RUN  (INT64_C(1) << 40)       /* reserved at each start */
#define FAN_OUT    256
#define HEADER_MAX 8192
#define FILE_NAME  40

struct disk {
	int root;
	int lock;
};

static void object_name(char out[static FILE_NAME], int64_t id)
{
	snprintf(out, FILE_NAME, "objects/%02x/%lld", (unsigned)(id & 0xff), (long long)id);
}

static int open_root(int *out, const char *dir, struct err *e)
{
	int code = fs_mkdirs(dir, 0755, e);

	return code == ERR_OK ? fs_root_open(out, dir, e) : code;
}

/* Puts the temporary file in place; the first object of a bucket makes its directory. */
static int publish(int root, const char *name, struct err *e)
{
	cleanup_free char *dir = path_dir(name);

	if (renameat(root, "temporary", root, name) == 0)
		return ERR_OK;
	if (errno == ENOENT && *dir && mkdirat(root, dir, 0755) == 0 &&
	    renameat(root, "temporary", root, name) == 0)
		return ERR_OK;
	return err_errno(e, errno, "cannot replace '%s'", name);
}

static int write_file(int root, const char *name, struct iovec *parts, int count, struct err *e)
{
	cleanup_fd int fd = openat(root, "temporary", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				   0644);

	if (fd < 0)
		return err_errno(e, errno, "cannot create a temporary file");
	while (count > 0) {
		ssize_t n = writev(fd, parts, count);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(e, errno, "cannot write '%s'", name);
		while (count > 0 && (size_t)n >= parts->iov_len) {
			n -= (ssize_t)parts->iov_len;
			parts++;
			count--;
		}
		if (count > 0) {
			parts->iov_base = (char *)parts->iov_base + n;
			parts->iov_len -= (size_t)n;
		}
	}
	return publish(root, name, e);
}

/* Reads the id to start with and reserves a run of them, so that no id is ever used twice. */
static int reserve_ids(struct disk *d, int64_t *next_id, struct err *e)
{
	char text[32] = "";
	cleanup_fd int fd = openat(d->root, "next-id", O_RDONLY | O_CLOEXEC);
	struct iovec part;

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
		return err_errno(e, errno, "cannot read 'next-id'");
	*next_id = fd >= 0 ? strtoll(text, NULL, 10) : FIRST_ID;
	if (*next_id < FIRST_ID || *next_id > INT64_MAX / 2)
		return err_set(e, ERR_INVALID, "'next-id' does not hold an id");
	snprintf(text, sizeof(text), "%lld\n", (long long)(*next_id + IDS_A_RUN));
	part = (struct iovec){ .iov_base = text, .iov_len = strlen(text) };
	return write_file(d->root, "next-id", &part, 1, e);
}

int disk_open(struct disk **out, const char *dir, int64_t *next_id, struct err *e)
{
	struct disk *d = xcalloc(1, sizeof(*d));
	int code;

	d->root = d->lock = -1;
	code = open_root(&d->root, dir, e);
	if (code == ERR_OK)
		code = fs_lock(&d->lock, dir, e);
	if (code == ERR_OK && mkdirat(d->root, "objects", 0755) < 0 && errno != EEXIST)
		code = err_errno(e, errno, "cannot create '%s/objects'", dir);
	if (code == ERR_OK)
		code = reserve_ids(d, next_id, e);
	if (code != ERR_OK) {
		disk_close(d);
		return code;
	}
	*out = d;
	return ERR_OK;
}

void disk_close(struct disk *d)
{
	if (!d)
		return;
	if (d->lock >= 0)
		close(d->lock);
	if (d->root >= 0)
		close(d->root);
	free(d);
}

static void header_write(struct buf *out, const struct node *n, int64_t parent)
{
	json_out_open(out, NULL, '{');
	json_out_int(out, "parent", parent);
	json_out_str(out, "name", n->name);
	json_out_str(out, "type", node_type_name(n->type));
	if (n->type == NODE_NOTEBOOK) {
		json_out_str(out, "language", notebook_language_name(n->language));
		json_out_bool(out, "jupyter", n->format == NOTEBOOK_IPYNB);
	}
	json_out_int(out, "created", n->created_ms);
	json_out_int(out, "modified", n->modified_ms);
	json_out_close(out, '}');
	json_out_end(out);
	buf_add_char(out, '\n');
}

int disk_write(struct disk *d, struct node *n, int64_t parent, const char *data, size_t len,
	       struct err *e)
{
	struct buf header = BUF_INIT(HEADER_MAX);
	char name[FILE_NAME];
	struct iovec parts[2];
	int code;

	header_write(&header, n, parent);
	object_name(name, n->id);
	parts[0] = (struct iovec){ .iov_base = header.data, .iov_len = header.len };
	parts[1] = (struct iovec){ .iov_len = len };
	memcpy(&parts[1].iov_base, &data, sizeof(data));
	code = write_file(d->root, name, parts, len > 0 ? 2 : 1, e);
	if (code == ERR_OK)
		n->content_at = (uint32_t)header.len;
	buf_release(&header);
	return code;
}

int disk_read(struct disk *d, const struct node *n, struct buf *out, struct err *e)
{
	char name[FILE_NAME];
	cleanup_fd int fd = -1;
	size_t done = 0;

	object_name(name, n->id);
	fd = openat(d->root, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(e, errno, "cannot open '%s'", name);
	if (!buf_reserve(out, n->size))
		return err_set(e, ERR_INVALID, "'%s' is too large", name);
	while (done < n->size) {
		ssize_t got = pread(fd, out->data + out->len, n->size - done,
				    (off_t)(n->content_at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return err_set(e, ERR_BUG, "'%s' is shorter than it was", name);
		done += (size_t)got;
		out->len += (size_t)got;
	}
	out->data[out->len] = '\0';
	return ERR_OK;
}

int disk_remove(struct disk *d, int64_t id, struct err *e)
{
	char name[FILE_NAME];

	object_name(name, id);
	if (unlinkat(d->root, name, 0) < 0 && errno != ENOENT)
		return err_errno(e, errno, "cannot remove '%s'", name);
	return ERR_OK;
}

static bool header_parse(struct disk_entry *out, const char *text, size_t len)
{
	cleanup_json struct json *v = NULL;
	struct node *n = out->node;
	const char *name, *language;

	if (json_parse(&v, text, len, HEADER_MAX, NULL) != ERR_OK)
		return false;
	name = json_str(v, "name");
	language = json_str(v, "language");
	if (!name || !json_str(v, "type") || !node_type_parse(json_str(v, "type"), &n->type) ||
	    (language && !notebook_language_parse(language, &n->language)))
		return false;
	n->name = xstrdup(name);
	n->format = json_bool(v, "jupyter", false) ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	n->created_ms = json_int(v, "created", 0);
	n->modified_ms = json_int(v, "modified", 0);
	out->parent = json_int(v, "parent", -1);
	return true;
}

/* Reads one object's first line. *out->node is owned by the caller also on failure. */
static int load_object(struct disk_entry *out, int dir, const char *name, struct err *e)
{
	cleanup_fd int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char header[HEADER_MAX];
	struct stat st;
	ssize_t got;
	char *end;

	out->node = xcalloc(1, sizeof(*out->node));
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, errno, "cannot open object '%s'", name);
	got = pread(fd, header, sizeof(header), 0);
	end = got > 0 ? memchr(header, '\n', (size_t)got) : NULL;
	out->node->id = strtoll(name, NULL, 10);
	if (!end || !header_parse(out, header, (size_t)(end - header)))
		return err_set(e, ERR_INVALID, "object '%s' is not one of the emulator's", name);
	out->node->content_at = (uint32_t)(end + 1 - header);
	out->node->size = (uint64_t)st.st_size - out->node->content_at;
	return ERR_OK;
}

struct loading {
	struct disk_entry *items;
	size_t count, cap;
};

static int load_bucket(struct loading *l, int root, unsigned bucket, struct err *e)
{
	char name[FILE_NAME];
	struct dirent *entry;
	int fd, code = ERR_OK;
	DIR *dir;

	snprintf(name, sizeof(name), "objects/%02x", bucket);
	fd = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ERR_OK;
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir)
		return err_errno(e, errno, "cannot read directory '%s'", name);
	while (code == ERR_OK && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		l->items = array_grow(l->items, l->count, &l->cap, sizeof(*l->items));
		code = load_object(&l->items[l->count++], fd, entry->d_name, e);
	}
	closedir(dir);
	return code;
}

static int by_id(const void *a, const void *b)
{
	const struct disk_entry *x = a, *y = b;

	return (x->node->id > y->node->id) - (x->node->id < y->node->id);
}

int disk_load(struct disk *d, struct disk_entry **out, size_t *count, struct err *e)
{
	struct loading l = { 0 };
	int code = ERR_OK;

	for (unsigned i = 0; code == ERR_OK && i < FAN_OUT; i++)
		code = load_bucket(&l, d->root, i, e);
	if (code == ERR_OK && l.count > 0)
		qsort(l.items, l.count, sizeof(*l.items), by_id);
	*out = l.items;
	*count = l.count;
	return code;
}
