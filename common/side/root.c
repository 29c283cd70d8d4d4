/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guards that look at a side as a whole: a root that shows nothing of what it held, and a root that
 * is another one than before. They protect from an unmounted disk, a restored backup, a workspace
 * that was set up anew: there "absent" and "different" do not mean that people want it so.
 *
 * refs/nbsync/root/<side> names a blob with the identity of the side's root. A root with another
 * identity that holds exactly what this side held is taken for the same, moved: most new device
 * numbers, restored machines and recreated folders need nobody. A root whose identity cannot be
 * found out is not taken for another one; but perhaps we are not shown all notebooks, so nothing
 * that it lacks is deleted until it is known.
 */

#include "side/root.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fs.h"
#include "log/log.h"
#include "side/confirm.h"

#define IDENTITY_MAX 4096

/* ---- a root that shows nothing ---- */

static void describe_loss(struct side_context *c, enum side_id side, struct buf *plan)
{
	struct row **rows;
	size_t count;

	rows = table_sorted(&c->table, &count);
	buf_addf(plan, "lost %s\n", side_names[side]);
	for (size_t i = 0; i < count; i++)
		if (!version_absent(&rows[i]->base[side]))
			buf_addf(plan, "%s\n", rows[i]->path);
	free(rows);
}

int root_check_empty(struct side_context *c, enum side_id side, bool shows_some, const char *name,
		     struct err *e)
{
	cleanup_buf struct buf plan = BUF_UNBOUNDED;
	char token[CONFIRM_TOKEN_SIZE];
	size_t known;

	if (shows_some)
		return ERR_OK;
	known = context_known(c, side);
	if (known < 2)
		return ERR_OK;
	describe_loss(c, side, &plan);
	c->approvals.root_confirmed[side] = plan_confirmed(c, &plan, token);
	if (c->approvals.root_confirmed[side])
		return ERR_OK;
	return err_set(
		e, ERR_CONFIG,
		"%s looks empty, it shows none of the %zu notebooks it held: bring them back, or "
		"run 'nbsync confirm %s %s' to %s",
		name, known, c->mapping->name, token,
		c->mapping->accepts[side] ? "delete them everywhere"
					  : "have them written there again");
}

/* ---- another root ---- */

/* The length of the part about the folder; *user: the part about the user, NULL when it is not
 * known. */
static size_t identity_split(const char *identity, const char **user)
{
	const char *at = strstr(identity, ROOT_USER);

	*user = at && !str_eq(at, ROOT_USER "somebody") ? at : NULL;
	return at ? (size_t)(at - identity) : strlen(identity);
}

enum root_match root_compare(const char *known, const char *now)
{
	const char *known_user, *user;
	size_t known_len = identity_split(known, &known_user), len = identity_split(now, &user);

	if (!len)
		return known_len ? ROOT_LESS_KNOWN : ROOT_SAME;
	if (!known_len)
		return ROOT_MORE_KNOWN;
	if (known_len != len || memcmp(known, now, len) != 0)
		return ROOT_OTHER;
	if (known_user && user)
		return str_eq(known_user, user) ? ROOT_SAME : ROOT_OTHER;
	if (user)
		return ROOT_MORE_KNOWN;
	return known_user ? ROOT_LESS_KNOWN : ROOT_SAME;
}

static void root_ref(char name[static 48], enum side_id side)
{
	snprintf(name, 48, "refs/nbsync/root/%s", side_names[side]);
}

static int load_identity(struct side_context *c, enum side_id side, struct err *e)
{
	cleanup_buf struct buf text = BUF_INIT(IDENTITY_MAX);
	struct oid blob;
	char name[48];
	int r;

	if (c->approvals.root_known[side])
		return ERR_OK;
	root_ref(name, side);
	r = hub_ref_get(c->hub, name, &blob, e);
	if (r == ERR_ABSENT) {
		c->approvals.root_known[side] = xstrdup("");
		return ERR_OK;
	}
	if (r || (r = hub_blob_get(c->hub, &blob, &text, e)))
		return r;
	c->approvals.root_known[side] = buf_steal(&text, NULL);
	return ERR_OK;
}

static int store_identity(struct side_context *c, enum side_id side, const char *identity,
			  struct err *e)
{
	struct oid blob;
	char name[48];
	int r;

	root_ref(name, side);
	if ((r = hub_blob_put(c->hub, identity, strlen(identity), &blob, e)) ||
	    (r = hub_ref_set(c->hub, name, &blob, NULL, "root", e)))
		return r;
	free(c->approvals.root_known[side]);
	c->approvals.root_known[side] = xstrdup(identity);
	return ERR_OK;
}

