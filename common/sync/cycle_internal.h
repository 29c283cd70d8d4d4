/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of one cycle share: its state, and the three sides as a table of two functions.
 * Only the files that make up the cycle include this.
 */

#include "git/remote.h"
#include "http/http.h"
#include "policy/policy_file.h"
#include "sync/content.h"
#include "sync/cycle.h"
#include "sync/filter.h"
#include "sync/state.h"
#include "workspace/workspace.h"
#include <version.h> /* the project's, from the build directory */

#define CYCLE_USER_AGENT "nbsyncd/" NBSYNC_VERSION

/* The Git remote as last seen, and what we know about pushing to it. */
struct git_state {
	char *url; /* owned; canonical; NULL while there is no Git side or the URL is refused */
	struct secret token;
	struct http *http; /* owned; its own CA file */
	struct oid tip; /* of refs/remotes/origin/<branch>; zero when the branch does not exist */
	bool looked;    /* tip was read into the table */
	/* The tip upon which our branch has nothing that somebody took back; see git_draft.c. */
	struct oid clean_tip;
	int64_t fetched_ms;   /* 0: fetch at the next look */
	int rejections;       /* pushes in a row that came too late */
	int64_t pushes_ms[6]; /* when the last pushes happened: at most six a minute */
	/* Uncommitted changes: when the first and the last of them were agreed. 0: none. */
	int64_t waiting_since_ms, changed_ms;
};

struct cycle {
	const struct config *config;
	const struct config_mapping *mapping;
	struct cycle_options options;

	struct hub *hub;
	int lock;
	struct table table;
	struct table plain; /* files that are no notebooks, by name: only stat (local), raw (git) */
	struct table conflicts; /* conflict copies on the local side, by file name */
	/* What stands in the workspace and is not ours, by path: folders, and with the reason
	 * HOLD_KIND everything else, such as notebooks that are not managed. Nothing can be written
	 * there, and a folder with something in it cannot make room. */
	struct table occupied;
	struct state state;
	struct content content;
	struct filter filter;
	struct policy_set policy;

	int root;          /* local root; -1 when not open */
	bool litter;       /* below it may stand what a process did not get around to clear away */
	struct http *http; /* workspace requests */
	struct workspace *workspace;
	char *workspace_root; /* canonical */
	bool root_told;       /* its identity was told, and is the recorded one */
	bool keeps_ids; /* an object keeps its id there when it is overwritten: seen to be so */
	struct git_state git;
	bool cache_dirty;
	unsigned unsettled_runs; /* how many cycles in a row, before this one, ended unsettled */
	uint64_t packed_at; /* one more than hub_writes() when nothing was left to pack; 0: never */
	int64_t cut_at_s;   /* when chains were last looked at; 0: not known yet */
	bool waste;         /* chains were cut, what they held is still in the hub */

	/* of the cycle in progress */
	struct report *report;
	struct err side_error[SIDE_COUNT]; /* why a side is held as a whole; code 0: it is not */
	const char *confirm;               /* the token of the plan that a human has said yes to */
	bool root_confirmed[SIDE_COUNT];   /* … which was that the side lost everything */
	char *root_known[SIDE_COUNT]; /* owned; the root's identity as recorded; NULL: not read */
	/* The ignore files changed since this side was looked at in full, or it seems to have lost
	 * something: hints are not enough. */
	bool relook[SIDE_COUNT];
	/* Deletions that came shortly before, a few in each cycle; of all of them together a human
	 * may have to hear. */
	struct recent_deletions {
		size_t count;
		int64_t last_ms;
	} recent[SIDE_COUNT];
	bool looked_once;
	bool unsettled; /* somebody moved meanwhile: a next cycle would do more */
};

/* The sides of a mapping. A look brings the side's entries up to date (hints NULL: all of them) and
 * returns non-zero only when nothing can be said about the side. local_apply() and workspace_apply()
 * carry out todo.action of a slice of rows; each row's success moves its base, failures are reported
 * and stay dirty. */
struct cycle_hints {
	const char *const *paths;
	size_t count;
};
int local_look(struct cycle *c, const struct cycle_hints *hints, struct err *e);
int workspace_look(struct cycle *c, const struct cycle_hints *hints, struct err *e);
int git_look(struct cycle *c, const struct cycle_hints *hints, struct err *e);
int local_apply(struct cycle *c, struct row **rows, size_t count, struct err *e);
int workspace_apply(struct cycle *c, struct row **rows, size_t count, struct err *e);

/* What a look of the workspace found: this object, with that content in file; or that nothing can be
 * said about the row, which is held. Either way it is there. */
void workspace_found(struct cycle *c, struct row *row, const struct workspace_object *o,
		     const struct version *v, const struct oid *raw, const char *file);
void workspace_hold(struct row *row, enum hold_reason reason, const struct err *why);
/* Stats the objects of these rows and takes what changed. What is not there any more is left as it
 * was, and the next look lists everything: a question about one path alone is no evidence of a
 * deletion. */
int workspace_look_at(struct cycle *c, struct row **rows, size_t count, struct err *e);
/* The last look before what entry says (borrowed) is replaced or deleted in the workspace. whole: the
 * bytes that stand there with all that a look leaves out; zero: no more than the entry says. */
struct workspace_standing {
	struct entry *entry;
	struct oid whole;
};
struct workspace_last_look workspace_last_look_at(struct workspace_standing *standing);
/* The absolute path of a notebook in the workspace. Owned by the caller. */
char *workspace_object_path(const struct cycle *c, const char *stem);

/* The Git side acts once per cycle, after the others: commits what is agreed, pushes what is
 * committed, or says when that will be due. */
