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

/* Adds a facet without a key; then one with the key that stands in the file, a string with its quotes.
 * Both are borrowed. facets_settle() comes after the last. */
struct facet *facets_add(struct facets *facets, enum facet_kind kind, struct span value);
void facets_add_keyed(struct facets *facets, enum facet_kind kind, struct span key,
		      struct span value);
/* Brings the list into its order: of keys that stand twice the last one counts, and what says nothing
 * goes. */
void facets_settle(struct facets *facets);

int facet_compare(const struct facet *a, const struct facet *b); /* by kind and key */
/* Both may be NULL: missing. */
bool facet_equal(const struct facet *a, const struct facet *b);

/* Whether a list could say something of this kind, be it that it does not. */
bool facets_tell(const struct facets *facets, enum facet_kind kind);

/* Equal in all that both tell. */
bool facets_agree(const struct facets *a, const struct facets *b);

enum facets_rule {
	FACETS_MERGE, /* what is not told is as in base; false where both changed it differently */
	FACETS_LIFT   /* theirs where it tells something else than base, else ours */
};

/* Three-way, key by key; out is zero, and borrows values from all three. Where both changed a value
 * differently it has ours, and the result is false. */
bool facets_merge(struct facets *out, const struct facets *base, const struct facets *ours,
		  const struct facets *theirs, enum facets_rule rule);
