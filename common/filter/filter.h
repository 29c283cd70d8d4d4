/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which notebooks a mapping manages: by the names that never travel, then include, then exclude,
 * then the rules of ignore files. The same answer on every side, so that a path that stops being
 * managed is left alone on all of them at once and deleted from none.
 *
 * A notebook is one thing under several names: etl/load locally is etl/load.ipynb, on the branch
 * etl/load.py. Include and exclude are about the stem, etl/load. By ignore files it is ignored when
 * the name it has, or would newly get, on the local side or on the Git side is ignored; see
 * ignore_notebook() for what a rule without an extension matches.
 *
 * A look asks filter_takes() about each thing it finds. What it refuses is not what a managed row
 * knows as its notebook: nothing is taken for absent because a look passed it over.
 */

#include "filter/ignore.h"
#include "filter/names.h"
#include "plan/table.h"

struct filter {
	const struct config_mapping *mapping; /* borrowed */
	struct ignore rules;                  /* owned */
	unsigned generation;                  /* of rules; rows remember the answer of this one */
};

void filter_init(struct filter *f, const struct config_mapping *m);
void filter_release(struct filter *f);
/* Puts other rules in force; f's own go to *rules. Both are states that the caller may swap
 * back. */
void filter_swap(struct filter *f, struct ignore *rules);

/* By all but ignore files: what the configuration says for good. */
bool filter_includes(const struct config_mapping *m, const char *stem);

/* By all names that are known of it; the answer is kept in the row until rules or names change. */
bool filter_manages_row(const struct filter *f, struct row *row);

/* Whether a look takes the file of that stem. row is the stem's, NULL when there is none. */
bool filter_takes(const struct filter *f, const char *stem, const char *file,
		  const struct row *row);
/* The same for a notebook of a workspace, which has no extension but perhaps a language. */
bool filter_takes_object(const struct filter *f, const char *stem,
			 const enum notebook_language *language, struct row *row);
/* Whether a look goes into a folder. */
bool filter_enters(const struct filter *f, const char *folder);

/*
 * At the end of a full look of a side, before table_settle_probes(): a notebook that is ignored
 * only because of the name it has on this side keeps that name although the look passed it over.
 * Without it the name would be forgotten, and the notebook be taken for one that was deleted here.
 */
void filter_spare(const struct filter *f, struct table *t, enum side_id side);
