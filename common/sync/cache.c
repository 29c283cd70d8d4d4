/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of what each side looked like: a text file that a restart reads so that unchanged
 * notebooks need not be read, exported and parsed again.
 *
 * Every line states a fact about content ("a file with this stat is that version") that the next
 * look checks against the side anyway. A file that is missing, torn, of another format or other
 * settings, or that names objects the hub has not, is ignored; nothing but time is lost.
 *
 *   nbsync-cache 1 <settings>
 *   <side> <blob> <canon> <raw> <format> <language> <recorded> <stat> <id> <modified> <file>
 *   plain <stat> <raw> <file>
 *   end <lines>
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/path.h"
#include "sync/cycle_internal.h"

#define CACHE_PLAIN 2 /* the format of what is no notebook */
#define PIECE       ((size_t)64 * 1024)
#define HEADER      "nbsync-cache 1 "

static char *cache_path(const struct cycle *c)
{
	cleanup_free char *dir = config_state_dir(c->config, c->mapping);

	return xasprintf("%s/look.cache", dir);
}

/* Whatever makes a cached version mean something else. */
static char *settings(const struct cycle *c)
{
	const struct config_mapping *m = c->mapping;

	return xasprintf("%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %s %s:%s %s",
			 m->git_format, m->outputs, m->files, m->max_notebook,
			 m->local ? m->local : "-", m->workspace ? m->workspace : "-",
			 m->workspace_path ? m->workspace_path : "-",
			 m->git_path ? m->git_path : "");
}

/* ---- writing ---- */

static void add_stat(struct buf *out, const struct fs_stat *st)
{
	buf_addf(out, "%" PRIx64 ":%" PRIx64 ":%" PRIx64 ":%" PRIx64 ":%" PRIx64, st->dev, st->ino,
		 st->size, (uint64_t)st->mtime_ns, (uint64_t)st->ctime_ns);
}

static void add_entry(struct buf *out, enum side_id side, const struct entry *entry)
{
	char blob[41], canon[41], raw[41];

	oid_hex(&entry->version.blob, blob);
	oid_hex(&entry->version.canon, canon);
	oid_hex(&entry->raw, raw);
	buf_addf(out, "%s %s %s %s %d %d %d ", side_names[side], blob, canon, raw,
		 entry->version.kind == VERSION_FILE ? CACHE_PLAIN : (int)entry->version.format,
		 (int)entry->version.language, entry->recorded);
	add_stat(out, side == SIDE_LOCAL ? &entry->stat : &(struct fs_stat){ 0 });
	if (side == SIDE_WORKSPACE)
		buf_addf(out, " %s %" PRId64 " %s\n", *entry->id ? entry->id : "-",
			 entry->modified_ms, entry->file);
	else
		buf_addf(out, " - 0 %s\n", entry->file);
}

static void add_plain(struct buf *out, const struct row *row)
{
	char raw[41];

	oid_hex(&row->side[SIDE_GIT].raw, raw);
	buf_add_str(out, "plain ");
	add_stat(out, &row->side[SIDE_LOCAL].stat);
	buf_addf(out, " %s %s\n", raw, row->path);
}

/* Writes what has gathered, if it is enough. */
static int write_piece(struct buf *text, int fd, size_t enough, struct err *e)
{
	int r = text->len < enough ? 0 : fs_add(fd, buf_str(text), text->len);

	if (text->len >= enough)
		buf_clear(text);
	return r ? err_errno(e, -r, "cannot write the cache") : ERR_OK;
}

static int write_lines(void *payload, int fd, struct err *e)
{
	cleanup_buf struct buf text = BUF_INIT(SIZE_MAX / 2);
	const struct cycle *c = payload;
	cleanup_free char *bound = settings(c);
	size_t lines = 0;
	int r = ERR_OK;

	buf_addf(&text, HEADER "%s\n", bound);
	for (struct row *row = NULL; !r && (row = table_next(&c->table, row));) {
		for (enum side_id s = 0; s < SIDE_COUNT; s++) {
			if (row->side[s].state != ENTRY_PRESENT || strchr(row->side[s].file, '\n'))
				continue;
			add_entry(&text, s, &row->side[s]);
			lines++;
		}
		r = write_piece(&text, fd, PIECE, e);
	}
	for (struct row *row = NULL; !r && (row = table_next(&c->plain, row));) {
		if (strchr(row->path, '\n'))
			continue;
		add_plain(&text, row);
		lines++;
		r = write_piece(&text, fd, PIECE, e);
	}
	buf_addf(&text, "end %zu\n", lines);
	return r ? r : write_piece(&text, fd, 0, e);
}

void cache_save(struct cycle *c)
{
	cleanup_free char *path = cache_path(c);
	struct err e = ERR_INIT;

	/* What could not be recorded must not be taken for recorded, or for known to be gone. */
	if (!c->cache_dirty || state_unrecorded(&c->state))
		return;
	if (fs_store_with(path, write_lines, c, 0600, &e))
		log_warning("cannot keep the cache of '%s': %s", c->mapping->name, e.text);
	c->cache_dirty = false;
}

