/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of the workspace side share; for this folder only. The operations are side.h's.
 */

#include "side/side.h"
#include "workspace/api.h"

struct workspace_side {
	struct side side;
	const struct workspace_api *api; /* borrowed */
	struct http *http;               /* owned; NULL until the first look */
	struct workspace *workspace;     /* owned; NULL when there is no connection */
	char *root;                      /* owned; the mapping's folder, canonical; NULL as http */
	/* What stands in the folder and is not ours, by path: folders, and with the reason HOLD_KIND
	 * everything else, such as notebooks that are not managed. Nothing can be written there, and a
	 * folder with something in it cannot make room. */
	struct table occupied;
	bool root_told; /* its identity was told, and is the recorded one */
	bool keeps_ids; /* an object keeps its id there when it is overwritten: seen to be so */
	bool doubtful;  /* something seems to be gone: for the next look, hints are not enough */
};

int workspace_side_look(struct side *side, const struct side_look *what, struct err *e);
int workspace_side_apply(struct side *side, struct row **rows, size_t count, struct err *e);
bool workspace_side_blocked(const struct side *side, const struct row *row);
int workspace_side_check_name(const struct side *side, const struct row *row, const char *file,
			      struct err *e);
void workspace_side_check(struct side *side, struct row *row);

int workspace_copy_name(const struct side *side, const struct row *row, enum side_id of,
			int64_t at_s, char **file, struct err *e);
int workspace_copy_write(struct side *side, const struct row *row, const char *file,
			 const struct oid *raw, struct err *e);
int workspace_copy_read(struct side *side, struct row *copy, struct oid *raw, char **file,
			struct err *e);
int workspace_copy_remove(struct side *side, struct row *copy, const char *file,
			  const struct oid *raw, struct err *e);

/* Stats the objects of these rows and takes what changed. What is not there any more is left as it
 * was, and the next look lists everything: a question about one path alone is no evidence of a
 * deletion. */
int workspace_look_at(struct workspace_side *s, struct row **rows, size_t count, struct err *e);

/* The last look before what entry says (borrowed) is replaced or deleted in the workspace. whole: the
 * bytes that stand there with all that a look leaves out; zero: no more than the entry says. */
struct workspace_standing {
	struct entry *entry;
	struct oid whole;
};
struct workspace_last_look workspace_last_look_at(struct workspace_standing *standing);

/* What a look found: this object, with that content in file; or that nothing can be said about the
 * row, which is held. Either way it is there. */
void workspace_found(struct row *row, const struct workspace_object *o, const struct version *v,
		     const struct oid *raw, const char *file);
void workspace_hold(struct row *row, enum hold_reason reason, const struct err *why);

/* The absolute path of a notebook in the workspace. Owned by the caller. */
char *workspace_object_path(const struct workspace_side *s, const char *stem);

/* Makes the connection, if there is none. ERR_CONFIG: no profile, token or CA file. */
int workspace_connect(struct workspace_side *s, struct err *e);
void workspace_disconnect(struct workspace_side *s);
/* Says in the report how many changing requests were sent so far. */
void workspace_count_requests(const struct workspace_side *s);
