/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cache file: the whole of it when it begins like one, else the lines between its first and last,
 * which are added as they have to be. A file that is not whole says nothing; what is taken from one
 * can be meant, is in the hub, and is recorded only if the observations are those of now; and what
 * is written from it reads the same.
 */

#include "fuzz.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "git/libgit2/start.h"
#include "memory/cache.h"
#include "path/path.h"
#include "tests/temp_dir.h"

#define FIRST "nbsync-cache 3 "
#define BLOB  "78981922613b2afb6025042ff6bd878ac1994e85" /* "a\n" */
#define SEEN  "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3" /* what each side was seen to hold */

static struct {
	char *dir, *state, *file; /* the mapping's state below dir; the cache in it */
	struct config *config;
	struct hub *hub;
	char *first; /* the first line, as this configuration has it */
} world;

static void remove_world(void)
{
	hub_free(world.hub);
	git_stop();
	config_free(world.config);
	free(world.file);
	free(world.state);
	free(world.first);
	MUST(temp_dir_remove(world.dir) == 0);
	free(world.dir);
}

static void make_config(void)
{
	cleanup_free char *text = xasprintf(
		"[daemon]\nstate = %s\n[workspace dev]\nhost = https://acme.example\n"
		"token_file = /t\n[mapping etl]\nlocal = /srv/etl\nworkspace = dev:/etl\n"
		"git = https://acme.example/etl\nfiles = all\n",
		world.dir);
	struct err e = ERR_INIT;

	MUST(config_parse(&world.config, text, strlen(text), "fuzz.ini", NULL, &e) == 0);
}

/* A hub with the blobs "" and "a\n". */
static void make_hub(void)
{
	cleanup_free char *dir = xasprintf("%s/etl/hub.git", world.dir);
	cleanup_free char *above = path_dir(dir);
	struct err e = ERR_INIT;
	struct oid id;

	MUST(fs_mkdirs(above, 0700, &e) == 0 && git_start(&e) == 0);
	MUST(hub_open(&world.hub, dir, &e) == 0);
	MUST(hub_blob_put(world.hub, "", 0, &id, &e) == 0);
	MUST(hub_blob_put(world.hub, "a\n", 2, &id, &e) == 0);
	MUST(hub_flush(world.hub, &e) == 0);
}

/* A notebook that all sides agreed on, and of which the local file did not say all. */
static void make_row(struct table *t)
{
	struct row *row = table_get(t, "etl/load");
	struct version v = { .format = NOTEBOOK_IPYNB };

	MUST(oid_parse(&v.blob, BLOB));
	row->base_raw = xcalloc(SIDE_COUNT, sizeof(*row->base_raw));
	row->base_raw[SIDE_LOCAL] = v;
	for (int s = 0; s < SIDE_COUNT; s++)
		row->base[s] = v;
}

/* What a mapping has in memory of it. */
struct memory {
	struct table table, plain;
	struct state state;
	struct cache cache;
};

static void begin(struct memory *m)
{
	*m = (struct memory){ .state = { .hub = world.hub, .table = &m->table },
			      .cache = { world.state, &world.config->mappings[0], &m->state,
					 &m->plain } };
	table_init(&m->table);
	table_init(&m->plain);
	make_row(&m->table);
	for (int s = 0; s < SIDE_COUNT; s++)
		MUST(oid_parse(&m->state.seen[s], SEEN));
}

static void end(struct memory *m)
{
	table_release(&m->table);
	table_release(&m->plain);
}

/* Not by fs_load(), which waits for the clock's next tick. */
static void load_file(struct buf *out)
{
	cleanup_fd int fd = open(world.file, O_RDONLY | O_CLOEXEC);
	char part[4096];
	ssize_t n;

	MUST(fd >= 0);
	while ((n = read(fd, part, sizeof(part))) > 0)
		buf_add(out, part, (size_t)n);
}

