/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the things that people do have in common. Only people*.c include this.
 */

#include "tests/model/model.h"

/* How the world calls a file. Owned by the caller. */
char *people_path(const struct model *m, enum side_id side, const char *file);
/* An event tells of that file; only the local side has any. */
void people_hint(struct model *m, enum side_id side, const char *file);
/* The side of s touched that notebook of its lane. */
void people_touch(struct model *m, const struct step *s, unsigned stem);
/* Somebody on the side of s, in its lane, who saw old wrote new in its place; NULL: nothing. */
void people_replaced(struct model *m, const struct step *s, const struct rich *old,
		     const struct rich *new);

/* Whether a notebook may stand there: a workspace cannot have one where a folder is, nor a folder
 * where one is. */
bool people_is_free(const struct model *m, enum side_id side, const char *stem);
void people_put_text(struct model *m, enum side_id side, const char *file, const char *text);
void people_remove(struct model *m, enum side_id side, const char *file);
/* All of it may be gone from now on. */
void people_take(struct model *m, const struct rich *nb);
/* Writes a notebook on the side of s; old, if not NULL, is what it replaces. */
void people_put(struct model *m, const struct step *s, const char *stem, const struct rich *nb,
		const struct sight *old);

/* Somebody forces the branch back by one commit, unless that brings back what was broken. */
void people_rewind(struct model *m);

/* ---- one notebook ---- */

struct place {
	struct model *m;
	const struct step *step;
	char *stem;
	struct sight there; /* the notebook, if exists */
	bool exists;
};

/* What people do to the marks of a notebook that is there (people_rich.c). Whatever its format cannot
 * say, nobody does to it. */
void people_run(struct place *p);
void people_tag(struct place *p);
void people_widget(struct place *p);
void people_environment(struct place *p);
/* One that is written anew says all that it can; three cells with the numbers from token on. */
void people_enrich(const struct model *m, struct rich *nb, uint16_t token);
/* Whoever makes Jupyter of source does not know what else is said of the notebook elsewhere. */
void people_forget_marks(struct model *m, const char *stem);
