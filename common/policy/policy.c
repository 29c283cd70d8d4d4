/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision: may this URL be used for this operation? A pure function of the policies, the URL
 * and the operation, so it can be asked wherever a URL is about to be used, and always answers the
 * same. Components are compared, never prefixes of strings.
 */

#include "policy/policy.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "policy/policy_file.h"
#include "policy/policy_internal.h"

#define SHOWN_MAX    300 /* bytes of a URL in a sentence */
#define PROPOSED_MAX 400 /* bytes of a URL in a proposed entry, which must be whole */

const char *const policy_restrict_names[] = { "none", "commit-push", "clone-commit-push" };

static const struct {
	const char *word;
	const char *verb;
} ops[] = {
	[POLICY_CLONE] = { "clone", "clone from" },
	[POLICY_FETCH] = { "fetch", "fetch from" },
	[POLICY_COMMIT] = { "commit", "commit for" },
	[POLICY_PUSH] = { "push", "push to" },
};

bool policy_op_parse(const char *word, enum policy_op *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		if (str_eq(word, ops[i].word)) {
			*out = (enum policy_op)i;
			return true;
		}
	}
	return false;
}

struct policy *policy_none(void)
{
	struct policy *p = xcalloc(1, sizeof(*p));

	p->name = xstrdup("");
	return p;
}

/* A list of problems, one per line, as one sentence. Owned by the caller. */
static char *one_line(const char *text)
{
	struct buf out = BUF_INIT(2 * strlen(text));

	for (; *text; text++) {
		if (*text == '\n')
			buf_add_str(&out, "; ");
		else
			buf_add_char(&out, *text);
	}
	return buf_steal(&out, NULL);
}

struct policy *policy_deny_all(const char *why)
{
	struct policy *p = policy_none();

	p->restriction = POLICY_RESTRICT_CLONE_COMMIT_PUSH;
	p->why_denied = one_line(why);
	return p;
}

void policy_free(struct policy *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->entry_count; i++)
		git_url_release(&p->entries[i].url);
	free(p->entries);
	free(p->why_denied);
	free(p->name);
	free(p);
}

enum policy_restrict policy_restrict(const struct policy *p)
{
	return p->restriction;
}

const char *policy_name(const struct policy *p)
{
	return p->name;
}

/* ---- matching ---- */

/* The length of a repository's path without ".git". Of "/x/.git" that leaves "/x/", which no other
 * path can be, as none ends in '/'. */
static size_t repository_length(const char *path)
{
	size_t n = strlen(path);

	return str_ends(path, ".git") ? n - strlen(".git") : n;
}

typedef int (*compare_fn)(const char *a, const char *b, size_t len);

/* A folder is a repository, too, when there is a ".git" in it: "/x/.git" is "/x", not below it. */
static bool is_the_folder(const char *rest)
{
	return strcasecmp(rest, "/.git") == 0;
}

static bool path_covers(const struct policy_entry *entry, const char *path, compare_fn compare)
{
	const char *base = entry->url.path;
	size_t n = strlen(base), m = repository_length(base);

	/* The comparison stops at the end of a shorter path, so path[n] exists when it is equal. */
	if (compare(path, base, n) == 0 && path[n] == '/')
		return !entry->below || !is_the_folder(path + n);
	if (entry->below)
		return false;
	return repository_length(path) == m && compare(path, base, m) == 0;
}

static bool entry_covers(const struct policy_entry *entry, const struct git_url *url,
			 compare_fn compare)
{
	return entry->url.kind == url->kind && entry->url.port == url->port &&
	       str_eq(entry->url.host, url->host) && path_covers(entry, url->path, compare);
}

static const struct policy_entry *find_entry(const struct policy *p, const struct git_url *url,
					     compare_fn compare)
{
	for (size_t i = 0; i < p->entry_count; i++)
		if (entry_covers(&p->entries[i], url, compare))
			return &p->entries[i];
	return NULL;
}

static bool restricts(const struct policy *p, enum policy_op op)
{
	switch (p->restriction) {
	case POLICY_RESTRICT_NONE:
		return false;
	case POLICY_RESTRICT_COMMIT_PUSH:
		return op != POLICY_CLONE && op != POLICY_FETCH;
	default:
		return true;
	}
}

/* ---- refusals ---- */

static void deny(struct policy_verdict *out, const char *reason, const struct buf *sentence)
{
	out->allowed = false;
	snprintf(out->reason, sizeof(out->reason), "%s", reason);
	snprintf(out->sentence, sizeof(out->sentence), "%s", buf_str(sentence));
	utf8_mend_cuts(out->sentence);
}

