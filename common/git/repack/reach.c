/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A depth-first walk over commits and trees with a stack of our own: a history may be a million
 * commits deep. Blobs are met by the trees that name them, and never opened.
 */

#include "git/repack/reach.h"

#include <stdlib.h>

#define TICK_EVERY 512 /* objects */

void reach_release(struct reach *r)
{
	oid_set_release(&r->met);
	free(r->names);
	free(r->todo);
	*r = (struct reach){ 0 };
}

/* The last name decides, so that a notebook is compared with its older versions wherever it stood. */
static uint32_t number_of(const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 16777619u;
	return hash;
}

static int meet(struct reach *r, const git_oid *id, git_object_t type, const char *name,
		struct err *e)
{
	struct oid key = oid_from_git(id);
	bool is_new;

	if (r->only && oid_set_find(r->only, &key) == OID_NOWHERE)
		return ERR_OK;
	oid_set_add(&r->met, &key, &is_new);
	if (!is_new)
		return ERR_OK;
	if (r->met.count > REACH_OBJECTS_MAX)
		return err_set(e, ERR_INVALID, "the hub '%s' has more than %d objects", r->h->dir,
			       REACH_OBJECTS_MAX);
	r->names = array_grow(r->names, r->met.count - 1, &r->names_cap, sizeof(*r->names));
	r->names[r->met.count - 1] = number_of(name);
	if (type != GIT_OBJECT_COMMIT && type != GIT_OBJECT_TREE && type != GIT_OBJECT_TAG)
		return ERR_OK;
	r->todo = array_grow(r->todo, r->todo_count, &r->todo_cap, sizeof(*r->todo));
	r->todo[r->todo_count++] = (struct reach_todo){ .id = *id, .type = type };
	return ERR_OK;
}

static int open_tree(struct reach *r, const git_oid *id, struct err *e)
{
	git_tree *tree;
	int result = hub_tree_open(&tree, r->h, id, e);

	if (result)
		return result;
	for (size_t i = 0; !result && i < git_tree_entrycount(tree); i++) {
		const git_tree_entry *entry = git_tree_entry_byindex(tree, i);

		/* A submodule is a commit of another repository. */
		if (git_tree_entry_type(entry) != GIT_OBJECT_COMMIT)
			result = meet(r, git_tree_entry_id(entry), git_tree_entry_type(entry),
				      git_tree_entry_name(entry), e);
	}
	git_tree_free(tree);
	return result;
}

/* What is pushed last is opened first: the tree, then the first parent. */
static int open_commit(struct reach *r, const git_oid *id, struct err *e)
{
	git_commit *commit;
	int result = ERR_OK, rc = git_commit_lookup(&commit, r->h->repo, id);

	if (rc)
		return libgit2_fail(e, rc, "cannot read a commit from the hub '%s'", r->h->dir);
	for (unsigned i = git_commit_parentcount(commit); !result && i--;)
		result = meet(r, git_commit_parent_id(commit, i), GIT_OBJECT_COMMIT, "", e);
	if (!result)
		result = meet(r, git_commit_tree_id(commit), GIT_OBJECT_TREE, "", e);
	git_commit_free(commit);
	return result;
}

static int open_tag(struct reach *r, const git_oid *id, struct err *e)
{
	git_tag *tag;
	int result, rc = git_tag_lookup(&tag, r->h->repo, id);

	if (rc)
		return libgit2_fail(e, rc, "cannot read a tag from the hub '%s'", r->h->dir);
	result = meet(r, git_tag_target_id(tag), git_tag_target_type(tag), "", e);
	git_tag_free(tag);
	return result;
}

static int open_next(struct reach *r, struct err *e)
{
	struct reach_todo next = r->todo[--r->todo_count];

	if (next.type == GIT_OBJECT_TREE)
		return open_tree(r, &next.id, e);
	return next.type == GIT_OBJECT_TAG ? open_tag(r, &next.id, e) : open_commit(r, &next.id, e);
}

static bool goes_on(const struct reach *r)
{
	return !r->request->tick || r->request->tick(r->request->payload, r->met.count, 0);
}

int reach_rest(struct reach *r, struct err *e)
{
	int result = ERR_OK;

	for (size_t opened = 0; !result && r->todo_count; opened++) {
		if (opened % TICK_EVERY == 0 && !goes_on(r))
			return err_set(e, ERR_CANCELLED, "asked to stop");
		result = open_next(r, e);
	}
	return result;
}

int reach_from(struct reach *r, const struct oid *id, struct err *e)
{
	git_oid g = oid_to_git(id);
	git_object_t type;
	size_t len;
	int result, rc;

	if (r->only && oid_set_find(r->only, id) == OID_NOWHERE)
		return ERR_OK;
	rc = git_odb_read_header(&len, &type, r->h->odb, &g);
	if (rc)
		return libgit2_fail(e, rc, "cannot read an object from the hub '%s'", r->h->dir);
	result = meet(r, &g, type, "", e);
	return result ? result : reach_rest(r, e);
}

int reach_from_refs(struct reach *r, struct err *e)
{
	git_reference_iterator *refs = NULL;
	git_reference *ref;
	int result = ERR_OK, rc = git_reference_iterator_new(&refs, r->h->repo);

	while (!rc && !result) {
		const git_oid *target;
		struct oid id;

		rc = git_reference_next(&ref, refs);
		if (rc)
			break;
		target = git_reference_target(ref);
		/* HEAD is no reference of this kind, and we make no other symbolic ones. */
		if (target) {
			id = oid_from_git(target);
			result = reach_from(r, &id, e);
		}
		git_reference_free(ref);
	}
	git_reference_iterator_free(refs);
	if (result || rc == GIT_ITEROVER)
		return result;
	return libgit2_fail(e, rc, "cannot list the references of the hub '%s'", r->h->dir);
}
