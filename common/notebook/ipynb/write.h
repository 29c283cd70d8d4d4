/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Encoding single cells as JSON; shared by new files and by updates. */

#include "notebook/ipynb/cell.h"
#include "notebook/json/jemit.h"

/* The form of a new cell. */
struct ipynb_form {
	bool databricks; /* with Databricks' metadata and execution_count 0, else as Jupyter does */
	bool ids;        /* nbformat 4.5 and later: every cell has an id */
	bool strings;    /* source as one string instead of a list of lines */
};

/* The identities of a new cell, string spans with quotes. */
struct ipynb_identity {
	struct span nuid, id; /* id.at is NULL in a file without ids */
};

void ipynb_put_cell(struct jemit *m, const struct notebook_cell *cell,
		    const struct ipynb_identity *identity, const struct ipynb_form *form);

/*
 * The value of source in the place of old (nothing when at is NULL, then as the form wants it): its
 * kind, a list or a string, is kept, and so is the spelling of the lines that stay at both ends.
 */
void ipynb_put_source(struct jemit *m, struct span text, struct span old, bool as_string);

/* The value of environmentMetadata. */
void ipynb_put_environment(struct jemit *m, const struct environment *env);

/* Our member of the notebook's metadata in a file of the hub; nothing when there is nothing to say. */
void ipynb_put_private(struct jemit *m, const struct environment *env);

/* ERR_INVALID with the first cell whose text is not UTF-8, as .ipynb must be. */
int ipynb_refuse_bytes(const struct notebook *nb, struct err *e);

/* "python", "sql", "scala", "r" */
const char *ipynb_language_word(enum notebook_language language);
