/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From INI events to structs. A mistake in one line does not stop the reading: the user gets all
 * problems at once. Nothing of a configuration with a problem is ever handed out.
 */

#include "config/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "config/syntax.h"
#include "config/values.h"
#include "format/ini.h"

void reader_init(struct reader *r, const char *name, struct buf *problems)
{
	*r = (struct reader){ .config = xcalloc(1, sizeof(*r->config)),
			      .problems = { .text = problems } };
	r->config->file = xstrdup(name);
	config_section_init(CONFIG_DAEMON, &r->config->daemon);
}

/* ---- sections ---- */

static void add_workspace(struct reader *r, const char *name)
{
	struct config *c = r->config;
	size_t n = c->workspace_count;

	c->workspaces = array_grow(c->workspaces, n, &r->workspace_cap, sizeof(*c->workspaces));
	r->workspaces = array_grow(r->workspaces, n, &r->workspace_place_cap,
				   sizeof(*r->workspaces));
	c->workspaces[n] = (struct config_workspace){ .name = xstrdup(name) };
	r->section = &c->workspaces[n];
	r->place = &r->workspaces[n];
	c->workspace_count++;
}

static void add_mapping(struct reader *r, const char *name)
{
	struct config *c = r->config;
	size_t n = c->mapping_count;

	c->mappings = array_grow(c->mappings, n, &r->mapping_cap, sizeof(*c->mappings));
	r->mappings = array_grow(r->mappings, n, &r->mapping_place_cap, sizeof(*r->mappings));
	c->mappings[n] = (struct config_mapping){ .name = xstrdup(name) };
	r->section = &c->mappings[n];
	r->place = &r->mappings[n];
	c->mapping_count++;
}

/* Where a workspace or mapping of this name is defined already; NULL when nowhere. */
static const struct reader_place *find_place(const struct reader *r, enum config_scope scope,
					     const char *name)
{
	const struct config *c = r->config;

	for (size_t i = 0; scope == CONFIG_WORKSPACE && i < c->workspace_count; i++)
		if (str_eq(c->workspaces[i].name, name))
			return &r->workspaces[i];
	for (size_t i = 0; scope == CONFIG_MAPPING && i < c->mapping_count; i++)
		if (str_eq(c->mappings[i].name, name))
			return &r->mappings[i];
	return NULL;
}

static void begin_daemon(struct reader *r, unsigned line)
{
	if (r->daemon.line) {
		problem_add(&r->problems, r->file, line,
			    "section [daemon] stands here and in line %u", r->daemon.line);
		return;
	}
	r->daemon.line = line;
	r->section = &r->config->daemon;
	r->place = &r->daemon;
}

static void begin_named(struct reader *r, const char *name, unsigned line)
{
	const char *word = config_scope_names[r->scope];
	const struct reader_place *other;

	if (!syntax_is_name(name, strlen(name))) {
		problem_add(&r->problems, r->file, line,
			    "[%s%s%.64s] needs a name of 1 to 64 letters, digits, '.', '_' or "
			    "'-', starting with none of '.' and '-'",
			    word, *name ? " " : "", name);
		return;
	}
	other = find_place(r, r->scope, name);
	if (other) {
		problem_add(&r->problems, r->file, line, "%s '%s' is defined here and at '%s:%u'",
			    word, name, other->file, other->line);
		return;
	}
	if (r->scope == CONFIG_WORKSPACE)
		add_workspace(r, name);
	else
		add_mapping(r, name);
	config_section_init(r->scope, r->section);
	*r->place = (struct reader_place){ .file = xstrdup(r->file), .line = line };
}

