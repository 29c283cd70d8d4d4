/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it costs to ask for the past of some paths (side/past.c), in a history in which nothing is found:
 * each commit changes one notebook, in one of many folders, and none of those that are asked for.
 *
 *	past-bench [--commits N] [--folders N] [--rows N] [--cells N] [--hot] [--loose] [--keep]
 *
 * The hub is packed as the product packs it; with --loose every object of the newest commits is a file
 * of its own, and with --hot each commit changes the first notebook that is asked for. Prints milliseconds
 * of processor time: of the first question, and of one that is asked again.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strlist.h"
#include "git/libgit2/start.h"
#include "git/repack/maintain.h"
#include "side/past.h"
#include "tests/bench/cpu_time.h"
#include "tests/temp_dir.h"

#define LOOSE_COMMITS 1500 /* with --loose: more than a question reads */

struct options {
	int commits, folders, rows, cells;
	bool hot, loose, keep;
};

struct bench {
	struct options options;
	char *dir;     /* owned */
	char *hub_dir; /* owned */
	struct hub *hub;
	struct oid head, tree;
	struct oid never; /* a notebook that no commit has */
};

static void must(int r, const struct err *e)
{
	if (!r)
		return;
	fprintf(stderr, "past-bench: %s\n", e->text);
	exit(1);
}

static struct oid put(struct bench *b, int number)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct err e = ERR_INIT;
	struct oid id;

	buf_addf(&text, "# Databricks notebook source\nx = %d\n", number);
	for (int i = 1; i < b->options.cells; i++)
		buf_addf(&text, "\n# COMMAND ----------\n\nframe_%d = spark.table('orders')\n", i);
	must(hub_blob_put(b->hub, buf_str(&text), text.len, &id, &e), &e);
	return id;
}

static void commit(struct bench *b, struct tree_change *changes, size_t count, int number)
{
	struct commit_spec spec = { .parents = &b->head,
				    .parent_count = oid_is_zero(&b->head) ? 0 : 1,
				    .message = "Update a notebook\n\nNbsync-Mapping: etl\n"
					       "Nbsync-Side: local\n",
				    .committer_name = "nbsync",
				    .committer_email = "nbsync@localhost",
				    .when_s = 1600000000 + number };
	struct err e = ERR_INIT;

	must(hub_tree_update(b->hub, &b->tree, changes, count, &b->tree, &e), &e);
	spec.tree = b->tree;
	must(hub_commit(b->hub, &spec, &b->head, &e), &e);
}

static void pack(struct bench *b)
{
	struct repack_request request = { 0 };
	struct repack_result result = { .more = true };
	struct err e = ERR_INIT;

	must(hub_ref_set(b->hub, "refs/heads/main", &b->head, NULL, "commit", &e), &e);
	while (result.more)
		must(hub_repack(b->hub, &request, &result, &e), &e);
}

/* Folder 0 is asked about and never changes. */
static void build(struct bench *b)
{
	int folders = b->options.folders, loose = b->options.loose ? LOOSE_COMMITS : 0;
	struct tree_change *all = xcalloc((size_t)folders, sizeof(*all));
	struct strlist paths = { 0 };
	struct err e = ERR_INIT;

	for (int i = 0; i < folders; i++) {
		char *path = xasprintf("folder%04d/notebook.py", i);

		all[i].path = strlist_keep(&paths, path);
		all[i].id = put(b, 0);
	}
	commit(b, all, (size_t)folders, 0);
	for (int i = 1; i < b->options.commits; i++) {
		struct tree_change one = all[b->options.hot ? 0 : 1 + i * 7919LL % (folders - 1)];

		one.id = put(b, i);
		commit(b, &one, 1, i);
		if (b->options.commits - i <= loose)
			must(hub_flush(b->hub, &e), &e);
		else if (i % 2000 == 0 || b->options.commits - i == loose + 1)
			pack(b);
	}
	if (!b->options.loose)
		pack(b);
	must(hub_ref_set(b->hub, "refs/heads/main", &b->head, NULL, "commit", &e), &e);
	strlist_release(&paths);
	free(all);
}

