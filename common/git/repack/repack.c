/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repacking, in four steps of which only the last removes anything:
 *
 *   choose    which packs are replaced, and which loose objects go with them
 *   collect   their objects; without drop all of them, whether anybody needs them or not
 *   write     one new pack, on disk and checked
 *   remove    the chosen packs, and loose objects that are in the new pack or are dropped
 *
 * Killed before the last step, the hub has a pack too many; killed within it, some objects twice. Both
 * are gone after the next run.
 *
 * With drop, what no reference leads to goes, but never halfway: Git and libgit2 take a commit that
 * is there for one whose whole history is there (a fetch stops at it). So a commit that nothing needs
 * and that stays all the same, since its pack does, keeps what it leads to. Our own records, which no
 * remote can ever send, are exempt, otherwise each would keep the whole history that was cut off.
 */

#include "git/repack/repack.h"
#include "base/step.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "git/repack/reach.h"

/* So few loose objects are not worth a pack of their own; as LOOSE_MAX in flush.c. */
#define LOOSE_MIN 64

struct repack {
	struct hub *h;
	const struct repack_request *request;
	struct repack_result *out;
	int64_t now_s;

	struct stock_packs packs;
	struct pack_facts *facts; /* parallel to packs */
	struct reach reach;
	struct oid_set loose; /* loose objects that may be packed (drop: removed) */

	struct oid_set objects; /* of the new pack, in its order … */
	uint32_t *names;        /* … with the numbers of their names */
	size_t names_cap;
	char *name; /* of the new pack; NULL: there is none */

	/* What a callback works on. */
	const git_odb_backend *pack;
	struct oid_set *into;
	size_t found;
	struct err error;
};

static int go_on(const struct repack *p, struct err *e)
{
	if (!p->request->tick || p->request->tick(p->request->payload, 0, 0))
		return ERR_OK;
	return err_set(e, ERR_CANCELLED, "asked to stop");
}

/* ---- objects of packs ---- */

/* Calls fn for each object of pack i; fn answers non-zero to stop, which is no error. */
static int each_of(struct repack *p, size_t i, git_odb_foreach_cb fn, struct err *e)
{
	git_odb_backend *pack;
	int rc, r;

	if ((r = go_on(p, e)) || (r = stock_open(&pack, p->h, p->packs.items[i].name, e)))
		return r;
	p->pack = pack;
	p->error = ERR_INIT;
	rc = pack->foreach (pack, fn, p);
	pack->free(pack);
	if (p->error.code) {
		*e = p->error;
		return e->code;
	}
	return rc < 0 ? libgit2_fail(e, rc, "cannot read pack '%s' of the hub '%s'",
				     p->packs.items[i].name, p->h->dir)
		      : ERR_OK;
}

static bool is_met(const struct repack *p, const struct oid *id)
{
	return oid_set_find(&p->reach.met, id) != OID_NOWHERE;
}

static int count_live(const git_oid *id, void *payload)
{
	struct repack *p = payload;
	struct oid key = oid_from_git(id);

	p->found += is_met(p, &key);
	return 0;
}

static int find_big(const git_oid *id, void *payload)
{
	struct repack *p = payload;
	git_odb_backend *pack = p->h->packed;
	git_object_t type;
	size_t len;

	p->found += pack->read_header(&len, &type, pack, id) == 0 && len > HUB_PACKED_MAX;
	return p->found ? 1 : 0;
}

static int add_object(const git_oid *id, void *payload)
{
	struct repack *p = payload;
	struct oid key = oid_from_git(id);

	if (!p->request->drop || is_met(p, &key))
		oid_set_add(p->into, &key, NULL);
	return 0;
}

/* A commit that stays although nothing needs it. */
static bool is_stray(struct repack *p, const git_oid *id)
{
	struct oid key = oid_from_git(id);
	struct commit_info commit;
	git_object_t type;
	size_t len;
	bool stray;

	if (git_odb_read_header(&len, &type, p->h->odb, id) || type != GIT_OBJECT_COMMIT ||
	    hub_commit_info(p->h, &key, &commit, NULL))
		return false;
	stray = !p->request->is_record || !p->request->is_record(&commit);
	commit_info_release(&commit);
	return stray;
}

static int add_stray(const git_oid *id, void *payload)
{
	struct repack *p = payload;
	struct oid key = oid_from_git(id);

	if (!is_met(p, &key) && is_stray(p, id))
		oid_set_add(p->into, &key, NULL);
	return 0;
}

/* ---- loose objects ---- */

