/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of what each side looked like: a text file that a restart reads so that unchanged
 * notebooks need not be read, exported and parsed again.
 *
 * Every line states a fact about content ("a file with this stat is that version") that the next
 * look checks against the side anyway. A file that is missing, torn, altered, of another format or
 * other settings, or that names objects the hub has not, is ignored; nothing but time is lost. That
 * something is not in it says nothing, and that something is recorded is believed only while
 * refs/nbsync/seen/<side> is what it was when the file was written.
 *
 *   nbsync-cache 3 <settings>
 *   seen <side> <commit>
 *   <side> <blob> <canon> <raw> <format> <language> <marks> <stat> <id> <modified> <file>
 *   plain <stat> <raw> <file>
 *   end <lines> <checksum>
 */

#include "memory/cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "path/path.h"

#define CACHE_PLAIN 2 /* the format of what is no notebook */
#define PIECE       ((size_t)64 * 1024)
#define HEADER      "nbsync-cache 3 "
#define SEEN        "seen "
#define END         "end "

static char *cache_path(const struct cache *c)
{
	return xasprintf("%s/look.cache", c->dir);
}

/* Whatever makes a cached version mean something else. */
static char *settings(const struct cache *c)
{
	const struct config_mapping *m = c->mapping;

	return xasprintf(
		"%d %d %" PRId64 " %s %s:%s %s", (int)m->outputs, (int)m->files, m->max_notebook,
		m->local ? m->local : "-", m->workspace ? m->workspace : "-",
		m->workspace_path ? m->workspace_path : "-", m->git_path ? m->git_path : "");
}

/* ---- writing ---- */

static void add_stat(struct buf *out, const struct fs_stat *st)
{
	buf_addf(out, "%" PRIx64 ":%" PRIx64 ":%" PRIx64 ":%" PRIx64 ":%" PRIx64, st->dev, st->ino,
		 st->size, (uint64_t)st->mtime_ns, (uint64_t)st->ctime_ns);
}

/* Bits of a line: what is true of an entry. */
enum { MARK_RECORDED = 1, MARK_PARTIAL = 2, MARK_SOURCE = 4, MARKS = 8 };

static int marks_of(const struct entry *entry)
{
	return (entry->recorded ? MARK_RECORDED : 0) | (entry->version.partial ? MARK_PARTIAL : 0) |
	       (entry->is_source ? MARK_SOURCE : 0);
}

static void add_entry(struct buf *out, enum side_id side, const struct entry *entry)
{
	char blob[41], canon[41], raw[41];

	oid_hex(&entry->version.blob, blob);
	oid_hex(&entry->version.canon, canon);
	oid_hex(&entry->raw, raw);
	buf_addf(out, "%s %s %s %s %d %d %d ", side_names[side], blob, canon, raw,
		 entry->version.kind == VERSION_FILE ? CACHE_PLAIN : (int)entry->version.format,
		 (int)entry->version.language, marks_of(entry));
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

/* Fowler, Noll and Vo's hash of 64 bits: finds accidents, not intent. */
#define SUM_START 0xcbf29ce484222325

static uint64_t sum_add(uint64_t sum, const void *data, size_t len)
{
	for (const unsigned char *p = data; len; len--)
		sum = (sum ^ *p++) * 0x100000001b3;
	return sum;
}

/* A file on its way to the disk. */
struct writing {
	int fd;
	struct buf text; /* what has gathered */
	uint64_t sum;    /* of what was written before */
	size_t lines;    /* without the first and the last */
};

/* Writes what has gathered, if it is enough. */
static int write_piece(struct writing *w, size_t enough, struct err *e)
{
	int r;

	if (w->text.len < enough)
		return ERR_OK;
	w->sum = sum_add(w->sum, buf_str(&w->text), w->text.len);
	r = fs_add(w->fd, buf_str(&w->text), w->text.len);
	buf_clear(&w->text);
	return r ? err_errno(e, -r, "cannot write the cache") : ERR_OK;
}

static void add_seen(struct writing *w, const struct state *st)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		char hex[41];

		oid_hex(&st->seen[s], hex);
		buf_addf(&w->text, SEEN "%s %s\n", side_names[s], hex);
		w->lines++;
	}
}

static void add_row(struct writing *w, const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (row->side[s].state != ENTRY_PRESENT || strchr(row->side[s].file, '\n'))
			continue;
		add_entry(&w->text, s, &row->side[s]);
		w->lines++;
	}
}

