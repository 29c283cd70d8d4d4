/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a hub grows. Plays the references and objects of many edits, each of one notebook among 200:
 * saved locally, imported into the workspace, committed and pushed; and repacks whenever that is due,
 * as a full cycle without other work does.
 *
 *	growth [--edits N] [--notebooks N] [--loose N] [--max-mb N] [--cut] [--keep]
 *
 * --loose repacks at so many loose objects instead of when it is due. --max-mb fails when the hub was
 * ever larger on disk. --cut removes all history but that of the branch in the end, and what it held.
 * --keep leaves the hub where the output says.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "git/libgit2/start.h"
#include "git/repack/maintain.h"
#include "memory/history_cut.h"
#include "memory/state.h"
#include "tests/bench/cpu_time.h"
#include "tests/source_text.h"
#include "tests/temp_dir.h"

#define CELLS 12
#define WORDS 32 /* in a cell: 3 KB in a notebook */

struct options {
	int edits, notebooks, loose, max_mb;
	bool cut, keep;
};

struct growth {
	struct options options;
	char *dir; /* owned */
	struct hub *hub;
	struct table table;
	struct state state;
	unsigned *seeds; /* of each cell of each notebook */
	struct oid head, tree;
	uint64_t largest; /* KiB on disk */
	int repacks;
	double repack_s, longest_s;
};

static void check(int r, const struct err *e)
{
	if (!r)
		return;
	fprintf(stderr, "growth: %s\n", e->text);
	exit(1);
}

static uint64_t disk_kib(const struct growth *g)
{
	cleanup_free char *command = xasprintf("du -sk '%s'", g->dir);
	FILE *f = popen(command, "re");
	uint64_t kib = 0;

	if (!f || fscanf(f, "%" SCNu64, &kib) != 1)
		exit(1);
	pclose(f);
	return kib;
}

/* ---- notebooks ---- */

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return *seed >> 16;
}

static void add_cell(struct buf *out, unsigned seed, const char *separator)
{
	for (int word = 0; word < WORDS; word++) {
		buf_add_char(out, word % 8 ? ' ' : '\n');
		for (unsigned n = 3 + next(&seed) % 9; n; n--)
			buf_add_char(out, (char)('a' + next(&seed) % 26));
	}
	buf_add_str(out, separator);
}

/* As source, or with JSON around every cell. */
static struct oid put_notebook(struct growth *g, int notebook, bool ipynb)
{
	cleanup_buf struct buf text = BUF_INIT(1024 * 1024);
	struct err e = ERR_INIT;
	struct oid id;

	buf_add_str(&text, ipynb ? "{\"cells\": [\n" : PY);
	for (int i = 0; i < CELLS; i++)
		add_cell(&text, g->seeds[notebook * CELLS + i],
			 ipynb ? "\n]},{\"cell_type\": \"code\", \"metadata\": {\"x\": 0}, "
				 "\"source\": ["
			       : "\n\n# COMMAND ----------\n");
	check(hub_blob_put(g->hub, buf_str(&text), text.len, &id, &e), &e);
	return id;
}

/* ---- one edit, as the synchroniser records it ---- */

static void see(struct growth *g, struct row *row, enum side_id side, const struct version *v,
		const struct oid *raw, const char *file)
{
	entry_set_present(row, side, v, raw, file);
	state_see(&g->state, row, side);
}

static void publish(struct growth *g, const struct row *row, const char *message)
{
	cleanup_free char *path = xasprintf("notebooks/%s.py", row->path);
	struct tree_change change = { .path = path, .id = row->agreed.blob };
	struct commit_spec spec = { .parents = &g->head,
				    .parent_count = oid_is_zero(&g->head) ? 0 : 1,
				    .message = message,
				    .committer_name = "nbsync",
				    .committer_email = "nbsync@localhost" };
	struct err e = ERR_INIT;

	check(hub_tree_update(g->hub, &g->tree, &change, 1, &g->tree, &e), &e);
	spec.tree = g->tree;
	check(hub_commit(g->hub, &spec, &g->head, &e), &e);
	check(hub_ref_set(g->hub, "refs/heads/main", &g->head, NULL, "commit", &e), &e);
	check(hub_ref_set(g->hub, "refs/remotes/origin/main", &g->head, NULL, "push", &e), &e);
	check(state_see_commit(&g->state, SIDE_GIT, &g->head, &e), &e);
}

