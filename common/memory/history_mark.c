/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mark is a commit without parents: the reference keeps the tree, and the message says of which
 * commit it is, without keeping that one: it has the outputs.
 */

#include "memory/history_mark.h"

#include <string.h>

#define TRAILER "\nNbsync-Lean-Below: "

/* Owned by the caller. */
static char *name_of(const char *chain)
{
	return xasprintf(HISTORY_REFS "lean/%s", chain + strlen(HISTORY_REFS));
}

int history_mark_read(struct hub *h, const char *chain, struct history_mark *out, struct err *e)
{
	cleanup_free char *ref = name_of(chain);
	struct commit_info commit;
	const char *hex;
	struct oid id;
	int r;

	*out = (struct history_mark){ 0 };
	if ((r = hub_ref_get(h, ref, &id, e)))
		return r == ERR_ABSENT ? ERR_OK : r;
	if ((r = hub_commit_info(h, &id, &commit, e)))
		return r;
	hex = strstr(commit.message, TRAILER);
	if (hex && oid_parse(&out->at, hex + strlen(TRAILER)))
		out->tree = commit.tree;
	commit_info_release(&commit);
	return ERR_OK;
}

int history_mark_write(struct hub *h, const char *chain, const struct history_mark *mark,
		       int64_t now_s, struct err *e)
{
	cleanup_free char *ref = name_of(chain), *message = NULL;
	char hex[41];
	struct commit_spec spec = { .tree = mark->tree,
				    .committer_name = "nbsync",
				    .committer_email = "nbsync@localhost",
				    .when_s = now_s };
	struct oid id;
	int r;

	oid_hex(&mark->at, hex);
	spec.message = message = xasprintf("without outputs\n" TRAILER "%s", hex);
	if ((r = hub_commit(h, &spec, &id, e)))
		return r;
	return hub_ref_set(h, ref, &id, NULL, "history: outputs", e);
}

int history_mark_drop(struct hub *h, const char *chain, struct err *e)
{
	cleanup_free char *ref = name_of(chain);

	return hub_ref_delete(h, ref, e);
}
