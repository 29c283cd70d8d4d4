/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a policy file. No mistake in it is passed over: a policy is understood whole, or the
 * caller denies everything. All problems are collected, so that all of them can be mended at once.
 */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "format/ini.h"
#include "policy/policy_internal.h"

#define PROBLEMS_MAX (64 * 1024) /* bytes; *e shows the first of them */

struct parsing {
	struct policy *policy;
	const char *name;
	struct buf problems;
	unsigned section_line; /* 0: no [policy] yet */
	unsigned whole_host_line;
	bool whole_host; /* allow_whole_host = yes */
};

static void complain(struct parsing *p, unsigned line, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void complain(struct parsing *p, unsigned line, const char *fmt, ...)
{
	cleanup_free char *sentence = NULL, *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	sentence = xvasprintf(fmt, ap);
	va_end(ap);
	text = xasprintf("%s%.200s:%u: %s", p->problems.len ? "\n" : "", p->name, line, sentence);
	utf8_mend_cuts(text);
	buf_add_str(&p->problems, text);
}

static void on_problem(void *payload, unsigned line, const char *sentence)
{
	complain(payload, line, "%s", sentence);
}

static void on_section(void *payload, const char *name, unsigned line)
{
	struct parsing *p = payload;

	if (!str_eq(name, "policy"))
		complain(p, line, "unknown section [%.64s]; a policy has only [policy]", name);
	else if (p->section_line)
		complain(p, line, "section [policy] stands here and in line %u", p->section_line);
	else
		p->section_line = line;
}

static void read_restrict(struct parsing *p, const char *value, unsigned line)
{
	if (p->policy->restrict_line) {
		complain(p, line, "'restrict' stands here and in line %u",
			 p->policy->restrict_line);
		return;
	}
	p->policy->restrict_line = line;
	for (size_t i = 0; i < ARRAY_SIZE(policy_restrict_names); i++) {
		if (str_eq(value, policy_restrict_names[i])) {
			p->policy->restriction = (enum policy_restrict)i;
			return;
		}
	}
	complain(p, line, "restrict must be none, commit-push or clone-commit-push, not '%.64s'",
		 value);
}

static void read_whole_host(struct parsing *p, const char *value, unsigned line)
{
	if (p->whole_host_line)
		complain(p, line, "'allow_whole_host' stands here and in line %u",
			 p->whole_host_line);
	else if (!str_eq(value, "yes") && !str_eq(value, "no"))
		complain(p, line, "allow_whole_host must be yes or no, not '%.64s'", value);
	p->whole_host_line = line;
	p->whole_host = str_eq(value, "yes");
}

/* The URL itself is fine; as an entry it may still be a mistake. */
static void check_entry(struct parsing *p, const struct policy_entry *entry)
{
	const struct git_url *url = &entry->url;

	if (url->had_user)
		complain(p, entry->line,
			 "an entry must not contain a user name; write 'allow = %s%s'",
			 url->canonical, entry->below ? "/" : "");
	if (url->kind == GIT_URL_FILE && *url->path == '\0')
		complain(p, entry->line, "'file:///' would allow the whole file system");
	if (p->policy->entry_count == POLICY_ENTRIES_MAX)
		complain(p, entry->line, "more than %d entries", POLICY_ENTRIES_MAX);
}

static void read_allow(struct parsing *p, const char *value, unsigned line)
{
	struct policy *policy = p->policy;
	struct policy_entry entry = { .below = str_ends(value, "/"), .line = line };
	enum git_url_problem problem = git_url_parse_prefix(&entry.url, value, strlen(value));

	if (problem) {
		cleanup_free char *shown = git_url_mask(value, strlen(value));
		cleanup_free char *why = git_url_explain(value, strlen(value));

		complain(p, line, "the entry '%s' %s", shown, why);
		return;
	}
	check_entry(p, &entry);
	policy->entries = array_grow(policy->entries, policy->entry_count, &policy->entry_cap,
				     sizeof(*policy->entries));
	policy->entries[policy->entry_count++] = entry;
}

static void on_entry(void *payload, const char *section, const char *key, const char *value,
		     unsigned line)
{
	struct parsing *p = payload;

	if (*section == '\0')
		complain(p, line, "'%.64s' stands in front of [policy]", key);
	else if (!str_eq(section, "policy"))
		return; /* reported with the section */
	else if (str_eq(key, "restrict"))
		read_restrict(p, value, line);
	else if (str_eq(key, "allow"))
		read_allow(p, value, line);
	else if (str_eq(key, "allow_whole_host"))
		read_whole_host(p, value, line);
	else
		complain(p, line,
			 "unknown key '%.64s'; a policy has restrict, allow and "
			 "allow_whole_host",
			 key);
}

/* What can only be said when everything has been read. */
static void check_whole(struct parsing *p)
{
	const struct policy *policy = p->policy;
	unsigned line = p->section_line ? p->section_line : 1;

	if (!p->section_line)
		complain(p, line, "there is no section [policy]");
	else if (!policy->restrict_line)
		complain(p, line,
			 "'restrict' is missing; write none, commit-push or "
			 "clone-commit-push");
	else if (policy->restriction != POLICY_RESTRICT_NONE && policy->entry_count == 0)
		complain(p, policy->restrict_line,
			 "restricted, but there is no usable 'allow' line");
	for (size_t i = 0; i < policy->entry_count; i++)
		if (*policy->entries[i].url.path == '\0' && !p->whole_host)
			complain(p, policy->entries[i].line,
				 "'%.200s' would allow the whole host; add a path, or write "
				 "'allow_whole_host = yes'",
				 policy->entries[i].url.canonical);
}

int policy_parse(struct policy **out, const char *text, size_t len, const char *name, struct err *e)
{
	struct parsing p = { .policy = policy_none(),
			     .name = name,
			     .problems = BUF_INIT(PROBLEMS_MAX) };
	struct ini_sink sink = { on_section, on_entry, on_problem, &p };
	int r = 0;

	free(p.policy->name);
	p.policy->name = xstrdup(name);
	p.policy->from_file = true;
	ini_read(text, len, &sink);
	check_whole(&p);
	if (p.problems.len || p.problems.full) {
		r = err_set(e, ERR_CONFIG, "%s", buf_str(&p.problems));
		policy_free(p.policy);
	} else {
		*out = p.policy;
	}
	buf_release(&p.problems);
	return r;
}
