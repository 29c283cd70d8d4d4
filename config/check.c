/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that need more than one value. A mapping that overlaps another, or the state directory,
 * would synchronise its own products: those are errors, however the directories are spelled.
 */

#include <stdlib.h>
#include <string.h>

#include "config/reader.h"
#include "fs/fs.h"
#include "path/path.h"

static void complain(struct reader *r, const struct reader_place *at, const char *key,
		     const char *sentence)
{
	const struct config_key *k = key ? config_key_find(CONFIG_MAPPING, key) : NULL;
	unsigned line = k ? at->key_line[config_key_index(k)] : 0;

	problem_add(&r->problems, at->file, line ? line : at->line, "%s", sentence);
}

static void check_workspace(struct reader *r, size_t i)
{
	const struct config_workspace *w = &r->config->workspaces[i];
	const struct reader_place *at = &r->workspaces[i];

	if (!w->host && !w->profile)
		problem_add(&r->problems, at->file, at->line,
			    "workspace '%s' needs host and token_file, or profile", w->name);
	else if (!w->token_file && !w->profile)
		problem_add(&r->problems, at->file, at->line,
			    "workspace '%s' has no credentials; set token_file or profile",
			    w->name);
}

/* ---- one mapping ---- */

static void check_direction(struct reader *r, const struct config_mapping *m,
			    const struct reader_place *at)
{
	for (int s = 0; s < SIDE_COUNT; s++) {
		bool named = m->accepts[s] || m->receives[s];
		bool two_way = m->accepts[s] && m->receives[s]; /* an arrow names a side once */
		cleanup_free char *sentence = NULL;

		if (two_way || named == config_has_side(m, (enum side_id)s))
			continue;
		sentence =
			named ? xasprintf("direction names %s, but mapping '%s' has no such side",
					  side_names[s], m->name)
			      : xasprintf("direction leaves out %s; take '%s' out of mapping '%s', "
					  "or name it",
					  side_names[s], side_names[s], m->name);
		complain(r, at, "direction", sentence);
	}
}

/* What clone = follow takes for granted: the working tree has the very files of the branch. */
static void check_clone(struct reader *r, const struct config_mapping *m,
			const struct reader_place *at)
{
	const char *sentence = NULL;

	if (m->clone == CONFIG_CLONE_ASK)
		return;
	if (!m->local)
		sentence = "clone says how a local directory is taken that is a Git working tree; "
			   "without local, leave it out";
	else if (m->clone == CONFIG_CLONE_FOLLOW && !m->git)
		sentence = "clone = follow goes with a branch that is synchronised: set git, or "
			   "clone = independent";
	else if (m->clone == CONFIG_CLONE_FOLLOW && m->local_format != m->git_format)
		sentence = "clone = follow needs the same local_format and git_format, because the "
			   "working tree has the files of the branch";
	if (sentence)
		complain(r, at, "clone", sentence);
}

static void check_mapping(struct reader *r, size_t i)
{
	const struct config_mapping *m = &r->config->mappings[i];
	const struct reader_place *at = &r->mappings[i];
	unsigned sides = 0;

	for (int s = 0; s < SIDE_COUNT; s++)
		sides += config_has_side(m, (enum side_id)s);
	if (sides < 2) {
		cleanup_free char *sentence = xasprintf(
			"mapping '%s' needs at least two of local, workspace and git", m->name);

		complain(r, at, NULL, sentence);
		return;
	}
	if (m->workspace && !config_workspace(r->config, m->workspace)) {
		cleanup_free char *sentence = xasprintf("there is no section [workspace %s]",
							m->workspace);

		complain(r, at, "workspace", sentence);
	}
	if (m->commit_max_wait_ms < m->commit_quiet_ms)
		complain(r, at, "commit_max_wait",
			 "commit_max_wait must not be below commit_quiet");
	check_direction(r, m, at);
	check_clone(r, m, at);
}

/* ---- overlaps ---- */

/* Whether one is the other or below it. */
static bool overlap(const char *a, const char *b)
{
	return str_eq(a, b) || str_eq(a, "/") || str_eq(b, "/") || path_is_below(a, b) ||
	       path_is_below(b, a);
}

static void check_state(struct reader *r, size_t i)
{
	const struct config_mapping *m = &r->config->mappings[i];
	cleanup_free char *local = NULL, *state = NULL;

	if (!m->local || !r->config->daemon.state)
		return;
	local = fs_real(m->local);
	state = fs_real(r->config->daemon.state);
	if (overlap(local, state)) {
		cleanup_free char *sentence = xasprintf(
			"local '%s' overlaps the state directory '%s'", m->local,
			r->config->daemon.state);

		complain(r, &r->mappings[i], "local", sentence);
	}
}

static bool same_workspace(const struct config *c, const char *a, const char *b)
{
	const struct config_workspace *x = config_workspace(c, a), *y = config_workspace(c, b);

	if (str_eq(a, b))
		return true;
	return x && y && x->host && str_eq(x->host, y->host);
}

static void check_pair(struct reader *r, size_t i, size_t k)
{
	const struct config_mapping *a = &r->config->mappings[i], *b = &r->config->mappings[k];
	cleanup_free char *sentence = NULL;

	if (a->local && b->local) {
		cleanup_free char *x = fs_real(a->local), *y = fs_real(b->local);

		if (overlap(x, y)) {
			sentence = xasprintf("local '%s' overlaps '%s' of mapping '%s'", b->local,
					     a->local, a->name);
			complain(r, &r->mappings[k], "local", sentence);
		}
	}
	if (a->workspace && b->workspace && same_workspace(r->config, a->workspace, b->workspace) &&
	    overlap(a->workspace_path, b->workspace_path)) {
		free(sentence);
		sentence = xasprintf("workspace folder '%s' overlaps '%s' of mapping '%s'",
				     b->workspace_path, a->workspace_path, a->name);
		complain(r, &r->mappings[k], "workspace", sentence);
	}
}

void check_config(struct reader *r)
{
	for (size_t i = 0; i < r->config->workspace_count; i++)
		check_workspace(r, i);
	for (size_t i = 0; i < r->config->mapping_count; i++) {
		check_mapping(r, i);
		check_state(r, i);
		for (size_t k = 0; k < i; k++)
			check_pair(r, k, i);
	}
}
