/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The administrator's allow-list of Git repositories: parse once, refuse anything odd, rebuild,
 * compare components, and use only the rebuilt URL. Pure: no files, no network.
 *
 * The three levels are those of the Databricks admin console (workspace-conf keys
 * enableProjectsAllowList and projectsAllowListPermissions). Unlike Databricks' string prefix, an
 * entry ends at a path segment.
 */

#include "base/err.h"

/* ---- Git URLs ---- */

enum git_url_kind {
	GIT_URL_HTTPS,
	GIT_URL_LOOPBACK, /* http:// on localhost, 127.0.0.1 or [::1]: only when an entry names it */
	GIT_URL_FILE,     /* file:///absolute/path: only when an entry names it */
};

#define GIT_URL_MAX 2048 /* bytes */

/* Why a URL is refused. Each has a stable code ("userinfo"); git_url_explain() has the words.
 * GIT_URL_OK is zero. */
enum git_url_problem {
	GIT_URL_OK,
	GIT_URL_EMPTY,
	GIT_URL_TOO_LONG,
	GIT_URL_BAD_BYTE,     /* outside 0x21..0x7E, or one of \ " < > ^ ` { | } */
	GIT_URL_QUERY,        /* '?' or '#' */
	GIT_URL_SCHEME,       /* not https (or the two named kinds) */
	GIT_URL_NO_HOST,      /* https:///x, https:/x */
	GIT_URL_USERINFO,     /* ':' or a second '@' before the host, or odd characters */
	GIT_URL_TOKEN,        /* a user name that looks like a token */
	GIT_URL_HOST,         /* not LDH labels, empty label, percent-encoding, too long */
	GIT_URL_HOST_NUMERIC, /* an IP address in any spelling */
	GIT_URL_PORT,         /* empty, leading zero, above 65535 */
	GIT_URL_PATH,         /* no path at all, or a segment that is not one for every server */
	GIT_URL_CHARACTER,    /* in the path, one that the table of git_url_chars.c refuses */
	GIT_URL_ENCODING,     /* %XX that is malformed, needless, or of a refused character */
	GIT_URL_PROBLEMS
};

struct git_url {
	enum git_url_kind kind;
	char *canonical; /* owned: the only string that is ever handed on */
	char *host;      /* owned; lower case, "" for file */
	unsigned port;   /* 443 for https unless given; 0 for file */
	char *path;      /* owned; "/seg/seg", no trailing '/', hex upper-cased, ".git" kept */
	bool had_user;   /* a bare user name was dropped */
};

/* The semantics of points 1 to 5 of the allow-list. On refusal *out is untouched. text need not be
 * valid in any way. */
enum git_url_problem git_url_parse(struct git_url *out, const char *text, size_t len);
void git_url_release(struct git_url *url);
const char *git_url_problem_code(enum git_url_problem p); /* "bad-byte" */
/* Why git_url_parse() refuses text, as a sentence fragment that names the character or the segment
 * ("contains ';' in its path, where ..."); "is fine" when it does not. Holds nothing of the text
 * that could be a secret. Owned by the caller. */
char *git_url_explain(const char *text, size_t len);

/* The text with any user part masked, cut and escaped: for messages about URLs that were refused.
 * Owned by the caller. */
char *git_url_mask(const char *text, size_t len);

/* ---- the policy ---- */

enum policy_op { POLICY_CLONE, POLICY_FETCH, POLICY_COMMIT, POLICY_PUSH };

enum policy_restrict {
	POLICY_RESTRICT_NONE,              /* "none" */
	POLICY_RESTRICT_COMMIT_PUSH,       /* "commit-push" */
	POLICY_RESTRICT_CLONE_COMMIT_PUSH, /* "clone-commit-push" */
};

struct policy;

/*
 * Parses a policy file's text: [policy] restrict = none|commit-push|clone-commit-push, any number
 * of allow = URL, allow_whole_host = yes. name is used in messages ("/etc/nbsyncd/policy.ini:3: …").
 * Any doubt (unknown or duplicate key, entry that does not parse, user name in an entry, no entry
 * although restricted, line too long, NUL) fails with ERR_CONFIG and every problem listed, one per
 * line, in *e; the caller then uses policy_deny_all().
 */
int policy_parse(struct policy **out, const char *text, size_t len, const char *name,
		 struct err *e);

/* No policy file: restrict = none. */
struct policy *policy_none(void);
/* A policy that could not be read whole: every operation is refused with this sentence. */
struct policy *policy_deny_all(const char *why);
void policy_free(struct policy *p);

enum policy_restrict policy_restrict(const struct policy *p);
const char *policy_name(const struct policy *p); /* file name, "" for policy_none */

/* The decision. reason and sentence are filled on refusal, for "deny: reason-code: sentence". */
struct policy_verdict {
	bool allowed;
	char reason[48];             /* "not-listed", "userinfo", "policy-unreadable", … */
	char sentence[ERR_TEXT_MAX]; /* what was refused, by which rule, what to ask for */
	char *canonical;             /* owned; NULL when the URL did not parse */
};

/*
 * Checks url for op against p and, when also is not NULL, against that one too: the stricter
 * decides. Under "none" https is allowed when it parses; loopback and file only when an entry of
 * every policy that has a file names them.
 */
void policy_check(const struct policy *p, const struct policy *also, const char *url,
		  enum policy_op op, struct policy_verdict *out);
void policy_verdict_release(struct policy_verdict *v);
bool policy_op_parse(const char *word, enum policy_op *out); /* clone fetch commit push */
