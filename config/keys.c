/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key table. What each key means to people stands in nbsyncd.ini(5); a test compares the two.
 */

#include "config/keys.h"

#include <assert.h>
#include <string.h>

#include "config/own.h"
#include "config/syntax.h"
#include "config/values.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define KIB    1024
#define MIB    (1024 * KIB)

/* clang-format off */
#define KEY(section, holder, key, kind, member, written, ...)                               \
	{ .scope = section, .name = key, .type = CONFIG_##kind, .fallback = written,        \
	  .offset = offsetof(holder, member), .size = sizeof(((holder *)NULL)->member),     \
	  __VA_ARGS__ }
/* clang-format on */
#define DAEMON(...)    KEY(CONFIG_DAEMON, struct config_daemon, __VA_ARGS__)
#define WORKSPACE(...) KEY(CONFIG_WORKSPACE, struct config_workspace, __VA_ARGS__)
#define MAPPING(...)   KEY(CONFIG_MAPPING, struct config_mapping, __VA_ARGS__)

const char *const config_scope_names[CONFIG_SCOPES] = { "daemon", "workspace", "mapping" };

static const char *const log_levels[] = { "error", "warning", "notice", "info", "debug", NULL };
static const char *const formats[] = {
	[CONFIG_FORMAT_SOURCE] = "source",
	[CONFIG_FORMAT_IPYNB] = "ipynb",
	[CONFIG_FORMAT_KEEP] = "keep",
	NULL,
};
static const char *const commits[] = {
	[CONFIG_COMMIT_AUTO] = "auto",
	[CONFIG_COMMIT_MANUAL] = "manual",
	NULL,
};
static const char *const conflicts[] = {
	[CONFIG_CONFLICT_KEEP_BOTH] = "keep-both",
	[CONFIG_CONFLICT_PREFER_LOCAL] = "prefer-local",
	[CONFIG_CONFLICT_PREFER_WORKSPACE] = "prefer-workspace",
	[CONFIG_CONFLICT_PREFER_GIT] = "prefer-git",
	NULL,
};
static const char *const names[] = {
	[CONFIG_NAMES_PORTABLE] = "portable",
	[CONFIG_NAMES_ANY] = "any",
	NULL,
};
static const char *const clones[] = {
	[CONFIG_CLONE_ASK] = "ask",
	[CONFIG_CLONE_FOLLOW] = "follow",
	[CONFIG_CLONE_INDEPENDENT] = "independent",
	NULL,
};
static const char *const files[] = {
	[CONFIG_FILES_NONE] = "none",
	[CONFIG_FILES_ALL] = "all",
	NULL,
};
static const char *const outputs[] = {
	[CONFIG_OUTPUTS_STRIP] = "strip",
	[CONFIG_OUTPUTS_KEEP] = "keep",
	[CONFIG_OUTPUTS_KEEP_TAGGED] = "keep-tagged",
	NULL,
};

/* Within a section, config_dump() keeps this order. */
const struct config_key config_keys[] = {
	/*     key, type, member, default, limits */
	DAEMON("workers", NUMBER, workers, "8", .min = 1, .max = 64),
	DAEMON("state", FILE, state, NULL),
	DAEMON("socket", FILE, socket, NULL, .check = syntax_socket),
	DAEMON("policy", FILE, policy, NULL),
	DAEMON("log_level", TEXT, log_level, "info", .words = log_levels),
	DAEMON("worker_idle", DURATION, worker_idle_ms, "60s", .min = 0, .max = DAY),
	DAEMON("worker_deadline", DURATION, worker_deadline_ms, "120s", .min = 10 * SECOND,
	       .max = HOUR),

	WORKSPACE("host", TEXT, host, NULL, .check = syntax_origin),
	WORKSPACE("profile", TEXT, profile, NULL),
	WORKSPACE("token_file", FILE, token_file, NULL, .credential = true),
	WORKSPACE("ca_file", FILE, ca_file, NULL),

	MAPPING("local", FILE, local, NULL),
	MAPPING("local_format", ENUM, local_format, "ipynb", .words = formats),
	MAPPING("clone", ENUM, clone, "ask", .words = clones),
	MAPPING("workspace", OWN, workspace, NULL, .own = &config_folder),
	MAPPING("workspace_format", ENUM, workspace_format, "keep", .words = formats),
	MAPPING("git", TEXT, git, NULL, .check = syntax_git_url),
	MAPPING("git_user", TEXT, git_user, NULL, .check = syntax_user),
	MAPPING("git_token_file", FILE, git_token_file, NULL, .credential = true),
	MAPPING("git_ca_file", FILE, git_ca_file, NULL),
	MAPPING("branch", TEXT, branch, "main", .check = syntax_branch),
	MAPPING("git_path", TEXT, git_path, "", .check = syntax_git_path),
	MAPPING("git_format", ENUM, git_format, "source", .words = formats),
	MAPPING("git_names", ENUM, git_names, "portable", .words = names),
	MAPPING("commit", ENUM, commit, "auto", .words = commits),
	MAPPING("commit_quiet", DURATION, commit_quiet_ms, "30s", .min = 0, .max = DAY),
	MAPPING("commit_max_wait", DURATION, commit_max_wait_ms, "5min", .min = 0, .max = DAY),
	MAPPING("author_name", TEXT, author_name, "nbsync", .check = syntax_person),
	MAPPING("author_email", TEXT, author_email, NULL, .check = syntax_email),
	MAPPING("direction", OWN, accepts, "two-way", .own = &config_direction),
	MAPPING("poll", DURATION, poll_ms, "10s", .min = SECOND, .max = DAY),
	MAPPING("git_poll", DURATION, git_poll_ms, "60s", .min = SECOND, .max = DAY),
	MAPPING("settle", DURATION, settle_ms, "300ms", .min = 0, .max = MINUTE),
	MAPPING("conflict", ENUM, conflict, "keep-both", .words = conflicts),
	MAPPING("outputs", ENUM, outputs, "strip", .words = outputs),
	MAPPING("files", ENUM, files, "none", .words = files),
	MAPPING("max_notebook", SIZE, max_notebook, "10M", .min = KIB, .max = 100 * MIB),
	MAPPING("history", DURATION, history_ms, "180d", .min = DAY, .max = 36500LL * DAY,
		.zero = "forever"),
	MAPPING("history_outputs", DURATION, history_outputs_ms, "forever", .min = DAY,
		.max = 36500LL * DAY, .zero = "forever", .zero_by_word = true),
	MAPPING("include", TEXT, include, "**", .check = syntax_patterns),
	MAPPING("exclude", TEXT, exclude, ""),
};
const size_t config_key_count = ARRAY_SIZE(config_keys);

const struct config_key *config_key_find(enum config_scope scope, const char *name)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (config_keys[i].scope == scope && str_eq(config_keys[i].name, name))
			return &config_keys[i];
	return NULL;
}

size_t config_key_index(const struct config_key *key)
{
	size_t index = 0;

	for (const struct config_key *k = config_keys; k < key; k++)
		index += k->scope == key->scope;
	assert(index < CONFIG_KEYS_MAX);
	return index;
}

void config_section_init(enum config_scope scope, void *section)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		struct err e = ERR_INIT;
		int r = 0;

		if (key->scope == scope && key->fallback)
			r = value_read(key, section, key->fallback, &e);
		assert(r == 0); /* a default must obey the key's own rules */
	}
}

void config_section_release(enum config_scope scope, void *section)
{
	for (size_t i = 0; i < config_key_count; i++)
		if (config_keys[i].scope == scope)
			value_release(&config_keys[i], section);
}