static void edit(struct growth *g, int number, int notebook)
{
	cleanup_free char *stem = xasprintf("team%d/notebook_%d", notebook % 7, notebook);
	cleanup_free char *py = xasprintf("%s.py", stem), *ipynb = xasprintf("%s.ipynb", stem);
	cleanup_free char *message = xasprintf(
		"Update %s\n\nNbsync-Mapping: etl\nNbsync-Side: local\n", stem);
	struct row *row = table_get(&g->table, stem);
	struct err e = ERR_INIT;
	struct version v = { 0 };
	struct oid raw;

	g->seeds[notebook * CELLS + number % CELLS] += 7919;
	v.blob = put_notebook(g, notebook, false);
	raw = put_notebook(g, notebook, true);
	see(g, row, SIDE_LOCAL, &v, &raw, ipynb);
	check(state_save_seen(&g->state, "seen: before acting", &e), &e);
	state_set_agreed(&g->state, row, &v);
	check(state_save_agreed(&g->state, "agreed", &e), &e);
	state_set_base(&g->state, row, SIDE_LOCAL, &v);
	see(g, row, SIDE_WORKSPACE, &v, &v.blob, py);
	state_set_base(&g->state, row, SIDE_WORKSPACE, &v);
	check(state_save(&g->state, "agreed", &e), &e);
	publish(g, row, message);
	state_set_base(&g->state, row, SIDE_GIT, &v);
	check(state_save(&g->state, "agreed", &e), &e);
}

/* ---- maintenance ---- */

static void repack(struct growth *g, bool drop)
{
	struct repack_request request = { .drop = drop, .is_record = history_is_record };
	struct repack_result result;
	double start = cpu_seconds(), took;
	struct err e = ERR_INIT;

	check(hub_repack(g->hub, &request, &result, &e), &e);
	took = cpu_seconds() - start;
	g->repacks++;
	g->repack_s += took;
	g->longest_s = took > g->longest_s ? took : g->longest_s;
	if (drop)
		printf("dropped in %.2f s: %zu objects packed again, %zu packs and %zu loose "
		       "objects removed\n",
		       took, result.packed, result.packs_removed, result.loose_removed);
}

/* As long after the last edit as the history is kept. */
static void cut(struct growth *g)
{
	static const char *const refs[] = { "refs/nbsync/agreed", "refs/nbsync/seen/git",
					    "refs/nbsync/seen/workspace",
					    "refs/nbsync/seen/local" };
	double start = cpu_seconds();
	size_t total = 0;

	for (size_t i = 0; i < ARRAY_SIZE(refs); i++) {
		struct history_idle idle = { 0 };
		struct history_cut how = { .ref = refs[i],
					   .keeper = i == 1,
					   .now_s = (int64_t)time(NULL) + 1000 * 24 * 3600,
					   .passed_s = 1000 * 24 * 3600,
					   .idle = &idle,
					   .history_s = 24 * 3600 };
		struct err e = ERR_INIT;
		struct oid tip;
		struct history_gone gone;

		check(hub_ref_get(g->hub, refs[i], &tip, &e), &e);
		/* The first look only learns where the chain ends. */
		check(history_cut(g->hub, &how, &tip, &gone, &e), &e);
		check(history_cut(g->hub, &how, &tip, &gone, &e), &e);
		total += gone.removed;
	}
	printf("cut %zu states in %.2f s\n", total, cpu_seconds() - start);
	repack(g, true);
	repack(g, false);
}

static void maintain(struct growth *g)
{
	struct hub_usage usage;
	struct err e = ERR_INIT;
	uint64_t kib;

	check(hub_usage(g->hub, &usage, &e), &e);
	if (g->options.loose ? usage.loose <= (size_t)g->options.loose
			     : !hub_repack_due(&usage, false))
		return;
	kib = disk_kib(g);
	g->largest = kib > g->largest ? kib : g->largest;
	repack(g, false);
}

