/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a .ipynb says beyond the cells as both formats understand them, as lists of named values:
 * tags (every key of a cell's metadata that people set), the settings of a cell's widgets, its
 * attachments, its outputs where they count; and the notebook's widgets and dashboards. The
 * environment has a form of its own: environment.h.
 *
 * A cell of source says nothing of that: its list is not told, which is not the same as empty.
 */

#include "notebook/json/jvalue.h"
#include "notebook/model/model.h"

enum facet_kind {
	/* of a cell */
	FACET_TAG,           /* a member of metadata */
	FACET_INPUT_WIDGETS, /* inputWidgets of Databricks' object */
	FACET_ATTACHMENTS,
	FACET_OUTPUTS,
	/* of the notebook, inside Databricks' object */
	FACET_WIDGET, /* a member of widgets */
	FACET_DASHBOARDS,
	FACET_PREFERENCES /* inputWidgetPreferences */
};

struct facet {
	enum facet_kind kind;
	struct span key;   /* of a tag or a widget: a canonical JSON string, with its quotes */
	struct span value; /* borrowed from the notebook; never one that says nothing */
	struct span count; /* of outputs: the execution_count beside them; at is NULL: none */
	char *memory;      /* owned: key, where the file spells it otherwise */
};

struct facets {
	bool told;          /* false: the format cannot say; nothing is in the list */
	bool outputs_told;  /* false: outputs do not count here, and are not in the list */
	struct facet *list; /* owned; ordered by kind and key, nothing twice */
	size_t count, cap;
};

void facets_release(struct facets *facets);
#define cleanup_facets __attribute__((cleanup(facets_release)))
/* *to is overwritten, not released; its values are borrowed from where from's are. */
void facets_copy(struct facets *to, const struct facets *from);

/* to is zero; values are borrowed from the cell's or notebook's bytes. */
void facets_of_cell(struct facets *to, const struct cell *cell, enum notebook_outputs outputs);

/* What cell wants of the cell old (may be NULL) of a file that it is written into. Outputs that counted
 * on neither side, because only now somebody asked to keep them, and that the new cell does not have,
 * are none that somebody removed. */
void facets_wanted(struct facets *to, const struct cell *cell, const struct cell *old,
		   enum notebook_outputs outputs);
/* What the notebook says itself, without its cells; to is zero, values are borrowed. */
void facets_of_notebook(struct facets *to, const struct notebook *nb);

/* Whether two cells are the same bytes: a quick way to pass over most of them. */
bool facets_same_bytes(const struct cell *a, const struct cell *b);

int facet_compare(const struct facet *a, const struct facet *b); /* by kind and key */
/* Both may be NULL: missing. */
bool facet_equal(const struct facet *a, const struct facet *b);

/* Whether a list could say something of this kind, be it that it does not. */
bool facets_tell(const struct facets *facets, enum facet_kind kind);

/* Equal in all that both tell. */
bool facets_agree(const struct facets *a, const struct facets *b);

/* The same of two notebooks' cells and of what they say themselves; cells that only one of them has
 * say nothing in the other. */
bool facets_agree_in_all(const struct notebook *a, const struct notebook *b,
			 enum notebook_outputs outputs);

/* Adds a spelling of all that nb says; nothing when it says nothing. */
void facets_canonical(const struct notebook *nb, enum notebook_outputs outputs, struct buf *out);
/* Whether that is not nothing. */
bool facets_say_anything(const struct notebook *nb, enum notebook_outputs outputs);

enum facets_rule {
	FACETS_MERGE, /* what is not told is as in base; false where both changed it differently */
	FACETS_LIFT   /* theirs where it tells something else than base, else ours */
};

/* Three-way, key by key; out is zero, and borrows values from all three. Where both changed a value
 * differently it has ours, and the result is false. */
bool facets_merge(struct facets *out, const struct facets *base, const struct facets *ours,
		  const struct facets *theirs, enum facets_rule rule);
