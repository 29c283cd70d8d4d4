/* SPDX-License-Identifier: Apache-2.0 */
/* What people do to the branch of the repository as a whole. */

#include "tests/model/people.h"

/* One file of the branch is another one now, or none. What was broken in it is not there any more. */
static void note_other(struct model *m, const struct step *place, const struct sight *was,
		       const struct sight *is, const char *file)
{
	struct broken *broken = &m->broken[SIDE_GIT][place->lane][place->from];
	const struct rich *now = is ? &is->nb : NULL;

	if (broken->is && str_eq(broken->file, file)) {
		people_replaced(m, place, &broken->nb, now);
		broken->is = false;
	}
	if ((!was && !is) || (was && is && oid_equal(&was->raw, &is->raw)))
		return;
	people_touch(m, place, place->from);
	m->moved[place->lane] |= 1u << SIDE_GIT;
	people_replaced(m, place, was ? &was->nb : NULL, now);
}

static void note_rewound(struct model *m, const struct sights *was, const struct sights *is)
{
	for (uint8_t lane = 0; lane < STEPS_LANES; lane++) {
		for (uint8_t stem = 0; stem < STEMS; stem++) {
			cleanup_free char *path = model_stem(lane, stem);
			struct step place = { .lane = lane, .side = SIDE_GIT, .from = stem };

			for (size_t i = 0; i < EXTENSIONS; i++) {
				cleanup_free char *file = xasprintf("%s%s", path,
								    extension_names[i]);

				note_other(m, &place, sights_file(was, SIDE_GIT, file),
					   sights_file(is, SIDE_GIT, file), file);
			}
		}
	}
}

static bool any_broken(const struct sights *all, enum side_id side)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].side == side && all->items[i].kind == SIGHT_BROKEN)
			return true;
	return false;
}

static void move_branch(struct hub *remote, const struct oid *to, const struct oid *from)
{
	struct err e = ERR_INIT;

	world_ok(hub_ref_set(remote, WORLD_BRANCH, to, from, "back", &e), &e);
}

void people_rewind(struct model *m)
{
	struct hub *remote = m->setup->options.without[SIDE_GIT] ? NULL : world_remote(m->w);
	struct commit_info info = { 0 };
	struct sights was, is;
	struct err e = ERR_INIT;
	struct oid tip;

	if (!remote || hub_ref_get(remote, WORLD_BRANCH, &tip, &e))
		return;
	world_ok(hub_commit_info(remote, &tip, &info, &e), &e);
	if (!oid_is_zero(&info.first_parent)) {
		model_look(m, &was);
		move_branch(remote, &info.first_parent, &tip);
		model_look(m, &is);
		if (any_broken(&is, SIDE_GIT))
			move_branch(remote, &tip, &info.first_parent);
		else
			note_rewound(m, &was, &is);
		/* It may have taken back what nobody else touches. */
		sights_release(&m->still);
		sights_release(&was);
		sights_release(&is);
	}
	commit_info_release(&info);
}