/* payload points to the pointer to the cache, which is const. */
static int write_lines(void *payload, int fd, struct err *e)
{
	const struct cache *c = *(const struct cache **)payload;
	cleanup_free char *bound = settings(c);
	struct writing w = { .fd = fd, .text = BUF_UNBOUNDED, .sum = SUM_START };
	int r = ERR_OK;

	buf_addf(&w.text, HEADER "%s\n", bound);
	add_seen(&w, c->state);
	for (struct row *row = NULL; !r && (row = table_next(c->state->table, row));) {
		add_row(&w, row);
		r = write_piece(&w, PIECE, e);
	}
	for (struct row *row = NULL; !r && (row = table_next(c->plain, row));) {
		if (strchr(row->path, '\n'))
			continue;
		add_plain(&w.text, row);
		w.lines++;
		r = write_piece(&w, PIECE, e);
	}
	r = r ? r : write_piece(&w, 0, e);
	buf_addf(&w.text, END "%zu %016" PRIx64 "\n", w.lines, w.sum);
	r = r ? r : write_piece(&w, 0, e);
	buf_release(&w.text);
	return r;
}

void cache_save(const struct cache *c)
{
	cleanup_free char *path = cache_path(c);
	struct err e = ERR_INIT;

	/* The next start would take for recorded, or for known to be gone, what is not in the hub. */
	if ((!c->state->table->changed && !c->plain->changed) || state_unrecorded(c->state))
		return;
	if (fs_store_with(path, write_lines, &c, 0600, &e))
		log_warning("cannot keep the cache of '%s': %s", c->mapping->name, e.text);
	c->state->table->changed = c->plain->changed = false;
}

/* ---- reading ---- */

struct reading {
	const struct cache *c;     /* borrowed */
	const char *first;         /* borrowed: the line that the file has to begin with */
	size_t lines;              /* read so far */
	uint64_t sum;              /* of these */
	bool whole;                /* the last line was read, and is right */
	bool recorded[SIDE_COUNT]; /* what it says to be recorded is */
	bool refused;              /* a line of it */
};

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

