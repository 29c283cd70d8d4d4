/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cycle costs, by the size of the tree and by the size of the change: a local directory and a
 * repository on this machine, both of N notebooks of 3 KB in folders of 50.
 *
 *	cycle-bench DIRECTORY N...
 *
 * For each N, in a process of its own: both sides full and identical (first contact), a full cycle
 * without a change, hinted cycles for one changed notebook (with its push, and while pushes wait
 * because six a minute are all there may be: look, record, think), a full cycle that finds one, and a
 * restart, which pushes all of them. Prints milliseconds of wall and processor time, and the peak of resident memory.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/strlist.h"
#include "fs/fs.h"
#include "git/hub/hub.h"
#include "git/libgit2/start.h"
#include "log/log.h"
#include "sync/cycle.h"

#define PUSHED_ROUNDS    6
#define COMMITTED_ROUNDS 15

struct bench {
	char *dir; /* owned */
	struct config *config;
	struct cycle *cycle;
	size_t count;
	uint64_t pushes; /* of the last cycle */
};

/* Wall and processor time: what else the machine does is in the first only. */
struct moment {
	double wall_ms, cpu_ms;
};

static double clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static struct moment now(void)
{
	return (struct moment){ clock_ms(CLOCK_MONOTONIC), clock_ms(CLOCK_PROCESS_CPUTIME_ID) };
}

static struct moment since(struct moment began)
{
	struct moment t = now();

	return (struct moment){ t.wall_ms - began.wall_ms, t.cpu_ms - began.cpu_ms };
}

