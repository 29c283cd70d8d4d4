/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the branch is the one that the side's base belongs to: of the same repository and name, with
 * the same folder, and going on from what was seen of it. The state remembers that place together with
 * the base (state_set_place()), and where it was entered when it took the place of another one.
 *
 * Another place is read into the table first and then judged by what it would change. If that is
 * nothing, it is taken for the same; otherwise the side is held until a human has seen how much it is.
 * From then on it is an ordinary three-way merge, with the old place's base: what nobody edited here
 * becomes what stands in the new place, edits that the old place has not got yet are carried over, and
 * what cannot be merged clashes as it always does. A place without any notebook deletes nothing: it is
 * filled. The history that it had before is not the order of anything here: what the workspace holds came
 * from the other place, also if this one had held it long ago.
 *
 * A local branch of the new name that has commits of its own is kept under refs/nbsync/left: what they
 * brought is not agreed any more, or carried over, so they are not pushed. The old branch stays as it
 * is, pushed or not.
 */

#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "side/confirm.h"
#include "side/git/files/name.h"
#include "side/git/internal.h"

#define NAMED_MAX   3  /* notebooks that a sentence lists, of each kind … */
#define NAMES_BYTES 90 /* … as long as they are so short together */

/* ---- the place ---- */

/* The parts of a place, as its text has them, line by line. */
struct place {
	char *branch, *url, *path; /* owned */
	char *entered;             /* owned; the tip at which it was entered, in hex */
	char *dealt;               /* owned; the last tip that a cycle dealt with, in hex */
};

static void place_release(struct place *p)
{
	free(p->branch);
	free(p->url);
	free(p->path);
	free(p->entered);
	free(p->dealt);
}

/* The place in the configuration, and nothing about its commits. */
static char *text_of(const struct git_side *s)
{
	const struct config_mapping *m = s->side.context->mapping;

	return xasprintf("%s\n%s\n%s\n", m->branch, s->url, m->git_path);
}

/* What is not there is "". */
static struct place parse(const char *text)
{
	struct place p = { 0 };
	char **parts[] = { &p.branch, &p.url, &p.path, &p.entered, &p.dealt };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t len = strcspn(text, "\n");

		*parts[i] = xstrndup(text, len);
		text += len + (text[len] == '\n');
	}
	return p;
}

/* "branch 'main' of 'https://…', folder 'etl'". */
static void describe_place(struct buf *out, const char *text)
{
	struct place p = parse(text);

	buf_addf(out, "branch '%s' of '%s'", p.branch, p.url);
	if (*p.path)
		buf_addf(out, ", folder '%s'", p.path);
	place_release(&p);
}

/* Whether a tip has a commit in common with the branch as it was seen; commits that were removed
 * from the branch since do not matter. */
static int goes_on(struct git_side *s, const struct oid *tip, bool *out, struct err *e)
{
	struct side_context *c = s->side.context;
	const struct oid *seen = &c->state.seen[SIDE_GIT];
	struct oid base;
	int r;

	/* The usual case, which is cheaper to ask for. */
	if (!oid_is_zero(&s->tip) && ((r = hub_is_ancestor(c->hub, &s->tip, tip, out, e)) || *out))
		return r;
	r = hub_merge_base(c->hub, seen, tip, &base, e);
	*out = !oid_is_zero(&base);
	return r;
}

/* One whose branch holds exactly what was seen is taken for the same. */
static int compare_history(struct git_side *s, const struct oid *tip, enum git_place *out,
			   struct err *e)
{
	struct side_context *c = s->side.context;
	struct oid tree;
	bool same;
	int r;

	if (oid_is_zero(tip) || oid_is_zero(&c->state.seen[SIDE_GIT]))
		return ERR_OK;
	/* After a restart the branch mostly is as it was, and this costs nothing. */
	if ((r = hub_commit_tree(c->hub, tip, &tree, e)) ||
	    oid_equal(&tree, &c->state.seen_tree[SIDE_GIT]))
		return r;
	if ((r = goes_on(s, tip, &same, e)))
		return r;
	*out = same ? GIT_PLACE_SAME : GIT_PLACE_STRANGE;
	return ERR_OK;
}

int git_place_compare(struct git_side *s, const struct oid *tip, enum git_place *out, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *now = text_of(s);

	*out = GIT_PLACE_SAME;
	s->entered = (struct oid){ 0 };
	if (!context_known(c, SIDE_GIT))
		return ERR_OK;
	if (c->state.place && !str_starts(c->state.place, now)) {
		*out = GIT_PLACE_MOVED;
		return ERR_OK;
	}
	return compare_history(s, tip, out, e);
}

/* Zero: that is not known. */
static struct oid parse_tip(const char *hex)
{
	struct oid tip = { 0 };

	oid_parse(&tip, hex);
	return tip;
}

static struct place known_place(const struct git_side *s)
{
	const char *text = s->side.context->state.place;

	return parse(text ? text : "");
}

/* Zero tips are not known. */
static int set_place(struct git_side *s, const struct oid *entered, const struct oid *dealt,
		     struct err *e)
{
	char hex[2][OID_HEX] = { "", "" };
	cleanup_free char *now = text_of(s), *text = NULL;