int git_publish(struct cycle *c, const struct cycle_request *request, struct err *e);
/* Asks the policy; ERR_DENIED with its sentence. */
int git_side_allowed(struct cycle *c, enum policy_op op, struct err *e);
/* What fetch and push need to know. The token is read again each time: files are rotated. */
int git_side_remote(struct cycle *c, struct remote *out, struct err *e);
/* The branch went from one tree to another by a push of ours: what differs is what the Git side holds,
 * and was agreed when it was committed, so that its bases move there too. */
int git_side_hear(struct cycle *c, const struct oid *old_tree, const struct oid *new_tree,
		  struct err *e);
/* The reference of our branch. Owned by the caller. */
char *git_side_head(const struct cycle *c);
/* The name of a file of the mapping in the repository: below git_path. Owned by the caller. */
char *git_side_path(const struct cycle *c, const char *file);
void git_side_close(struct cycle *c);

/* The connection to the workspace, made when it is first needed and again after a failure, because
 * what failed may have been the token file. */
int cycle_open_workspace(struct cycle *c, struct err *e);

/* Writes a clash's other version beside the path, once. */
int conflict_keep(struct cycle *c, struct row *row, struct err *e);
/* Whether file (local name, or a name in the workspace) is such a copy; of which notebook (owned by
 * the caller) and which side's version. Both may be NULL. */
bool conflict_copy_of(const struct cycle *c, const char *file, char **original, enum side_id *side);
/* What a copy's name says of the notebook, which may have been cut (see names_conflict()), as the
 * path of the row it means; unchanged when there is none. Takes and gives ownership. */
char *conflict_whole(const struct cycle *c, char *path);
/* A row of c->conflicts: its content now, in the hub, and the name (owned) that says its format. */
int conflict_read(struct cycle *c, struct row *copy, struct oid *raw, char **file, struct err *e);
/* Removes a copy, after its content is recorded. */
int conflict_remove(struct cycle *c, struct row *copy, struct err *e);

/* Whether file, content_file() of the row, can be made on a side; ERR_INVALID with a sentence. */
int name_check(const struct cycle *c, const struct row *row, enum side_id side, const char *file,
	       struct err *e);

/*
 * Guards. A plan that needs a human is described by a text; its token, the first digits of the text's
 * hash, is what the human confirms. Whether this plan was confirmed; if not, the report says that it
 * waits. Several plans may wait at once: who asks for a confirmation names the token of its own.
 */
#define CYCLE_TOKEN_SIZE 9
bool cycle_confirmed(struct cycle *c, const struct buf *plan, char token[static CYCLE_TOKEN_SIZE]);
/* Takes back what must not happen of what is planned. */
void cycle_guard(struct cycle *c);
/*
 * A side was looked at in full: it shows notebooks or not, and identity is what tells its
 * root from another one's (root.h). ERR_CONFIG: a root that lost everything, or that is
 * another one and does not hold what this side held when it last agreed; ERR_RETRY: one that does not
 * tell which it is, and lacks something. All until it is as before, or confirmed.
 */
int root_check_empty(struct cycle *c, enum side_id side, bool shows_some, const char *name,
		     struct err *e);
int root_check_identity(struct cycle *c, enum side_id side, const char *identity, const char *name,
			struct err *e);
/* Room for the state and what else a cycle writes; ERR_RETRY when there is too little. */
int cycle_check_space(struct cycle *c, struct err *e);

/* What a human wants in the place of the agreed version: finds it (before thinking), and afterwards
 * says in the report what became of it. */
int adopt_prepare(struct cycle *c, const struct cycle_adopt *adopt, struct err *e);
void adopt_finish(struct cycle *c, const struct cycle_adopt *adopt);

/* Acts on what is planned for the local and the workspace side, in slices. */
int cycle_act(struct cycle *c, struct err *e);

/* Think and guard: fills todo of every dirty row and moves the agreed state. */
int cycle_think(struct cycle *c, struct err *e);

/* At the end of a full cycle without other work: keeps the hub small. What fails is only noted. */
void cycle_maintain(struct cycle *c, const struct cycle_request *request);

/* What the sides looked like, so that a restart need not read unchanged notebooks again. Both are
 * about speed only: a cache that is missing, torn or of other settings is ignored. */
void cache_load(struct cycle *c);
void cache_save(struct cycle *c);

/* How many managed notebooks a side held when it last agreed: what a root that shows none of them
 * is measured against. */
size_t cycle_known(const struct cycle *c, enum side_id side);
/* How many managed notebooks, held ones included, it has as last looked at. */
size_t cycle_holds(const struct cycle *c, enum side_id side);

int64_t cycle_now_ms(void); /* monotonic */
bool cycle_cancelled(const struct cycle *c);
void cycle_progress(const struct cycle *c, const char *phase, size_t done, size_t total);

/* The row's side now holds the agreed version as it was given (whose bytes are put into the hub). */
int cycle_written(struct cycle *c, struct row *row, enum side_id side,
		  const struct content_given *given, struct err *e);
/* The same in file, with bytes that are in the hub already; v is what the side holds with them. */
void cycle_placed(struct cycle *c, struct row *row, enum side_id side, const char *file,
		  const struct oid *raw, const struct version *v);
/* The row's side no longer holds anything, as agreed. */
void cycle_deleted(struct cycle *c, struct row *row, enum side_id side);
/* Acting on one path failed: reported as held for now, tried again next time. ERR_CONFLICT means
 * somebody was faster: look again; it is reported only when that does not help. */
void cycle_refused(struct cycle *c, struct row *row, enum side_id side, const struct err *why);