static void make_world(void)
{
	cleanup_buf struct buf text = BUF_INIT(FUZZ_OUT_MAX);
	struct memory m;

	world.dir = temp_dir_new();
	MUST(world.dir);
	make_config();
	make_hub();
	world.state = xasprintf("%s/etl", world.dir);
	world.file = xasprintf("%s/look.cache", world.state);
	begin(&m);
	m.table.changed = true;
	cache_save(&m.cache);
	load_file(&text);
	world.first = xstrndup(buf_str(&text), strcspn(buf_str(&text), "\n"));
	end(&m);
	atexit(remove_world);
}

/* ---- the file ---- */

static uint64_t sum_of(const char *text, size_t len)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	while (len--)
		sum = (sum ^ (unsigned char)*text++) * UINT64_C(0x100000001b3);
	return sum;
}

static size_t lines_of(const char *text, size_t len)
{
	size_t lines = 0;

	while (len--)
		lines += *text++ == '\n';
	return lines;
}

static char *last_line(const char *text, size_t len)
{
	return xasprintf("end %zu %016" PRIx64 "\n", lines_of(text, len) - 1, sum_of(text, len));
}

static void make_file(struct buf *out, const char *data, size_t len)
{
	cleanup_free char *last = NULL;

	if (len >= strlen(FIRST) && memcmp(data, FIRST, strlen(FIRST)) == 0) {
		buf_add(out, data, len);
		return;
	}
	buf_addf(out, "%s\n", world.first);
	buf_add(out, data, len);
	if (buf_str(out)[out->len - 1] != '\n')
		buf_add_char(out, '\n');
	last = last_line(buf_str(out), out->len);
	buf_add_str(out, last);
}

/* Whether it begins and ends as it has to, and nothing says that it ends before. */
static bool is_whole(const struct buf *file)
{
	const char *text = buf_str(file), *last = text + file->len;
	cleanup_free char *first = xasprintf("%s\n", world.first), *expected = NULL;

	if (!str_starts(text, first) || memchr(text, '\0', file->len) || last[-1] != '\n')
		return false;
	for (last--; last[-1] != '\n';)
		last--;
	if (last < text + strlen(first) || memmem(text, (size_t)(last - text), "\nend ", 5))
		return false;
	expected = last_line(text, (size_t)(last - text));
	return str_eq(last, expected);
}

