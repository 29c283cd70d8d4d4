/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to policies in force. Whatever cannot be read denies everything, so callers have no
 * error to check.
 */

#include "policy/policy_file.h"

#include <stdlib.h>

#include "base/buf.h"
#include "format/ini.h"
#include "fs/trust.h"
#include "policy/policy_internal.h"

/* ERR_ABSENT: there is no such file. */
static int load(struct policy **out, const char *file, struct err *e)
{
	cleanup_buf struct buf text = { 0 };
	cleanup_fd int dir = -1;
	const char *name;
	int r;

	if ((r = trust_open_directory(&dir, &name, file, e)) ||
	    (r = ini_load_in(&text, dir, name, file, e)))
		return r;
	return policy_parse(out, buf_str(&text), text.len, file, e);
}

static struct policy *deny_everything(struct policy_set *set, const struct err *why)
{
	struct policy *p = policy_deny_all(why->text);

	free(set->note);
	set->note = xasprintf("every Git operation is denied: %s", p->why_denied);
	return p;
}

void policy_set_load(struct policy_set *out, const char *system_file, const char *additional_file)
{
	struct err e = ERR_INIT;
	int r;

	*out = (struct policy_set){ 0 };
	r = load(&out->system, system_file, &e);
	if (r == ERR_ABSENT) {
		out->system = policy_none();
		if (!additional_file)
			out->note = xstrdup("no policy file: restrict = none, any https "
					    "repository is allowed");
	} else if (r) {
		out->system = deny_everything(out, &e);
	}
	if (additional_file && load(&out->additional, additional_file, &e))
		out->additional = deny_everything(out, &e);
}

void policy_set_release(struct policy_set *set)
{
	policy_free(set->system);
	policy_free(set->additional);
	free(set->note);
	*set = (struct policy_set){ 0 };
}

void policy_set_check(const struct policy_set *set, const char *url, enum policy_op op,
		      struct policy_verdict *out)
{
	policy_check(set->system, set->additional, url, op, out);
}
