/* SPDX-License-Identifier: Apache-2.0 */
/* Making a world, and running cycles in it. */

#include "tests/world/world.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/hub/hub.h"
#include "git/libgit2/start.h"
#include "log/log.h"
#include "tests/world/clock.h"
#include "tests/world/files.h"
#include "tests/world/store.h"
#include "tests/world/world_internal.h"

#define CYCLE_EVERY_MS 11000 /* at most six pushes a minute */

void world_begin(void)
{
	const char *level = getenv("WORLD_LOG");
	enum log_level max = LOG_LEVEL_ERROR;
	struct err e = ERR_INIT;

	if (level)
		log_level_parse(level, &max);
	log_init(max, NULL);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	if (git_start(&e))
		files_die("%s", e.text);
}

void world_end(void)
{
	git_stop();
}

void world_ok(int r, const struct err *e)
{
	if (r)
		files_die("%s: %s", err_name(r), e->text);
}

/* ---- making ---- */

static void add_default(struct buf *text, const char *own, const char *key, const char *value)
{
	if (!own || !strstr(own, key))
		buf_addf(text, "%s = %s\n", key, value);
}

static void configure(struct world *w, const struct world_options *o)
{
	cleanup_buf struct buf text = BUF_INIT(65536), problems = BUF_INIT(65536);
	struct err e = ERR_INIT;

	buf_addf(&text, "[daemon]\nstate = %s/state\npolicy = %s/policy.ini\n", w->dir, w->dir);
	buf_addf(&text,
		 "[workspace dev]\nhost = https://workspace.acme.example\n"
		 "token_file = %s/token\n[mapping etl]\n",
		 w->store);
	if (!o->without[SIDE_LOCAL])
		buf_addf(&text, "local = %s\n", w->local);
	if (!o->without[SIDE_WORKSPACE])
		buf_addf(&text, "workspace = dev:%s\n", WORLD_FOLDER);
	if (!o->without[SIDE_GIT])
		buf_addf(&text, "git = file://%s\n", w->remote);
	add_default(&text, o->config, "local_format", "source");
	add_default(&text, o->config, "git_format", "source");
	add_default(&text, o->config, "poll", "1s");
	add_default(&text, o->config, "git_poll", "1s");
	add_default(&text, o->config, "commit_quiet", "1h");
	add_default(&text, o->config, "commit_max_wait", "2h");
	buf_add_str(&text, o->config ? o->config : "");
	if (config_parse(&w->config, buf_str(&text), text.len, "world", &problems, &e))
		files_die("%s", buf_str(&problems));
}

static void write_policy(const struct world *w)
{
	cleanup_free char *path = xasprintf("%s/policy.ini", w->dir);
	cleanup_free char *text = xasprintf(
		"[policy]\nrestrict = clone-commit-push\nallow = file://%s/\n", w->first->dir);

	files_write(path, text, strlen(text));
}

static void make_remote(const struct world *w)
{
	struct err e = ERR_INIT;
	struct hub *hub;

	world_ok(hub_open(&hub, w->remote, &e), &e);
	hub_free(hub);
}

static void make_workspace(const struct world *w, enum world_server server)
{
	cleanup_free char *token = xasprintf("%s/token", w->store);
	struct err e = ERR_INIT;

	files_write(token, "token\n", 6);
	world_ok(store_mkdirs(w->store, WORLD_FOLDER, &e), &e);
	store_set_server(w->store, server);
}

/* What a machine has for itself, in w->dir. */
static void make_machine(struct world *w, const struct world_options *o)
{
	w->local = xasprintf("%s/local", w->dir);
	w->remote = xasprintf("%s/remote.git", w->first->dir);
	w->store = xasprintf("%s/workspace", w->first->dir);
	w->state = xasprintf("%s/state/etl", w->dir);
	w->hub = xasprintf("%s/hub.git", w->state);
	write_policy(w);
	if (!o->without[SIDE_LOCAL])
		files_mkdirs(w->local);
	configure(w, o);
}

static const struct world_options defaults;

struct world *world_new(const struct world_options *options)
{
	const struct world_options *o = options ? options : &defaults;
	struct world *w = xcalloc(1, sizeof(*w));

	w->first = w;
	w->dir = files_temp_dir();
	make_machine(w, o);
	if (!o->without[SIDE_WORKSPACE])
		make_workspace(w, o->server);
	if (!o->without[SIDE_GIT])
		make_remote(w);
	return w;
}

struct world *world_join(struct world *w, const struct world_options *options)
{
	struct world *joins = xcalloc(1, sizeof(*joins)), **end = &w->first;
	unsigned n = 1;

	for (; *end; end = &(*end)->next)
		n++;
	joins->dir = xasprintf("%s/machine-%u", w->first->dir, n);
	joins->first = w->first;
	*end = joins;
	files_mkdirs(joins->dir);
	make_machine(joins, options ? options : &defaults);
	return joins;
}

static void leave(struct world *w)
{
	struct world *before = w->first;

	while (before->next && before->next != w)
		before = before->next;
	before->next = w->next;
}

void world_free(struct world *w)
{
	world_close(w);
	if (w->first == w)
		world_remote_close(w);
	else
		leave(w);
	files_remove(w->dir);
	config_free(w->config);
	report_release(&w->report);
	for (size_t i = 0; i < w->version_count; i++)
		free(w->versions[i].path);
	free(w->versions);
	free(w->dir);
	free(w->local);
	free(w->remote);
	free(w->store);
	free(w->state);
	free(w->hub);
	free(w);
}

/* ---- cycles ---- */

static void on_progress(void *payload, const char *phase, size_t done, size_t total)
{
	struct world *w = payload;

	(void)done;
	(void)total;
	if (w->on_phase)
		w->on_phase(w, phase);
}

void world_close(struct world *w)
{
	cycle_close(w->cycle);
	w->cycle = NULL;
}

int world_open(struct world *w, struct err *e)
{
	struct cycle_options options = {
		.config = w->config,
		.mapping = "etl",
		.cancel = &w->cancel,
		.progress = on_progress,
		.payload = w,
		.workspace = &world_workspace,
	};

	world_close(w);
	return cycle_open(&w->cycle, &options, e);
}

void world_reopen(struct world *w)
{
	struct err e = ERR_INIT;

	world_ok(world_open(w, &e), &e);
}

const struct report *world_request(struct world *w, const struct cycle_request *request)
{
	if (!w->cycle)
		world_reopen(w);
	clock_pass(CYCLE_EVERY_MS);
	report_release(&w->report);
	world_remote_close(w);
	cycle_run(w->cycle, request, &w->report);
	world_remote_close(w);
	return &w->report;
}

const struct report *world_cycle(struct world *w, bool full, bool hurry)
{
	struct cycle_request request = { .full = full, .hurry = hurry };

	return world_request(w, &request);
}

bool world_report_idle(const struct report *r)
{
	uint64_t n = r->commits + r->pushes;

	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		n += r->side[s].written + r->side[s].deleted;
	return n == 0;
}

bool world_report_holds(const struct report *r)
{
	bool held = r->held.total > 0;

	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		held |= r->side[s].held;
	return held;
}

unsigned world_settle(struct world *w)
{
	for (unsigned i = 1; i <= WORLD_SETTLE_MAX; i++) {
		const struct report *r = world_cycle(w, true, true);

		if (world_report_idle(r) && !cycle_unsettled(w->cycle))
			return i;
	}
	return 0;
}

int64_t world_changes(const struct world *w)
{
	return store_changes(w->store);
}