static double ask(struct bench *b, struct hub *hub)
{
	const struct config_mapping mapping = { 0 };
	struct side_context context = { .mapping = &mapping,
					.hub = hub,
					.content = { .hub = hub, .mapping = &mapping } };
	struct past_source source = {
		.context = &context,
		.tip = b->head,
		.folder = "",
		.claim = "",
	};
	size_t rows = (size_t)b->options.rows;
	struct past *pasts = xcalloc(rows, sizeof(*pasts));
	const struct version never = { .blob = b->never, .kind = VERSION_NOTEBOOK };
	struct err e = ERR_INIT;
	double took;

	table_init(&context.table);
	for (size_t i = 0; i < rows; i++) {
		cleanup_free char *path = i ? xasprintf("folder0000/row%06zu", i)
					    : xstrdup("folder0000/notebook");

		pasts[i] = (struct past){ .row = table_get(&context.table, path),
					  .until[SIDE_GIT] = &never };
	}
	took = cpu_seconds();
	must(past_read(&source, pasts, rows, &e), &e);
	took = cpu_seconds() - took;
	for (size_t i = 0; i < rows; i++)
		past_release(&pasts[i]);
	free(pasts);
	table_release(&context.table);
	return took * 1e3;
}

static bool parse(struct options *o, int argc, char **argv)
{
	*o = (struct options){ .commits = 10000, .folders = 2000, .rows = 1, .cells = 12 };
	for (int i = 1; i < argc; i++) {
		int *value = str_eq(argv[i], "--commits")   ? &o->commits
			     : str_eq(argv[i], "--folders") ? &o->folders
			     : str_eq(argv[i], "--rows")    ? &o->rows
			     : str_eq(argv[i], "--cells")   ? &o->cells
							    : NULL;

		o->hot = o->hot || str_eq(argv[i], "--hot");
		o->loose = o->loose || str_eq(argv[i], "--loose");
		o->keep = o->keep || str_eq(argv[i], "--keep");
		if (value && i + 1 < argc)
			*value = atoi(argv[++i]);
		else if (!str_eq(argv[i], "--loose") && !str_eq(argv[i], "--keep") &&
			 !str_eq(argv[i], "--hot"))
			return false;
	}
	return o->commits > 0 && o->folders > 1 && o->rows > 0;
}

int main(int argc, char **argv)
{
	struct bench b = { 0 };
	struct err e = ERR_INIT;
	struct hub *hub;
	double first;

	if (!parse(&b.options, argc, argv) || !(b.dir = temp_dir_new())) {
		fprintf(stderr, "usage: past-bench [--commits N] [--folders N] [--rows N] "
				"[--cells N] [--hot] [--loose] [--keep]\n");
		return 2;
	}
	b.hub_dir = xasprintf("%s/hub.git", b.dir);
	must(git_start(&e), &e);
	must(hub_open(&b.hub, b.hub_dir, &e), &e);
	build(&b);
	b.never = put(&b, -1);
	must(hub_flush(b.hub, &e), &e);
	must(hub_open_reader(&hub, b.hub_dir, &e), &e);
	first = ask(&b, hub);
	printf("%d commits, %d folders, %d rows, %s%s: %.1f ms of processor time, again %.1f ms\n",
	       b.options.commits, b.options.folders, b.options.rows, b.options.hot ? "hot, " : "",
	       b.options.loose ? "loose" : "packed", first, ask(&b, hub));
	hub_free(hub);
	hub_free(b.hub);
	git_stop();
	if (b.options.keep)
		printf("kept in %s\n", b.dir);
	else
		temp_dir_remove(b.dir);
	free(b.hub_dir);
	free(b.dir);
	return 0;
}