static void show(struct moment t)
{
	printf(" %9.1f %7.1f", t.wall_ms, t.cpu_ms);
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void must(int code, const struct err *e)
{
	if (!code)
		return;
	fprintf(stderr, "cycle-bench: %s\n", e->text);
	exit(1);
}

static char *name_of(size_t i)
{
	return xasprintf("folder%04zu/notebook%06zu.py", i / 50, i);
}

/* About 3 KB in twelve cells, each notebook another. */
static void notebook_text(struct buf *out, size_t i, unsigned edition)
{
	buf_clear(out);
	buf_add_str(out, "# Databricks notebook source\n");
	for (int cell = 0; cell < 12; cell++) {
		if (cell)
			buf_add_str(out, "\n# COMMAND ----------\n\n");
		for (int line = 0; line < 4; line++)
			buf_addf(out, "frame_%zu_%d = spark.table('sales.orders').limit(%d + %u)\n",
				 i, cell, line, edition);
	}
}

static void write_local(struct bench *b, size_t i, unsigned edition)
{
	cleanup_buf struct buf text = BUF_INIT(65536);
	cleanup_free char *name = name_of(i);
	cleanup_free char *path = xasprintf("%s/local/%s", b->dir, name);
	cleanup_free char *temp = xasprintf("%s.new", path);
	FILE *f = fopen(temp, "w");

	notebook_text(&text, i, edition);
	if (!f || fwrite(buf_str(&text), 1, text.len, f) != text.len || fclose(f) ||
	    rename(temp, path)) {
		fprintf(stderr, "cycle-bench: cannot write '%s'\n", path);
		exit(1);
	}
}

/* The same notebooks in the repository, as one commit of somebody else. */
static void fill_remote(struct bench *b)
{
	cleanup_free char *dir = xasprintf("%s/remote.git", b->dir);
	struct tree_change *changes = xcalloc(b->count, sizeof(*changes));
	cleanup_buf struct buf text = BUF_INIT(65536);
	struct commit_spec spec = { .message = "all\n",
				    .committer_name = "Ana",
				    .committer_email = "ana@acme.example" };
	struct strlist paths = { 0 };
	struct oid base = { 0 }, commit;
	struct err e = ERR_INIT;
	struct hub *hub;

	must(hub_open(&hub, dir, &e), &e);
	for (size_t i = 0; i < b->count; i++) {
		notebook_text(&text, i, 0);
		changes[i].path = strlist_keep(&paths, name_of(i));
		must(hub_blob_put(hub, buf_str(&text), text.len, &changes[i].id, &e), &e);
	}
	must(hub_tree_update(hub, &base, changes, b->count, &spec.tree, &e), &e);
	must(hub_commit(hub, &spec, &commit, &e), &e);
	must(hub_ref_set(hub, "refs/heads/main", &commit, NULL, "all", &e), &e);
	free(changes);
	strlist_release(&paths);
	hub_free(hub);
}

static void fill_local(struct bench *b)
{
	struct err e = ERR_INIT;

	for (size_t i = 0; i < b->count; i++) {
		cleanup_free char *folder = xasprintf("%s/local/folder%04zu", b->dir, i / 50);

		if (i % 50 == 0)
			must(fs_mkdirs(folder, 0755, &e), &e);
		write_local(b, i, 0);
	}
}

static void configure(struct bench *b)
{
	cleanup_free char *policy = xasprintf("%s/policy.ini", b->dir);
	cleanup_free char *allowed = xasprintf(
		"[policy]\nrestrict = clone-commit-push\nallow = file://%s/\n", b->dir);
	cleanup_free char *text = xasprintf(
		"[daemon]\nstate = %s/state\npolicy = %s\n[mapping bench]\nlocal = %s/local\n"
		"git = file://%s/remote.git\nlocal_format = source\ngit_poll = 1s\n",
		b->dir, policy, b->dir, b->dir);
	struct err e = ERR_INIT;

	must(fs_store(policy, allowed, strlen(allowed), 0600, &e), &e);
	must(config_parse(&b->config, text, strlen(text), "bench", NULL, &e), &e);
}

static void open_mapping(struct bench *b)
{
	struct cycle_options options = { .config = b->config, .mapping = "bench" };
	struct err e = ERR_INIT;

	must(cycle_open(&b->cycle, &options, &e), &e);
}

/* One cycle; the notebooks it wrote must be what is expected, or it measured something else. */
static struct moment run(struct bench *b, const char *hint, uint64_t commits)
{
	const char *hints[] = { hint };
	struct cycle_request request = {
		.full = !hint, .hints = hints, .hint_count = hint != NULL, .hurry = true
	};
	struct report report;
	struct moment began = now(), took;

	cycle_run(b->cycle, &request, &report);
	took = since(began);
	if (report.code || report.commits != commits) {
		fprintf(stderr, "cycle-bench: %llu commits, not %llu; %s\n",
			(unsigned long long)report.commits, (unsigned long long)commits,
			report.sentence ? report.sentence : "");
		exit(1);
	}
	b->pushes = report.pushes;
	report_release(&report);
	return took;
}

static int by_value(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	return (x->wall_ms > y->wall_ms) - (x->wall_ms < y->wall_ms);
}

/* The median of some hinted cycles, each of which takes one notebook, and commits and pushes it or not. */
static struct moment hinted(struct bench *b, unsigned rounds, uint64_t pushes)
{
	static unsigned edition;
	struct moment times[COMMITTED_ROUNDS];

	for (unsigned i = 0; i < rounds; i++) {
		cleanup_free char *name = name_of(b->count / 2);

		write_local(b, b->count / 2, ++edition);
		times[i] = run(b, name, pushes);
		if (b->pushes != pushes) {
			fprintf(stderr, "cycle-bench: the rate of pushes is not what it was\n");
			exit(1);
		}
	}
	qsort(times, rounds, sizeof(*times), by_value);
	return times[rounds / 2];
}

/* In a process of its own, because its memory is not the cycle's. */
static void fill(struct bench *b)
{
	pid_t child = fork();
	int status = 1;

	if (child == 0) {
		fill_local(b);
		fill_remote(b);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (status)
		exit(1);
}

static void measure(const char *dir, size_t count)
{
	struct bench b = { .dir = xasprintf("%s/%zu", dir, count), .count = count };
	struct err e = ERR_INIT;
	struct moment began;

	must(fs_mkdirs(b.dir, 0755, &e), &e);
	configure(&b);
	fill(&b);
	open_mapping(&b);
	printf("%7zu", count);
	show(run(&b, NULL, 0));
	run(&b, NULL, 0);
	show(run(&b, NULL, 0));
	show(hinted(&b, PUSHED_ROUNDS, 1));
	show(hinted(&b, COMMITTED_ROUNDS, 0));
	write_local(&b, 0, 1);
	show(run(&b, NULL, 0));
	cycle_close(b.cycle);
	began = now();
	open_mapping(&b);
	run(&b, NULL, 1);
	show(since(began));
	printf(" %9.1f\n", (double)peak_kib() / 1024);
	cycle_close(b.cycle);
	config_free(b.config);
	free(b.dir);
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	int failed = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: cycle-bench DIRECTORY N...\n");
		return 2;
	}
	log_init(LOG_LEVEL_ERROR, NULL);
	must(git_start(&e), &e);
	printf("%7s %17s %17s %17s %17s %17s %17s %9s\n", "N", "first contact", "no change",
	       "hinted and pushed", "hinted", "found change", "restart", "peak MB");
	printf("%7s", "");
	for (int i = 0; i < 6; i++)
		printf(" %9s %7s", "wall ms", "cpu ms");
	printf("\n");
	for (int i = 2; i < argc; i++) {
		int status = 1;
		pid_t child;

		fflush(stdout);
		child = fork();
		if (child == 0) {
			measure(argv[1], strtoul(argv[i], NULL, 10));
			fflush(stdout);
			_exit(0);
		}
		waitpid(child, &status, 0);
		failed |= status;
	}
	git_stop();
	return failed != 0;
}