static struct buf begin_sentence(const struct git_url *url, enum policy_op op)
{
	struct buf s = BUF_INIT(ERR_TEXT_MAX - 1);
	bool cut = strlen(url->canonical) > SHOWN_MAX;

	buf_addf(&s, "cannot %s '%.*s%s': ", ops[op].verb, SHOWN_MAX, url->canonical,
		 cut ? "..." : "");
	return s;
}

/* The line that the administrator would have to write. */
static void propose(struct buf *s, const struct git_url *url)
{
	if (strlen(url->canonical) > PROPOSED_MAX)
		buf_add_str(s, "an 'allow' line for it");
	else
		buf_addf(s, "the line 'allow = %s'", url->canonical);
}

static void deny_unreadable(const struct policy *p, const struct git_url *url, enum policy_op op,
			    struct policy_verdict *out)
{
	cleanup_buf struct buf s = begin_sentence(url, op);

	buf_addf(&s, "everything is denied until the administrator mends the policy: %.500s",
		 p->why_denied);
	deny(out, "policy-unreadable", &s);
}

/* Where the entry for a repository that is not reached by https belongs. */
static void deny_unnamed(const struct policy *p, const struct git_url *url, enum policy_op op,
			 struct policy_verdict *out)
{
	cleanup_buf struct buf s = begin_sentence(url, op);

	buf_add_str(&s, "a repository that is not reached by https must be named by the policy; "
			"ask the administrator for ");
	propose(&s, url);
	if (p->from_file)
		buf_addf(&s, " in '%.200s'", p->name);
	else
		buf_addf(&s, " in '%s' (with '[policy]' and 'restrict = none' above it)",
			 POLICY_SYSTEM_FILE);
	deny(out, "not-listed", &s);
}

static void deny_unlisted(const struct policy *p, const struct git_url *url, enum policy_op op,
			  struct policy_verdict *out)
{
	cleanup_buf struct buf s = begin_sentence(url, op);
	const struct policy_entry *near = find_entry(p, url, strncasecmp);

	buf_addf(&s, "'%.200s:%u' says 'restrict = %s' and no entry covers it", p->name,
		 p->restrict_line, policy_restrict_names[p->restriction]);
	if (near)
		buf_addf(&s, " (line %u differs only in upper and lower case)", near->line);
	buf_add_str(&s, "; ask the administrator for ");
	propose(&s, url);
	deny(out, "not-listed", &s);
}

static void deny_malformed(enum git_url_problem problem, const char *text, enum policy_op op,
			   struct policy_verdict *out)
{
	cleanup_buf struct buf s = BUF_INIT(ERR_TEXT_MAX - 1);
	cleanup_free char *shown = git_url_mask(text, strlen(text));
	cleanup_free char *why = git_url_explain(text, strlen(text));

	buf_addf(&s, "cannot %s '%.*s': the URL %s", ops[op].verb, SHOWN_MAX, shown, why);
	deny(out, git_url_problem_code(problem), &s);
}

/* ---- the decision ---- */

/* True when p has no objection. */
static bool check_one(const struct policy *p, const struct git_url *url, enum policy_op op,
		      struct policy_verdict *out)
{
	if (p->why_denied) {
		deny_unreadable(p, url, op, out);
		return false;
	}
	if (find_entry(p, url, strncmp))
		return true;
	if (url->kind != GIT_URL_HTTPS && p->from_file) {
		deny_unnamed(p, url, op, out);
		return false;
	}
	if (restricts(p, op)) {
		deny_unlisted(p, url, op, out);
		return false;
	}
	return true;
}

void policy_check(const struct policy *p, const struct policy *also, const char *text,
		  enum policy_op op, struct policy_verdict *out)
{
	struct git_url url = { 0 };
	enum git_url_problem problem = git_url_parse(&url, text, strlen(text));

	assert(p);
	*out = (struct policy_verdict){ .allowed = true };
	if (problem) {
		deny_malformed(problem, text, op, out);
		return;
	}
	out->canonical = xstrdup(url.canonical);
	if (check_one(p, &url, op, out) && also)
		check_one(also, &url, op, out);
	/* Without any file there is no entry that could name such a repository. */
	if (out->allowed && url.kind != GIT_URL_HTTPS && !p->from_file &&
	    !(also && also->from_file))
		deny_unnamed(p, &url, op, out);
	git_url_release(&url);
}

void policy_verdict_release(struct policy_verdict *v)
{
	free(v->canonical);
	*v = (struct policy_verdict){ 0 };
}
