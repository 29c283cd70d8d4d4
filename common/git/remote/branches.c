/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server says about its branches, before anybody reads it. A name is kept only if it is plain,
 * because it will stand in a sentence beside "run" and "set". It decides nothing about branches.
 */

#include <git2/refs.h>
#include <stdlib.h>
#include <string.h>

#include "git/remote/link.h"

#define HEADS "refs/heads/"

bool remote_name_is_plain(const char *branch)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-_./+@";
	cleanup_free char *ref = NULL;
	size_t len = strnlen(branch, REMOTE_NAME_MAX + 1);
	int valid = 0;

	if (!len || len > REMOTE_NAME_MAX || branch[0] == '-' || strspn(branch, plain) != len)
		return false;
	ref = xasprintf(HEADS "%s", branch);
	return git_reference_name_is_valid(&valid, ref) == 0 && valid;
}

void remote_branches_release(struct remote_branches *b)
{
	for (size_t i = 0; i < b->count; i++)
		free(b->names[i]);
	free(b->names);
	free(b->head);
	*b = (struct remote_branches){ 0 };
}

void link_note_ref(struct link *l, struct remote_state *state, const char *name,
		   const struct oid *id)
{
	struct remote_branches *b = l->branches;

	if (!str_starts(name, HEADS))
		return;
	state->empty = false;
	if (str_eq(name, l->branch_ref))
		state->tip = *id;
	state->stands = state->stands || (l->commit && oid_equal(l->commit, id));
	if (!b || b->count >= REMOTE_REFS_MAX || !remote_name_is_plain(name + strlen(HEADS)))
		return;
	b->names = array_grow(b->names, b->count, &b->cap, sizeof(*b->names));
	b->names[b->count++] = xstrdup(name + strlen(HEADS));
}

void link_note_head(struct link *l, const char *target)
{
	struct remote_branches *b = l->branches;

	for (size_t i = 0; b && !b->head && target && i < b->count; i++)
		if (str_starts(target, HEADS) && str_eq(target + strlen(HEADS), b->names[i]))
			b->head = xstrdup(b->names[i]);
}