/* ---- reading ---- */

static bool parse_stat(const char *text, struct fs_stat *st)
{
	uint64_t v[5];

	if (sscanf(text, "%" SCNx64 ":%" SCNx64 ":%" SCNx64 ":%" SCNx64 ":%" SCNx64, &v[0], &v[1],
		   &v[2], &v[3], &v[4]) != 5)
		return false;
	*st = (struct fs_stat){ .kind = FS_FILE,
				.dev = v[0],
				.ino = v[1],
				.size = v[2],
				.mtime_ns = (int64_t)v[3],
				.ctime_ns = (int64_t)v[4] };
	return true;
}

/* Cuts a line into count fields, the last of which takes the rest. */
static bool split(char *line, char **fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fields[i] = line;
		if (i + 1 == count)
			break;
		line = strchr(line, ' ');
		if (!line)
			return false;
		*line++ = '\0';
	}
	return *fields[count - 1] != '\0';
}

static bool load_entry(struct cycle *c, enum side_id side, char *line)
{
	struct version v = { 0 };
	struct notebook_name name = { 0 };
	struct entry *entry;
	struct fs_stat st;
	struct row *row;
	struct oid raw;
	char *f[11];

	if (!split(line, f, 11) || !oid_parse(&v.blob, f[1]) || !oid_parse(&v.canon, f[2]) ||
	    !oid_parse(&raw, f[3]) || !parse_stat(f[7], &st) || strlen(f[8]) >= sizeof(entry->id) ||
	    path_check(f[10], NULL))
		return false;
	v.kind = strtol(f[4], NULL, 10) == CACHE_PLAIN ? VERSION_FILE : VERSION_NOTEBOOK;
	if (v.kind == VERSION_NOTEBOOK && !notebook_name_parse(&name, f[10]))
		return false;
	v.format = str_eq(f[4], "1") ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	v.language = (enum notebook_language)(strtol(f[5], NULL, 10) % NOTEBOOK_LANGUAGES);
	if (hub_has(c->hub, &v.blob) && hub_has(c->hub, &raw)) {
		row = table_get(&c->table, name.stem ? name.stem : f[10]);
		entry_set_present(row, side, &v, &raw, f[10]);
		entry = &row->side[side];
		entry->recorded = str_eq(f[6], "1");
		if (side == SIDE_LOCAL)
			entry->stat = st;
		if (side == SIDE_WORKSPACE) {
			snprintf(entry->id, sizeof(entry->id), "%s", str_eq(f[8], "-") ? "" : f[8]);
			entry->modified_ms = strtoll(f[9], NULL, 10);
		}
	}
	notebook_name_release(&name);
	return true;
}

static bool load_plain(struct cycle *c, char *line)
{
	struct fs_stat st;
	struct row *row;
	struct oid raw;
	char *f[4];

	if (!split(line, f, 4) || !parse_stat(f[1], &st) || !oid_parse(&raw, f[2]))
		return false;
	row = table_get(&c->plain, f[3]);
	row->side[SIDE_LOCAL].stat = st;
	row->side[SIDE_GIT].raw = raw;
	return true;
}

static bool load_line(struct cycle *c, char *line)
{
	size_t len = strcspn(line, " ");
	enum side_id side;

	if (line[len] && side_parse(&side, line, len))
		return load_entry(c, side, line);
	return str_starts(line, "plain ") && load_plain(c, line);
}

/* Whether the file is whole, as its first and last line say; then its lines are taken. */
struct reading {
	struct cycle *c;
	const char *first; /* borrowed */
	size_t lines;
	bool whole;
};

static bool check_line(void *payload, char *line)
{
	struct reading *reading = payload;

	if (reading->lines++ == 0)
		return str_eq(line, reading->first);
	if (reading->whole) {
		reading->whole = false; /* that was not the last line */
		return false;
	}
	if (!str_starts(line, "end "))
		return true;
	reading->whole = strtoull(line + strlen("end "), NULL, 10) == reading->lines - 2;
	return reading->whole;
}

static bool take_line(void *payload, char *line)
{
	struct reading *reading = payload;

	if (str_starts(line, HEADER) || str_starts(line, "end ") || load_line(reading->c, line))
		return true;
	log_debug("a line of the cache is ignored");
	reading->c->cache_dirty = true;
	return true;
}

void cache_load(struct cycle *c)
{
	cleanup_free char *path = cache_path(c), *bound = settings(c);
	cleanup_free char *first = xasprintf(HEADER "%s", bound);
	struct reading reading = { .c = c, .first = first };

	if (fs_load_lines(path, check_line, &reading, NULL) || !reading.whole ||
	    fs_load_lines(path, take_line, &reading, NULL))
		c->cache_dirty = true;
}