/* ---- the whole ---- */

static void report(struct growth *g, double took)
{
	struct hub_usage usage;
	struct rusage self;
	struct err e = ERR_INIT;
	uint64_t kib = disk_kib(g);

	g->largest = kib > g->largest ? kib : g->largest;
	check(hub_usage(g->hub, &usage, &e), &e);
	getrusage(RUSAGE_SELF, &self);
	printf("%d edits of %d notebooks in %.1f s (CPU): %.1f MB on disk, %.1f MB at most; "
	       "%zu loose objects, %zu packs\n",
	       g->options.edits, g->options.notebooks, took, (double)kib / 1024,
	       (double)g->largest / 1024, usage.loose, usage.packs);
	printf("%d repacks, %.2f s each, %.2f s the longest; %ld MB of memory\n", g->repacks,
	       g->repacks ? g->repack_s / g->repacks : 0, g->longest_s, self.ru_maxrss / 1024);
}

static void run(struct growth *g)
{
	double start = cpu_seconds();
	struct err e = ERR_INIT;

	for (int i = 0; i < g->options.notebooks + g->options.edits; i++) {
		edit(g, i, i < g->options.notebooks ? i : rand() % g->options.notebooks);
		if (i % 10 == 9)
			maintain(g);
	}
	check(hub_flush(g->hub, &e), &e);
	report(g, cpu_seconds() - start);
	if (!g->options.cut)
		return;
	cut(g);
	report(g, cpu_seconds() - start);
}

static bool parse(struct options *o, int argc, char **argv)
{
	const struct {
		const char *name;
		int *value;
	} numbers[] = { { "--edits", &o->edits },
			{ "--notebooks", &o->notebooks },
			{ "--loose", &o->loose },
			{ "--max-mb", &o->max_mb } };

	*o = (struct options){ .edits = 5000, .notebooks = 200 };
	for (int i = 1; i < argc; i++) {
		bool known = false;

		o->cut = o->cut || str_eq(argv[i], "--cut");
		o->keep = o->keep || str_eq(argv[i], "--keep");
		known = str_eq(argv[i], "--cut") || str_eq(argv[i], "--keep");
		for (size_t j = 0; !known && i + 1 < argc && j < ARRAY_SIZE(numbers); j++)
			if (str_eq(argv[i], numbers[j].name)) {
				*numbers[j].value = atoi(argv[++i]);
				known = true;
			}
		if (!known)
			return false;
	}
	return o->notebooks > 0 && o->edits >= 0;
}

int main(int argc, char **argv)
{
	struct growth g = { 0 };
	cleanup_free char *hub_dir = NULL;
	struct err e = ERR_INIT;
	bool small;

	if (!parse(&g.options, argc, argv)) {
		fprintf(stderr, "usage: growth [--edits N] [--notebooks N] [--loose N] "
				"[--max-mb N] [--cut] [--keep]\n");
		return 2;
	}
	g.dir = temp_dir_new();
	if (!g.dir) {
		fprintf(stderr, "growth: no place for a hub\n");
		return 1;
	}
	hub_dir = xasprintf("%s/hub.git", g.dir);
	g.seeds = xcalloc((size_t)g.options.notebooks * CELLS, sizeof(*g.seeds));
	for (int i = 0; i < g.options.notebooks * CELLS; i++)
		g.seeds[i] = (unsigned)i * 104729u;
	table_init(&g.table);
	check(git_start(&e), &e);
	check(hub_open(&g.hub, hub_dir, &e), &e);
	check(state_load(&g.state, g.hub, &g.table, false, &e), &e);
	run(&g);
	small = !g.options.max_mb || g.largest <= (uint64_t)g.options.max_mb * 1024;
	if (!small)
		fprintf(stderr, "growth: more than %d MB on disk\n", g.options.max_mb);
	state_release(&g.state);
	table_release(&g.table);
	hub_free(g.hub);
	git_stop();
	free(g.seeds);
	if (g.options.keep)
		printf("kept in %s\n", g.dir);
	else if (temp_dir_remove(g.dir))
		return 1;
	free(g.dir);
	return small ? 0 : 1;
}