/* A number below count, as it is written. */
static bool parse_number(const char *text, unsigned count, unsigned *out)
{
	*out = (unsigned)(*text - '0');
	return *text >= '0' && *out < count && !text[1];
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

/*
 * Whether the version of an entry, *v, is still right. What version a side's bytes are depends on the
 * side's base, which may have moved since the cache was written. It is right, and adapted to the base, if
 * they are the very bytes that the side held when it last agreed. Otherwise the bytes have to be read
 * again; that something stands there under this name is right all the same.
 */
static bool is_settled(const struct row *row, enum side_id side, const struct oid *raw,
		       struct version *v)
{
	const struct version *base_raw = row_base_raw(row, side);

	if (v->kind == VERSION_FILE)
		return true;
	if (!base_raw)
		return !v->partial && oid_equal(&v->blob, &row->base[side].blob);
	if (!oid_equal(&base_raw->blob, raw))
		return false;
	if (!oid_equal(&row->base[side].blob, &v->blob))
		*v = row->base[side];
	v->partial = true;
	return true;
}

/* What an entry that is not settled counts as until the next look reads it; false: it is left out. */
static bool presume(const struct row *row, enum side_id side, struct version *v)
{
	const struct version *base = &row->base[side];

	/* The branch is read from its commits, without the cache. */
	if (side == SIDE_GIT || (!version_absent(base) && base->kind != VERSION_NOTEBOOK))
		return false;
	if (!version_absent(base) && !oid_equal(&base->blob, &v->blob))
		*v = *base;
	v->partial = false;
	return true;
}

/* Makes the next look read it, because nothing that it compares is the same. */
static void distrust(struct entry *entry, enum side_id side)
{
	if (side == SIDE_LOCAL)
		entry->stat = (struct fs_stat){ 0 };
	else
		entry->modified_ms = 0;
}

/* One line about an entry, as it was written. */
struct cached_entry {
	struct version v;
	struct oid raw;
	unsigned marks;
	struct fs_stat stat;
	const char *id, *modified_ms, *file; /* borrowed from the line */
};

static bool parse_entry(char *line, struct cached_entry *out)
{
	unsigned format, language;
	char *f[11];

	*out = (struct cached_entry){ 0 };
	if (!split(line, f, 11) || !oid_parse(&out->v.blob, f[1]) ||
	    !oid_parse(&out->v.canon, f[2]) || !oid_parse(&out->raw, f[3]) ||
	    !parse_number(f[4], CACHE_PLAIN + 1, &format) ||
	    !parse_number(f[5], NOTEBOOK_LANGUAGES, &language) ||
	    !parse_number(f[6], MARKS, &out->marks) || !parse_stat(f[7], &out->stat) ||
	    strlen(f[8]) >= sizeof(((struct entry *)NULL)->id) || path_check(f[10], NULL))
		return false;
	out->v.kind = format == CACHE_PLAIN ? VERSION_FILE : VERSION_NOTEBOOK;
	out->v.format = format == NOTEBOOK_IPYNB ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	out->v.language = (enum notebook_language)language;
	out->v.partial = out->marks & MARK_PARTIAL;
	out->id = str_eq(f[8], "-") ? "" : f[8];
	out->modified_ms = f[9];
	out->file = f[10];
	return true;
}

static void fill_entry(const struct reading *reading, struct row *row, enum side_id side,
		       const struct cached_entry *cached)
{
	struct entry *entry = &row->side[side];

	entry_set_present(row, side, &cached->v, &cached->raw, cached->file);
	/* What the branch holds is in its commits, and those are kept. */
	entry->recorded = side == SIDE_GIT ||
			  ((cached->marks & MARK_RECORDED) && reading->recorded[side]);
	entry->is_source = cached->marks & MARK_SOURCE;
	if (side == SIDE_LOCAL)
		entry->stat = cached->stat;
	if (side == SIDE_WORKSPACE) {
		snprintf(entry->id, sizeof(entry->id), "%s", cached->id);
		entry->modified_ms = strtoll(cached->modified_ms, NULL, 10);
	}
}

/* The path of the row that a file belongs to. Owned by the caller; NULL: the name is not one of a
 * notebook. */
static char *path_of(const struct cached_entry *cached)
{
	struct notebook_name name;
	char *stem;

	if (cached->v.kind == VERSION_FILE)
		return xstrdup(cached->file);
	if (!notebook_name_parse(&name, cached->file))
		return NULL;
	stem = steal(&name.stem);
	notebook_name_release(&name);
	return stem;
}

/* False: the line cannot be read. */
static bool load_entry(const struct reading *reading, enum side_id side, char *line)
{
	const struct state *st = reading->c->state;
	cleanup_free char *path = NULL;
	struct cached_entry cached;
	struct row *row;
	bool settled;

	if (!parse_entry(line, &cached) || !(path = path_of(&cached)))
		return false;
	row = table_find(st->table, path);
	settled = row ? is_settled(row, side, &cached.raw, &cached.v)
		      : cached.v.kind == VERSION_FILE;
	if (!settled && !(row && presume(row, side, &cached.v)))
		return true;
	if (!hub_has(st->hub, &cached.v.blob) || !hub_has(st->hub, &cached.raw))
		return true;
	row = table_get(st->table, path);
	fill_entry(reading, row, side, &cached);
	if (!settled)
		distrust(&row->side[side], side);
	return true;
}

static bool load_plain(const struct cache *c, char *line)
{
	struct fs_stat st;
	struct row *row;
	struct oid raw;
	char *f[4];

	if (!split(line, f, 4) || !parse_stat(f[1], &st) || !oid_parse(&raw, f[2]) ||
	    path_check(f[3], NULL))
		return false;
	row = table_get(c->plain, f[3]);
	row->side[SIDE_LOCAL].stat = st;
	row->side[SIDE_GIT].raw = raw;
	return true;
}

/* "<side> <commit>": whether that is what the side was seen to hold until now. */
static bool load_seen(struct reading *reading, const char *line)
{
	const struct state *st = reading->c->state;
	size_t len = strcspn(line, " ");
	enum side_id side;
	struct oid seen;

	if (!line[len] || !side_parse(&side, line, len) || !oid_parse(&seen, line + len + 1))
		return false;
	reading->recorded[side] = oid_equal(&seen, &st->seen[side]);
	return true;
}

static bool load_line(struct reading *reading, char *line)
{
	size_t len = strcspn(line, " ");
	enum side_id side;

	if (line[len] && side_parse(&side, line, len))
		return load_entry(reading, side, line);
	if (str_starts(line, SEEN))
		return load_seen(reading, line + strlen(SEEN));
	return str_starts(line, "plain ") && load_plain(reading->c, line);
}

static bool is_end(const struct reading *reading, const char *line)
{
	char expected[64];

	snprintf(expected, sizeof(expected), END "%zu %016" PRIx64, reading->lines - 2,
		 reading->sum);
	return str_eq(line, expected);
}

/* Whether the file is whole, as its first and last line say; then its lines are taken. */
static bool check_line(void *payload, char *line)
{
	struct reading *reading = payload;

	if (reading->lines++ == 0 && !str_eq(line, reading->first))
		return false;
	if (reading->whole) {
		reading->whole = false; /* that was not the last line */
		return false;
	}
	if (str_starts(line, END)) {
		reading->whole = is_end(reading, line);
		return reading->whole;
	}
	reading->sum = sum_add(reading->sum, line, strlen(line));
	reading->sum = sum_add(reading->sum, "\n", 1);
	return true;
}

static bool take_line(void *payload, char *line)
{
	struct reading *reading = payload;

	if (str_starts(line, HEADER) || str_starts(line, END) || load_line(reading, line))
		return true;
	log_debug("a line of the cache is ignored");
	reading->refused = true;
	return true;
}

void cache_load(const struct cache *c)
{
	cleanup_free char *path = cache_path(c), *bound = settings(c);
	cleanup_free char *first = xasprintf(HEADER "%s", bound);
	struct reading reading = { .c = c, .first = first, .sum = SUM_START };

	bool lost = fs_load_lines(path, check_line, &reading, NULL) || !reading.whole ||
		    fs_load_lines(path, take_line, &reading, NULL);

	/* A cache that was taken whole need not be written again. */
	c->state->table->changed = lost || reading.refused;
}
