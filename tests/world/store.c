/* SPDX-License-Identifier: Apache-2.0 */
/* The files behind store.h: one for each object, one for the counters, one for each fault. */

#include "tests/world/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/hub/hub.h"
#include "path/path.h"
#include "tests/world/files.h"

#define EPOCH_MS     1770000000000 /* of the first change */
#define COUNTER_SIZE 42

static const char *const types[] = {
	[STORE_NOTEBOOK] = "notebook",
	[STORE_DIRECTORY] = "directory",
	[STORE_FILE] = "file",
};

/* ---- names ---- */

/* "/Users/ana" -> "%2FUsers%2Fana": one component, and back. */
static char *encode(const char *path)
{
	struct buf out = BUF_UNBOUNDED;

	for (; *path; path++) {
		if (*path == '/' || *path == '%')
			buf_addf(&out, "%%%02X", (unsigned char)*path);
		else
			buf_add_char(&out, *path);
	}
	return buf_steal(&out, NULL);
}

static void decode(char *name)
{
	char *out = name;

	for (; *name; name++) {
		if (*name == '%') {
			*out++ = name[1] == '5' ? '%' : '/';
			name += 2;
		} else {
			*out++ = *name;
		}
	}
	*out = '\0';
}

static char *object_file(const char *dir, const char *path)
{
	cleanup_free char *name = encode(path);

	return xasprintf("%s/objects/%s", dir, name);
}

void store_object_release(struct store_object *o)
{
	free(o->path);
	buf_release(&o->content);
	*o = (struct store_object){ 0 };
}

/* ---- the counters ---- */

struct counters {
	int64_t last;    /* number given as id and time */
	int64_t changes; /* requests */
};

/* One small pwrite(): a process that is killed has done it or not. */
static void count(const char *dir, struct counters *c, bool change)
{
	cleanup_free char *path = xasprintf("%s/counter", dir);
	cleanup_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	char text[COUNTER_SIZE + 1] = "";

	*c = (struct counters){ 0 };
	if (fd < 0 || pread(fd, text, COUNTER_SIZE, 0) < 0)
		files_die("cannot read '%s'", path);
	sscanf(text, "%" SCNd64 " %" SCNd64, &c->last, &c->changes);
	if (change)
		c->changes++;
	else
		c->last++;
	snprintf(text, sizeof(text), "%020" PRId64 " %020" PRId64 "\n", c->last, c->changes);
	if (pwrite(fd, text, COUNTER_SIZE, 0) != COUNTER_SIZE)
		files_die("cannot write '%s'", path);
}

void store_count_change(const char *dir)
{
	struct counters c;

	count(dir, &c, true);
}

int64_t store_changes(const char *dir)
{
	cleanup_free char *path = xasprintf("%s/counter", dir);
	cleanup_buf struct buf text = BUF_INIT(COUNTER_SIZE);
	struct counters c = { 0 };

	if (files_read(path, &text))
		sscanf(buf_str(&text), "%" SCNd64 " %" SCNd64, &c.last, &c.changes);
	return c.changes;
}

/* ---- objects ---- */

static bool parse_type(const char *word, enum store_type *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (str_eq(types[i], word)) {
			*out = (enum store_type)i;
			return true;
		}
	}
	return false;
}

static void parse(struct store_object *o, const char *file)
{
	char type[12], language[8], format[8];
	const char *end = strchr(o->content.data, '\n');
	size_t head;

	if (!end ||
	    sscanf(o->content.data, "%11s %7s %7s %" SCNd64 " %" SCNd64, type, language, format,
		   &o->id, &o->modified_ms) != 5 ||
	    !parse_type(type, &o->type))
		files_die("'%s' is no object of a test workspace", file);
	if (o->type == STORE_NOTEBOOK && !notebook_language_parse(language, &o->language))
		files_die("'%s' has no language", file);
	o->format = str_eq(format, "ipynb") ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	head = (size_t)(end + 1 - o->content.data);
	o->content.len -= head;
	memmove(o->content.data, end + 1, o->content.len + 1);
}

bool store_get(const char *dir, const char *path, struct store_object *out)
{
	cleanup_free char *file = object_file(dir, path);

	*out = (struct store_object){ .content = BUF_INIT(FILES_MAX) };
	if (!str_eq(path, "/") && !files_read(file, &out->content))
		return false;
	out->path = xstrdup(path);
	out->type = STORE_DIRECTORY;
	if (!str_eq(path, "/"))
		parse(out, file);
	return true;
}

enum store_type store_type(const char *dir, const char *path)
{
	enum store_type type = STORE_NOTHING;
	struct store_object o;

	if (store_get(dir, path, &o))
		type = o.type;
	store_object_release(&o);
	return type;
}

static void save(const char *dir, const struct store_object *o)
{
	cleanup_free char *file = object_file(dir, o->path);
	cleanup_buf struct buf bytes = BUF_INIT(FILES_MAX);
	bool notebook = o->type == STORE_NOTEBOOK;

	buf_addf(&bytes, "%s %s %s %" PRId64 " %" PRId64 "\n", types[o->type],
		 notebook ? notebook_language_name(o->language) : "-",
		 !notebook                     ? "-"
		 : o->format == NOTEBOOK_IPYNB ? "ipynb"
					       : "source",
		 o->id, o->modified_ms);
	buf_add(&bytes, buf_str(&o->content), o->content.len);
	files_write(file, bytes.data, bytes.len);
}