	if (!oid_is_zero(entered))
		oid_hex(entered, hex[0]);
	if (!oid_is_zero(dealt))
		oid_hex(dealt, hex[1]);
	text = xasprintf("%s%s\n%s\n", now, hex[0], hex[1]);
	return state_set_place(&s->side.context->state, text, e);
}

int git_place_settle(struct git_side *s, struct err *e)
{
	const struct state *state = &s->side.context->state;
	cleanup_free char *now = text_of(s);
	const struct oid none = { 0 };
	int r;

	if (oid_is_zero(&s->entered) && state->place && str_starts(state->place, now))
		return ERR_OK;
	if (!(r = set_place(s, &s->entered, &none, e)))
		s->entered = none;
	return r;
}

struct oid git_place_entered(const struct git_side *s)
{
	struct place p = known_place(s);
	struct oid tip = oid_is_zero(&s->entered) ? parse_tip(p.entered) : s->entered;

	place_release(&p);
	return tip;
}

struct oid git_place_dealt(const struct git_side *s)
{
	struct place p = known_place(s);
	struct oid tip = parse_tip(p.dealt);

	place_release(&p);
	return tip;
}

int git_place_deal(struct git_side *s, struct err *e)
{
	const struct table *t = &s->side.context->table;
	struct oid entered, dealt;

	if (oid_is_zero(&s->tip) || !config_has_side(s->side.context->mapping, SIDE_WORKSPACE))
		return ERR_OK;
	dealt = git_place_dealt(s);
	if (oid_equal(&s->tip, &dealt))
		return ERR_OK;
	for (size_t i = 0; i < t->listed_count; i++)
		if (t->listed[i]->side[SIDE_GIT].returned || t->listed[i]->vouched)
			return ERR_OK;
	entered = git_place_entered(s);
	return set_place(s, &entered, &s->tip, e);
}

/* ---- what it would change ---- */

enum effect { EFFECT_NONE, EFFECT_CHANGE, EFFECT_CREATE, EFFECT_DELETE, EFFECTS };

struct preview {
	size_t count[EFFECTS];
	struct buf names[EFFECTS];
	size_t unpushed; /* notebooks that the old place has not got as they are agreed */
	bool empty;      /* the new place has no notebook */
	bool fill;       /* what is agreed goes there, and nothing comes from there */
};

static void preview_release(struct preview *p)
{
	for (size_t i = 0; i < EFFECTS; i++)
		buf_release(&p->names[i]);
}

/* What the new place says about a row that the old one did not. An edit here is not deleted. */
static enum effect effect_of(const struct row *row)
{
	const struct version *base = &row->base[SIDE_GIT];
	const struct entry *entry = &row->side[SIDE_GIT];
	const struct version *v = &entry->version;

	if (entry->state == ENTRY_HELD || version_same(v, base) || version_same(v, &row->agreed))
		return EFFECT_NONE;
	if (version_absent(v))
		return version_same(base, &row->agreed) ? EFFECT_DELETE : EFFECT_NONE;
	return version_absent(&row->agreed) ? EFFECT_CREATE : EFFECT_CHANGE;
}

/* The first ones are named, as far as the sentence has room for what comes after them. */
static void preview_add(struct preview *p, enum effect effect, const char *path)
{
	struct buf *names = &p->names[effect];
	const char *between = p->count[effect] ? ", " : "";

	p->count[effect]++;
	if (names->len && str_ends(buf_str(names), "…"))
		return;
	if (p->count[effect] <= NAMED_MAX && names->len + strlen(path) <= NAMES_BYTES)
		buf_addf(names, "%s'%s'", between, path);
	else
		buf_addf(names, "%s…", between);
}

static int preview(struct side_context *c, struct preview *p, struct err *e)
{
	struct row **rows;
	bool differs = false;
	size_t count;
	int r = ERR_OK;

	for (size_t i = 0; i < EFFECTS; i++)
		p->names[i] = BUF_UNBOUNDED;
	rows = table_sorted(&c->table, &count);
	p->empty = true;
	for (size_t i = 0; !r && i < count; i++) {
		struct row *row = rows[i];

		if (!filter_manages_row(&c->filter, row) ||
		    (r = content_resolve_row(&c->content, row, e)))
			continue;
		p->empty = p->empty && row->side[SIDE_GIT].state == ENTRY_ABSENT;
		p->unpushed += !version_same(&row->base[SIDE_GIT], &row->agreed);
		differs = differs || !version_same(&row->side[SIDE_GIT].version, &row->agreed);
		if (c->mapping->accepts[SIDE_GIT])
			preview_add(p, effect_of(row), row->path);
	}
	p->fill = p->empty || (differs && !c->mapping->accepts[SIDE_GIT]);
	free(rows);
	return r;
}

