/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the parser of policy files and the decision share; nobody else includes this.
 */

#include "policy/policy.h"

#define POLICY_ENTRIES_MAX 1000

/* One "allow = URL" line. */
struct policy_entry {
	struct git_url url; /* path is "" for a whole host */
	bool below;         /* written with a final '/': strictly below, not the path itself */
	unsigned line;
};

struct policy {
	enum policy_restrict restriction;
	unsigned restrict_line;       /* where restriction was read; 0 when nowhere */
	bool from_file;               /* has entries, or could have; unset for deny-all */
	char *name;                   /* owned; "" without a file */
	char *why_denied;             /* owned; one line; not NULL: denies everything */
	struct policy_entry *entries; /* owned */
	size_t entry_count;
	size_t entry_cap;
};

/* git_url_parse(), but "https://host" and "https://host/" are accepted, with path "": what an entry
 * for a whole host looks like. */
enum git_url_problem git_url_parse_prefix(struct git_url *out, const char *text, size_t len);

/* "none", "commit-push", "clone-commit-push". */
extern const char *const policy_restrict_names[3];