static void on_section(void *payload, const char *name, unsigned line)
{
	struct reader *r = payload;
	size_t word = strcspn(name, " ");
	cleanup_free char *kind = xstrndup(name, word);
	const char *near = suggest(kind, config_scope_names, CONFIG_SCOPES);

	r->section = NULL;
	if (str_eq(name, "daemon")) {
		r->scope = CONFIG_DAEMON;
		begin_daemon(r, line);
		return;
	}
	for (int s = CONFIG_WORKSPACE; s < CONFIG_SCOPES; s++) {
		if (str_eq(kind, config_scope_names[s])) {
			r->scope = (enum config_scope)s;
			begin_named(r, name[word] ? name + word + 1 : "", line);
			return;
		}
	}
	problem_add(&r->problems, r->file, line, "unknown section [%.80s]%s%s%s", name,
		    near ? "; did you mean ["
			 : "; there are [daemon], [workspace NAME] and "
			   "[mapping NAME]",
		    near ? near : "",
		    !near                    ? ""
		    : str_eq(near, "daemon") ? "]?"
					     : " NAME]?");
}

/* ---- keys ---- */

/* "[mapping etl]"; owned by the caller. */
static char *describe_section(const struct reader *r)
{
	if (r->scope == CONFIG_WORKSPACE)
		return xasprintf("[workspace %s]", ((struct config_workspace *)r->section)->name);
	if (r->scope == CONFIG_MAPPING)
		return xasprintf("[mapping %s]", ((struct config_mapping *)r->section)->name);
	return xstrdup("[daemon]");
}

static void unknown_key(struct reader *r, const char *key, unsigned line)
{
	const char *names[CONFIG_KEYS_MAX], *near;
	cleanup_free char *section = describe_section(r);
	size_t count = 0;

	for (size_t i = 0; i < config_key_count; i++)
		if (config_keys[i].scope == r->scope)
			names[count++] = config_keys[i].name;
	near = suggest(key, names, count);
	if (near) {
		problem_add(&r->problems, r->file, line,
			    "unknown key '%.64s' in %s; did you mean '%s'?", key, section, near);
		return;
	}
	for (int s = 0; s < CONFIG_SCOPES; s++) {
		if (config_key_find((enum config_scope)s, key)) {
			problem_add(&r->problems, r->file, line,
				    "key '%s' belongs into [%s%s], not into %s", key,
				    config_scope_names[s], s == CONFIG_DAEMON ? "" : " NAME",
				    section);
			return;
		}
	}
	problem_add(&r->problems, r->file, line, "unknown key '%.64s' in %s", key, section);
}

static void on_entry(void *payload, const char *section, const char *name, const char *value,
		     unsigned line)
{
	struct reader *r = payload;
	const struct config_key *key;
	struct err e = ERR_INIT;
	unsigned *given;

	if (*section == '\0') {
		problem_add(&r->problems, r->file, line,
			    "key '%.64s' stands in front of the first section", name);
		return;
	}
	if (!r->section)
		return; /* the section was reported */
	key = config_key_find(r->scope, name);
	if (!key) {
		unknown_key(r, name, line);
		return;
	}
	given = &r->place->key_line[config_key_index(key)];
	if (*given)
		problem_add(&r->problems, r->file, line, "key '%s' stands here and in line %u",
			    name, *given);
	else if (value_read(key, r->section, value, &e))
		problem_add(&r->problems, r->file, line, "%s", e.text);
	*given = line;
}

static void on_problem(void *payload, unsigned line, const char *sentence)
{
	struct reader *r = payload;

	problem_add(&r->problems, r->file, line, "%s", sentence);
}

void reader_add(struct reader *r, const char *text, size_t len, const char *file)
{
	struct ini_sink sink = { on_section, on_entry, on_problem, r };

	r->file = file;
	r->daemon = (struct reader_place){ 0 };
	ini_read(text, len, &sink);
}

/* ---- the end ---- */

static void release(struct reader *r)
{
	for (size_t i = 0; i < r->config->workspace_count; i++)
		free(r->workspaces[i].file);
	for (size_t i = 0; i < r->config->mapping_count; i++)
		free(r->mappings[i].file);
	free(r->workspaces);
	free(r->mappings);
}

int reader_end(struct reader *r, struct config **out, struct err *e)
{
	struct config *c = r->config;

	defaults_apply(r);
	check_config(r);
	release(r);
	*out = NULL;
	if (r->problems.count) {
		config_free(c);
		return err_set(e, ERR_CONFIG, "%s", r->problems.first.text);
	}
	*out = c;
	return 0;
}