void store_put(const char *dir, struct store_object *o)
{
	struct store_object old;
	struct counters c;

	count(dir, &c, false);
	o->id = store_get(dir, o->path, &old) ? old.id : c.last;
	o->modified_ms = EPOCH_MS + c.last;
	save(dir, o);
	store_object_release(&old);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **store_below(const char *dir, const char *folder)
{
	cleanup_free char *objects = xasprintf("%s/objects", dir);
	char **names = files_names(objects), **out = names;
	const char *top = str_eq(folder, "/") ? "" : folder;

	for (char **name = names; *name; name++) {
		decode(*name);
		if (path_is_below(*name, top))
			*out++ = *name;
		else
			free(*name);
	}
	*out = NULL;
	qsort(names, (size_t)(out - names), sizeof(*names), compare_paths);
	return names;
}

void store_remove(const char *dir, const char *path)
{
	cleanup_free char *file = object_file(dir, path);
	char **below = store_below(dir, path);

	for (char **p = below; *p; p++) {
		cleanup_free char *inner = object_file(dir, *p);

		unlink(inner);
	}
	files_names_free(below);
	unlink(file);
}

static void move(const char *dir, const char *from, const char *to)
{
	cleanup_free char *old = object_file(dir, from), *new = object_file(dir, to);

	files_rename(old, new);
}

void store_rename(const char *dir, const char *from, const char *to)
{
	char **below = store_below(dir, from);

	move(dir, from, to);
	for (char **p = below; *p; p++) {
		cleanup_free char *target = xasprintf("%s%s", to, *p + strlen(from));

		move(dir, *p, target);
	}
	files_names_free(below);
}

int store_mkdirs(const char *dir, const char *path, struct err *e)
{
	struct store_object o, made = { .type = STORE_DIRECTORY };
	cleanup_free char *parent = NULL;
	bool there = store_get(dir, path, &o), folder = there && o.type == STORE_DIRECTORY;
	int r;

	store_object_release(&o);
	if (there)
		return folder ? ERR_OK
			      : err_set(e, ERR_CONFLICT, "'%s' exists and is no folder", path);
	parent = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	if (parent[0] && (r = store_mkdirs(dir, parent, e)))
		return r;
	made.path = xstrdup(path);
	store_put(dir, &made);
	store_object_release(&made);
	return ERR_OK;
}

/* ---- what was displaced ---- */

/* Rewritten whole each time: a process may die anywhere. */
void store_displace(const char *dir, const struct store_object *o)
{
	cleanup_free char *file = xasprintf("%s/displaced", dir);
	cleanup_buf struct buf text = BUF_INIT(FILES_MAX);
	char hex[41];
	struct oid id;

	hub_hash(buf_str(&o->content), o->content.len, &id);
	oid_hex(&id, hex);
	files_read(file, &text);
	buf_addf(&text, "%s %s\n", hex, o->path);
	files_write(file, buf_str(&text), text.len);
}

void store_displaced(const char *dir, struct buf *out)
{
	cleanup_free char *file = xasprintf("%s/displaced", dir);

	files_read(file, out);
}

/* ---- the server ---- */

void store_set_server(const char *dir, enum world_server server)
{
	cleanup_free char *file = xasprintf("%s/server", dir);
	char digit = (char)('0' + (int)server);

	files_write(file, &digit, 1);
}

enum world_server store_server(const char *dir)
{
	cleanup_free char *file = xasprintf("%s/server", dir);
	cleanup_buf struct buf text = BUF_INIT(FILES_MAX);

	return files_read(file, &text) && text.len ? (enum world_server)(*buf_str(&text) - '0')
						   : WORLD_SERVER_PLAIN;
}

/* ---- faults ---- */

static char *fault_file(const char *dir, enum world_fault fault, const char *path)
{
	cleanup_free char *name = encode(path ? path : "");

	return xasprintf("%s/faults/%u%s", dir, (unsigned)fault, name);
}

void store_set_fault(const char *dir, enum world_fault fault, const char *path)
{
	cleanup_free char *file = fault_file(dir, fault, path);

	files_write(file, "", 0);
}

bool store_fault(const char *dir, enum world_fault fault, const char *path)
{
	cleanup_free char *file = fault_file(dir, fault, path);

	if (!files_exist(file))
		return false;
	if (fault == WORLD_LIST_FAILS || fault == WORLD_REPLY_LOST)
		unlink(file);
	return true;
}

bool store_has_faults(const char *dir)
{
	cleanup_free char *faults = xasprintf("%s/faults", dir);

	return files_exist(faults);
}

void store_mend_one(const char *dir, enum world_fault fault, const char *path)
{
	cleanup_free char *file = fault_file(dir, fault, path);

	files_remove(file);
}

void store_mend(const char *dir)
{
	cleanup_free char *faults = xasprintf("%s/faults", dir);

	files_remove(faults);
}
