/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading policy files from disk. A file must be regular (no symbolic link), owned by root or by us,
 * not writable by group or others, at most 1 MiB. The way to it must be safe, too, as fs/trust.h has
 * it, also when the file does not exist (somebody may have taken it away). Otherwise the result denies
 * everything and says why.
 */

#include "policy/policy.h"

#define POLICY_SYSTEM_FILE "/etc/nbsyncd/policy.ini"

/* The policies in force: the administrator's and, optionally, one named by the configuration, which
 * can only narrow. */
struct policy_set {
	struct policy *system;     /* owned; policy_none() when the file does not exist */
	struct policy *additional; /* owned; NULL when none is configured */
	char *note; /* owned; a sentence for status, NULL when there is nothing to say */
};

/* Never fails: what cannot be read denies everything. additional_file may be NULL; a missing
 * additional file denies everything (it was asked for). */
void policy_set_load(struct policy_set *out, const char *system_file, const char *additional_file);
void policy_set_release(struct policy_set *set);
void policy_set_check(const struct policy_set *set, const char *url, enum policy_op op,
		      struct policy_verdict *out);