/* Whether each notebook that this side held when it last agreed stands there unchanged. */
static bool holds_its_base(struct side_context *c, enum side_id side)
{
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row)) {
		struct entry *entry = &row->side[side];

		if (version_absent(&row->base[side]) || !filter_manages_row(&c->filter, row))
			continue;
		if (entry->state != ENTRY_PRESENT)
			return false;
		if (oid_equal(&row->base[side].blob, &entry->version.blob))
			continue;
		if (content_resolve(&c->content, &row->base[side], NULL) ||
		    content_resolve(&c->content, &entry->version, NULL) ||
		    !version_same(&row->base[side], &entry->version))
			return false;
	}
	return true;
}

/* Adds what the other root lacks to the plan, since that would be deleted everywhere. How many
 * these are. */
static size_t describe_missing(struct side_context *c, enum side_id side, struct buf *plan)
{
	struct row **rows;
	size_t count, missing = 0;

	rows = table_sorted(&c->table, &count);
	for (size_t i = 0; i < count; i++) {
		if (version_absent(&rows[i]->base[side]) ||
		    rows[i]->side[side].state != ENTRY_ABSENT ||
		    !filter_manages_row(&c->filter, rows[i]))
			continue;
		buf_addf(plan, "%s\n", rows[i]->path);
		missing++;
	}
	free(rows);
	return missing;
}

/* A root that waits for a human; all borrowed. */
struct doubtful_root {
	enum side_id side;
	const char *name;     /* for sentences */
	const char *identity; /* as it is told now */
	const char *token;    /* what is to be confirmed */
	size_t missing;       /* notebooks that it does not show */
};

static int refuse_other(struct side_context *c, const struct doubtful_root *root, struct err *e)
{
	return err_set(
		e, ERR_CONFIG,
		"%s is not the one it was (%s before, %s now), and its notebooks differ: bring "
		"the old one back, or run 'nbsync confirm %s %s' to go on with this one, and %s "
		"the %zu notebooks that it lacks",
		root->name, c->approvals.root_known[root->side], root->identity, c->mapping->name,
		root->token, c->mapping->accepts[root->side] ? "delete everywhere" : "write there",
		root->missing);
}

static int refuse_unknown(struct side_context *c, const struct doubtful_root *root, struct err *e)
{
	return err_set(e, ERR_RETRY,
		       "%s does not tell which one it is, or for whom (%s before): nothing is done "
		       "about the %zu notebooks that it does not show until it does, or until you "
		       "run 'nbsync confirm %s %s' to %s",
		       root->name, c->approvals.root_known[root->side], root->missing,
		       c->mapping->name, root->token,
		       c->mapping->accepts[root->side] ? "delete them everywhere"
						       : "have them written there again");
}

int root_check_identity(struct side_context *c, enum side_id side, const char *identity,
			const char *name, struct err *e)
{
	cleanup_buf struct buf plan = BUF_UNBOUNDED;
	char token[CONFIRM_TOKEN_SIZE];
	struct doubtful_root root = { side, name, identity, token, 0 };
	enum root_match match;
	int r;

	if ((r = load_identity(c, side, e)))
		return r;
	match = root_compare(c->approvals.root_known[side], identity);
	if (match == ROOT_SAME)
		return ERR_OK;
	if (match == ROOT_MORE_KNOWN || (match == ROOT_OTHER && holds_its_base(c, side)))
		return store_identity(c, side, identity, e);
	buf_addf(&plan, "root %s\n%s\n%s\n", side_names[side], c->approvals.root_known[side],
		 identity);
	root.missing = describe_missing(c, side, &plan);
	if (match == ROOT_LESS_KNOWN && !root.missing)
		return ERR_OK;
	if (plan_confirmed(c, &plan, token)) {
		c->approvals.root_confirmed[side] = true;
		return store_identity(c, side, identity, e);
	}
	return match == ROOT_OTHER ? refuse_other(c, &root, e) : refuse_unknown(c, &root, e);
}

void root_claim(struct side_context *c, char claim[static OID_HEX])
{
	cleanup_free char *text = NULL;
	const char *identity, *user;
	struct oid id;

	*claim = '\0';
	if (!config_has_side(c->mapping, SIDE_WORKSPACE) || load_identity(c, SIDE_WORKSPACE, NULL))
		return;
	identity = c->approvals.root_known[SIDE_WORKSPACE];
	if (!identity_split(identity, &user) || !user)
		return;
	text = xasprintf("%s\n%s", identity, c->mapping->git_path);
	hub_hash(text, strlen(text), &id);
	oid_hex(&id, claim);
}