static bool take_loose(void *payload, const struct stock_loose *object)
{
	struct repack *p = payload;
	git_oid id = oid_to_git(&object->id);
	git_object_t type;
	size_t len;

	/* A damaged one is not packed and stays where it is: reading it reports the damage. */
	if (p->h->loose->read_header(&len, &type, p->h->loose, &id) == 0 && len <= HUB_PACKED_MAX)
		oid_set_add(&p->loose, &object->id, NULL);
	return p->loose.count < REPACK_OBJECTS_MIN;
}

static bool is_recent(const struct repack *p, int64_t changed_s)
{
	return p->now_s - changed_s < p->request->recent_s;
}

static bool take_waste(void *payload, const struct stock_loose *object)
{
	struct repack *p = payload;
	git_oid id = oid_to_git(&object->id);
	struct stat st;

	if (is_met(p, &object->id))
		return true;
	if (fstatat(object->dir, object->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    is_recent(p, st.st_mtime))
		add_stray(&id, p);
	else
		oid_set_add(&p->loose, &object->id, NULL);
	return true;
}

/* ---- choosing ---- */

/* Chosen packs with very large blobs stay where they are: true when there was one. */
static int fix_big(struct repack *p, bool *found, struct err *e)
{
	int r = ERR_OK;

	*found = false;
	for (size_t i = 0; !r && i < p->packs.count; i++) {
		struct pack_facts *f = &p->facts[i];

		if (!f->chosen || (p->request->drop && !f->live))
			continue;
		p->found = 0;
		r = each_of(p, i, find_big, e);
		f->fixed = p->found > 0;
		*found = *found || f->fixed;
	}
	return r;
}

static int choose(struct repack *p, struct err *e)
{
	bool again = true;
	int r = ERR_OK;

	while (!r && again) {
		if (p->request->drop)
			p->out->more = repack_choose_waste(p->facts, p->packs.count);
		else
			repack_choose_small(p->facts, p->packs.count, p->loose.count);
		r = fix_big(p, &again, e);
	}
	return r;
}

/* ---- collecting ---- */

static void put(struct repack *p, const struct oid *id, uint32_t name)
{
	bool is_new;

	oid_set_add(&p->objects, id, &is_new);
	if (!is_new)
		return;
	p->names = array_grow(p->names, p->objects.count - 1, &p->names_cap, sizeof(*p->names));
	p->names[p->objects.count - 1] = name;
}

/* What the walk met comes first, in its order and by name; then what nothing leads to. */
static void arrange(struct repack *p, const struct oid_set *wanted)
{
	for (size_t i = 0; i < p->reach.met.count; i++)
		if (oid_set_find(wanted, &p->reach.met.items[i]) != OID_NOWHERE)
			put(p, &p->reach.met.items[i], p->reach.names[i]);
	for (size_t i = 0; i < wanted->count; i++)
		put(p, &wanted->items[i], 0);
}

static int add_chosen(struct repack *p, struct oid_set *wanted, struct err *e)
{
	int r = ERR_OK;

	p->into = wanted;
	for (size_t i = 0; !r && i < p->packs.count; i++)
		if (p->facts[i].chosen && (!p->request->drop || p->facts[i].live))
			r = each_of(p, i, add_object, e);
	return r;
}

static int collect_small(struct repack *p, struct err *e)
{
	struct oid_set wanted = { 0 };
	size_t chosen = 0;
	int r;

	r = stock_each_loose(p->h, take_loose, p, e);
	if (!r)
		r = choose(p, e);
	if (r)
		return r;
	for (size_t i = 0; i < p->packs.count; i++)
		chosen += p->facts[i].chosen;
	if (!chosen && p->loose.count < LOOSE_MIN)
		return ERR_OK;
	p->out->more = p->loose.count >= REPACK_OBJECTS_MIN;
	for (size_t i = 0; i < p->loose.count; i++)
		oid_set_add(&wanted, &p->loose.items[i], NULL);
	/* Only for the names; the walk ends where old packs begin. */
	p->reach.only = &wanted;
	r = add_chosen(p, &wanted, e);
	if (!r)
		r = reach_from_refs(&p->reach, e);
	if (!r)
		arrange(p, &wanted);
	p->reach.only = NULL;
	oid_set_release(&wanted);
	return r;
}

static int reach_needed(struct repack *p, struct err *e)
{
	const struct oid_set *needed = p->request->needed;
	int r = reach_from_refs(&p->reach, e);

	for (size_t i = 0; !r && needed && i < needed->count; i++)
		if (hub_has(p->h, &needed->items[i]))
			r = reach_from(&p->reach, &needed->items[i], e);
	return r;
}

static int count_waste(struct repack *p, struct err *e)
{
	int r = ERR_OK;

	for (size_t i = 0; !r && i < p->packs.count; i++) {
		p->found = 0;
		r = each_of(p, i, count_live, e);
		p->facts[i].live = p->found;
		p->facts[i].fixed = is_recent(p, p->packs.items[i].changed_s);
	}
	return r;
}

/* A stray whose own history is torn keeps what is left of it. */
static int reach_stray(struct repack *p, const struct oid *id, struct err *e)
{
	int r = reach_from(&p->reach, id, e);

	while (r == ERR_BUG && p->reach.todo_count)
		r = reach_rest(&p->reach, e);
	return r == ERR_BUG ? ERR_OK : r;
}

/* What strays lead to stays, too. */
static int reach_strays(struct repack *p, struct err *e)
{
	struct oid_set strays = { 0 };
	int r = ERR_OK;

	p->into = &strays;
	for (size_t i = 0; !r && i < p->packs.count; i++)
		if (!p->facts[i].chosen)
			r = each_of(p, i, add_stray, e);
	if (!r)
		r = stock_each_loose(p->h, take_waste, p, e);
	for (size_t i = 0; !r && i < strays.count; i++)
		r = reach_stray(p, &strays.items[i], e);
	oid_set_release(&strays);
	return r;
}

static int collect_live(struct repack *p, struct err *e)
{
	struct oid_set wanted = { 0 };
	int r;

	r = reach_needed(p, e);
	if (!r)
		r = count_waste(p, e);
	if (!r)
		r = choose(p, e);
	if (!r)
		r = reach_strays(p, e);
	/* Strays may need something of the chosen packs: count again, it is rewritten with the rest. */
	if (!r)
		r = count_waste(p, e);
	if (!r)
		r = add_chosen(p, &wanted, e);
	if (!r)
		arrange(p, &wanted);
	oid_set_release(&wanted);
	return r;
}

/* ---- removing ---- */

static bool remove_loose(void *payload, const struct stock_loose *object)
{
	struct repack *p = payload;
	bool packed = oid_set_find(&p->objects, &object->id) != OID_NOWHERE;
	bool waste = p->request->drop && oid_set_find(&p->loose, &object->id) != OID_NOWHERE &&
		     !is_met(p, &object->id);

	if (!packed && !waste)
		return true;
	if (p->out->loose_removed % LOOSE_MIN == 0)
		step_here("remove object");
	if (unlinkat(object->dir, object->name, 0) == 0)
		p->out->loose_removed++;
	return true;
}

static int remove_packs(struct repack *p, struct err *e)
{
	int r = ERR_OK;

	for (size_t i = 0; !r && i < p->packs.count; i++) {
		if (!p->facts[i].chosen || str_eq(p->packs.items[i].name, p->name))
			continue;
		r = stock_remove(p->h, p->packs.items[i].name, e);
		p->out->packs_removed++;
	}
	return r;
}

static int remove_old(struct repack *p, struct err *e)
{
	int reopened, r = remove_packs(p, e);

	if (!r)
		r = stock_each_loose(p->h, remove_loose, p, e);
	if (!p->out->packed && !p->out->packs_removed && !p->out->loose_removed)
		return r;
	/* libgit2 may have closed a file that is gone, and want to open it again. */
	reopened = hub_reopen(p->h, r ? NULL : e);
	return r ? r : reopened;
}

/* ---- the whole ---- */

static int run(struct repack *p, struct err *e)
{
	int r = stock_packs(p->h, &p->packs, e);

	if (r)
		return r;
	p->facts = xcalloc(p->packs.count + 1, sizeof(*p->facts));
	for (size_t i = 0; i < p->packs.count; i++)
		p->facts[i].objects = p->packs.items[i].objects;
	r = p->request->drop ? collect_live(p, e) : collect_small(p, e);
	if (r)
		return r;
	if (p->objects.count)
		r = repack_write(p->h, p->request, &p->objects, p->names, &p->name, e);
	if (r)
		return r;
	p->out->packed = p->objects.count;
	return remove_old(p, e);
}

int hub_repack(struct hub *h, const struct repack_request *request, struct repack_result *out,
	       struct err *e)
{
	struct repack p = { .h = h, .request = request, .out = out, .now_s = time(NULL) };
	int r;

	*out = (struct repack_result){ 0 };
	if ((r = hub_refuse_reader(h, e)) || (r = hub_flush(h, e)))
		return r;
	p.reach.h = h;
	p.reach.request = request;
	r = run(&p, e);
	reach_release(&p.reach);
	oid_set_release(&p.loose);
	oid_set_release(&p.objects);
	free(p.packs.items);
	free(p.facts);
	free(p.names);
	free(p.name);
	return r;
}