static void write_file(const struct buf *file)
{
	int fd = open(world.file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	MUST(fd >= 0 && write(fd, buf_str(file), file->len) == (ssize_t)file->len);
	close(fd);
}

/* ---- what was taken ---- */

static void check_entry(const struct row *row, enum side_id side, const struct buf *file)
{
	const struct entry *entry = &row->side[side];
	const struct version *v = &entry->version;
	cleanup_free char *seen = xasprintf("\nseen %s " SEEN "\n", side_names[side]);
	int format = (int)v->format, language = (int)v->language;

	MUST(entry->state == ENTRY_ABSENT || entry->state == ENTRY_PRESENT);
	if (entry->state == ENTRY_ABSENT)
		return;
	MUST(v->kind == VERSION_NOTEBOOK || v->kind == VERSION_FILE);
	MUST(format == NOTEBOOK_SOURCE || format == NOTEBOOK_IPYNB);
	MUST(language >= 0 && language < NOTEBOOK_LANGUAGES);
	MUST(hub_has(world.hub, &v->blob) && hub_has(world.hub, &entry->raw));
	MUST(path_check(entry->file, NULL) == 0);
	MUST((v->kind == VERSION_FILE) == row_names_file(row, entry->file));
	MUST(!entry->recorded || side == SIDE_GIT || strcasestr(buf_str(file), seen));
	if (side == SIDE_WORKSPACE)
		MUST(memchr(entry->id, '\0', sizeof(entry->id)));
}

static void check_rows(const struct memory *m, const struct buf *file)
{
	for (const struct row *row = NULL; (row = table_next(&m->table, row));)
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			check_entry(row, s, file);
	for (const struct row *row = NULL; (row = table_next(&m->plain, row));)
		MUST(path_check(row->path, NULL) == 0);
}

static void same_entry(const struct entry *a, const struct entry *b, enum side_id side)
{
	MUST(a->state == b->state);
	if (a->state == ENTRY_ABSENT)
		return;
	MUST(oid_equal(&a->version.blob, &b->version.blob) && oid_equal(&a->raw, &b->raw));
	MUST(oid_equal(&a->version.canon, &b->version.canon));
	MUST(a->version.format == b->version.format && a->version.kind == b->version.kind);
	MUST(a->version.language == b->version.language && a->recorded == b->recorded);
	MUST(str_eq(a->file, b->file));
	MUST(side != SIDE_LOCAL || fs_stat_same(&a->stat, &b->stat));
	MUST(side != SIDE_WORKSPACE || (str_eq(a->id, b->id) && a->modified_ms == b->modified_ms));
}

static void same_rows(const struct memory *a, const struct memory *b)
{
	MUST(a->table.count == b->table.count && a->plain.count == b->plain.count);
	for (const struct row *row = NULL; (row = table_next(&a->table, row));) {
		const struct row *other = table_find(&b->table, row->path);

		MUST(other);
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			same_entry(&row->side[s], &other->side[s], s);
	}
	for (const struct row *row = NULL; (row = table_next(&a->plain, row));) {
		const struct row *other = table_find(&b->plain, row->path);

		MUST(other && oid_equal(&row->side[SIDE_GIT].raw, &other->side[SIDE_GIT].raw));
		MUST(fs_stat_same(&row->side[SIDE_LOCAL].stat, &other->side[SIDE_LOCAL].stat));
	}
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All lines but the first and the last, sorted: tables have no order. */
static void sort_lines(struct buf *file, const char **lines, size_t *count)
{
	char *rest = file->data, *line;
	size_t n = 0;

	for (; (line = strsep(&rest, "\n")) && *line; n++)
		if (n)
			lines[n - 1] = line;
	MUST(n >= 2);
	*count = n - 2;
	qsort(lines, *count, sizeof(*lines), compare_lines);
}

static void must_equal(struct buf *a, struct buf *b)
{
	size_t max = lines_of(buf_str(a), a->len) + 1, na, nb;
	const char **la = xcalloc(max, sizeof(*la)), **lb = xcalloc(max, sizeof(*lb));

	MUST(a->len == b->len && lines_of(buf_str(b), b->len) + 1 == max);
	sort_lines(a, la, &na);
	sort_lines(b, lb, &nb);
	MUST(na == nb);
	for (size_t i = 0; i < na; i++)
		MUST(str_eq(la[i], lb[i]));
	free(la);
	free(lb);
}

/* What is written is whole, is taken without a word, and is written the same again. */
static void check_written(struct memory *m)
{
	cleanup_buf struct buf first = BUF_INIT(FUZZ_OUT_MAX), second = BUF_INIT(FUZZ_OUT_MAX);
	struct memory again;

	m->table.changed = true;
	cache_save(&m->cache);
	load_file(&first);
	MUST(!m->table.changed && is_whole(&first));
	begin(&again);
	cache_load(&again.cache);
	MUST(!again.table.changed);
	check_rows(&again, &first);
	same_rows(m, &again);
	again.table.changed = true;
	cache_save(&again.cache);
	load_file(&second);
	must_equal(&first, &second);
	end(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_buf struct buf file = BUF_INIT(FUZZ_OUT_MAX);
	struct memory m;

	if (!world.hub)
		make_world();
	make_file(&file, (const char *)data, len);
	write_file(&file);
	begin(&m);
	cache_load(&m.cache);
	if (is_whole(&file)) {
		check_rows(&m, &file);
		check_written(&m);
	} else {
		MUST(m.table.changed && m.table.count == 1 && !m.plain.count);
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			MUST(m.table.there[s] == 0);
	}
	end(&m);
	return 0;
}