/* "3 notebooks change ('a', 'b', 'c'), 1 is created ('d')". */
static void describe_effects(struct buf *out, const struct preview *p)
{
	static const char *const verbs[EFFECTS][2] = { [EFFECT_CHANGE] = { "changes", "change" },
						       [EFFECT_CREATE] = { "is new", "are new" },
						       [EFFECT_DELETE] = { "is deleted everywhere",
									   "are deleted "
									   "everywhere" } };
	const char *between = "";

	for (enum effect f = EFFECT_CHANGE; f < EFFECTS; f++) {
		if (!p->count[f])
			continue;
		buf_addf(out, "%s%zu %s%s (%s)", between, p->count[f],
			 *between           ? ""
			 : p->count[f] == 1 ? "notebook "
					    : "notebooks ",
			 verbs[f][p->count[f] != 1], buf_str(&p->names[f]));
		between = ", ";
	}
}

/* ---- going there ---- */

/* The branch in the hub is what is pushed: it goes to where the remote's stands. */
static int leave_head(struct git_side *s, const struct oid *tip, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *ref = git_head(c), *left = NULL;
	struct oid head;
	char hex[41];
	bool pushed = false;
	int r = hub_ref_get(c->hub, ref, &head, e);

	if (r)
		return r == ERR_ABSENT ? ERR_OK : r;
	if (!oid_is_zero(tip) && (r = hub_is_ancestor(c->hub, &head, tip, &pushed, e)))
		return r;
	if (!pushed) {
		oid_hex(&head, hex);
		left = xasprintf("refs/nbsync/left/%s", hex);
		if ((r = hub_ref_set(c->hub, left, &head, NULL, "nbsync: not pushed", e)))
			return r;
	}
	return oid_is_zero(tip) ? hub_ref_delete(c->hub, ref, e)
				: hub_ref_set(c->hub, ref, tip, &head, "nbsync: the remote's", e);
}

/* What nothing stands in does not say that anything was deleted. */
static void forget_base(struct side_context *c)
{
	const struct version none = { 0 };

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (filter_manages_row(&c->filter, row)) {
			state_set_base(&c->state, row, SIDE_GIT, &none);
			row_dirty(row);
		}
}

/* The sentence about another place; token: of its plan. */
static int refuse(struct git_side *s, enum git_place change, const struct preview *p,
		  const char *token, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf was = BUF_UNBOUNDED, is = BUF_UNBOUNDED, effects = BUF_UNBOUNDED;
	cleanup_free char *now = text_of(s), *more = NULL;

	describe_place(&was, c->state.place ? c->state.place : now);
	describe_place(&is, now);
	if (p->fill)
		buf_addf(&effects, "it %s all %zu as they are agreed",
			 p->empty ? "has no notebook and gets" : "gets",
			 context_known(c, SIDE_GIT));
	else
		describe_effects(&effects, p);
	more = p->unpushed && !p->fill
		       ? xasprintf("; %zu that were edited here and not pushed go along",
				   p->unpushed)
		       : xstrdup("");
	if (change == GIT_PLACE_MOVED)
		return err_set(
			e, ERR_CONFIG,
			"the configuration names %s now, and until now it was %s: %s%s; put "
			"the old one back there, or run 'nbsync confirm %s %s' to go on with "
			"the new one",
			buf_str(&is), buf_str(&was), buf_str(&effects), more, c->mapping->name,
			token);
	return err_set(e, ERR_CONFIG,
		       "%s is not the one it was, it has no commit in common with it: %s%s; bring "
		       "the old one back, or run 'nbsync confirm %s %s' to go on with this one",
		       buf_str(&is), buf_str(&effects), more, c->mapping->name, token);
}

static bool nothing_changes(const struct preview *p)
{
	return !p->fill && !p->count[EFFECT_CHANGE] && !p->count[EFFECT_CREATE] &&
	       !p->count[EFFECT_DELETE];
}

/* Whether to go on with another place. */
static int decide(struct git_side *s, enum git_place change, const struct preview *p,
		  const struct oid *tip, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf plan = BUF_UNBOUNDED, is = BUF_UNBOUNDED;
	cleanup_free char *now = text_of(s);
	char token[CONFIRM_TOKEN_SIZE], hex[41];

	if (nothing_changes(p)) {
		describe_place(&is, now);
		report_note(c->report, "%s is followed from now on: it holds the same notebooks",
			    buf_str(&is));
		return ERR_OK;
	}
	oid_hex(tip, hex);
	buf_addf(&plan, "root git\n%s\n%s\n%s\n", c->state.place ? c->state.place : now, now, hex);
	if (!plan_confirmed(c, &plan, token))
		return refuse(s, change, p, token, e);
	log_notice("the Git side goes on with another branch, as was confirmed");
	c->approvals.root_confirmed[SIDE_GIT] = true;
	return ERR_OK;
}

int git_place_agree(struct git_side *s, enum git_place change, const struct oid *tip, struct err *e)
{
	struct side_context *c = s->side.context;
	struct preview p = { 0 };
	int r;

	if (!(r = preview(c, &p, e)) && !(r = decide(s, change, &p, tip, e)) &&
	    !(r = leave_head(s, tip, e)) && !(r = remember_all_done(s, e))) {
		s->entered = *tip;
		if (p.fill)
			forget_base(c);
	}
	preview_release(&p);
	return r;
}
