/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Databricks Workspace API 2.0, as functions with good names. Blocking; many objects at once
 * where the API has only one per request. Retries, rate limits and error bodies are dealt with here:
 * callers see ERR_ABSENT only for RESOURCE_DOES_NOT_EXIST, never for any other 404.
 */

#include "base/buf.h"
#include "base/err.h"
#include "http/http.h"
#include "notebook/notebook.h"
#include "secret/secret.h"

#define WORKSPACE_OBJECTS_MAX 100000               /* entries of one recursive listing */
#define WORKSPACE_SOURCE_MAX  (10u * 1024 * 1024)  /* bytes of a source notebook */
#define WORKSPACE_IPYNB_MAX   (100u * 1024 * 1024) /* bytes of an .ipynb notebook */
#define WORKSPACE_FILE_MAX    (500u * 1024 * 1024) /* bytes of a file that is no notebook */

/* Bytes of contents after which one workspace_export() asks for no more: two of the largest notebooks
 * in source. With what is in flight then, http/http.h bounds the whole. */
#define WORKSPACE_EXPORT_BYTES (16u * 1024 * 1024)

/* How to reach and authenticate; filled from configuration by the caller, see profile.h for
 * profiles. Everything is copied. */
struct workspace_settings {
	const char *name;       /* as configured, for messages: "workspace 'dev'" */
	const char *host;       /* https://…, or http:// on loopback (the emulator) */
	const char *ca_file;    /* for whoever makes the struct http; not looked at here */
	const char *token_file; /* re-read when the server says 401 */
	const char *token;      /* from a profile; NULL when token_file is used */
	/* Requests a second; 0: what Databricks publishes for a workspace, less some room for others.
	 * Above RATE_WINDOW_MAX (rate.h): no limit, for an emulator. */
	unsigned imports_per_s;
	unsigned exports_per_s;
};

struct workspace;

/* h is borrowed and must outlive it. Makes no request. ERR_CONFIG when no token can be read. */
int workspace_new(struct workspace **out, struct http *h, const struct workspace_settings *settings,
		  struct err *e);
void workspace_free(struct workspace *w);

enum workspace_type {
	WORKSPACE_NOTEBOOK,
	WORKSPACE_DIRECTORY,
	WORKSPACE_FILE,
	WORKSPACE_REPO,
	WORKSPACE_OTHER, /* library, dashboard, or a type this version does not know */
};

/* What the object is kept as there, which is how it should be looked at and written. */
enum workspace_format {
	WORKSPACE_FORMAT_UNKNOWN, /* no notebook, or the server does not say */
	WORKSPACE_FORMAT_SOURCE,
	WORKSPACE_FORMAT_JUPYTER,
};

/* Where the server does not say, a notebook is looked at as source, which every one can be. */
static inline enum notebook_format workspace_notebook_format(enum workspace_format format)
{
	return format == WORKSPACE_FORMAT_JUPYTER ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
}

struct workspace_object {
	char *path; /* owned; absolute, without the /Workspace alias */
	enum workspace_type type;
	enum notebook_language language; /* notebooks */
	bool has_language;
	/* repos_export_format, which both get-status and list are asked for (return_export_info, which
	 * is undocumented); only get-status is known to answer. */
	enum workspace_format format;
	char id[24];         /* object_id as text; "" when missing */
	int64_t modified_ms; /* 0 when missing */
	int64_t size;        /* -1 when missing */
};
void workspace_object_release(struct workspace_object *o);

/* An entry that a listing names but that cannot be used: broken, or there twice as different things.
 * It is neither among the items nor absent: its path has to be held. */
struct workspace_held {
	char *path; /* owned; absolute and canonical, for looking up: it may not travel as a name */
	char *why;  /* owned; the sentence, which names the path as it may be shown */
};

struct workspace_listing {
	struct workspace_object *items; /* owned; sorted by path, each path once */
	size_t count;
	struct workspace_held *held; /* owned; sorted by path, each path once; no path of items */
	size_t held_count;
};
void workspace_listing_release(struct workspace_listing *l);

/*
 * Lists everything below dir (directories and Git folders included), several directories at once.
 * A directory that vanishes meanwhile is left out.
 *
 * problem reports a folder (dir itself is one, too) whose answer was not the whole of it: that it
 * could not be listed, that the API calls it "not found" while its parent still names it (it may not
 * be read), or that an entry of it cannot be told from any other. What the listing shows below it is
 * there; what it does not show below it is unknown, not absent. problem NULL: the first such folder
 * fails the whole listing.
 *
 * ERR_ABSENT: dir itself does not exist. Any other failure of dir itself: that error; ERR_CONFIG
 * when it is no folder.
 */
typedef void (*workspace_problem_fn)(void *payload, const char *path, const struct err *why);
int workspace_list(struct workspace *w, const char *dir, struct workspace_listing *out,
		   workspace_problem_fn problem, void *payload, struct err *e);

/* One result per path of the calls on many objects. */
struct workspace_result {
	int code;   /* ERR_OK or why not */
	bool later; /* export: not asked for, because the others fill the memory: ask again */
	struct err error;
	struct workspace_object
		object;     /* stat; of an import only the id, when the server says it */
	struct buf content; /* export */
};
void workspace_results_free(struct workspace_result *results, size_t count);

/* Each returns ERR_OK when all results are in (each with its own code); another code only when
 * nothing can work at all: cancelled, credentials refused (ERR_CONFIG), or no request got an answer
 * (unreachable, too busy: ERR_RETRY). *out is an array of count results, the caller frees it with
 * workspace_results_free(). Any count, but contents of more than WORKSPACE_EXPORT_BYTES are not held at
 * once: what was not exported for that reason is marked as later; at least one is not. Of a notebook
 * that does not come: too large for the server or for us is ERR_INVALID, out of time ERR_RETRY. */
int workspace_stat(struct workspace *w, const char *const *paths, size_t count,
		   struct workspace_result **out, struct err *e);

/*
 * In what form a notebook is exported. A file comes as its bytes with WORKSPACE_AS_SOURCE only.
 * WORKSPACE_AS_JUPYTER asks for no outputs (outputs=NONE, which only some servers know): one may
 * send them all the same, and one that answers 400 is asked once more without it; after such an
 * answer this client leaves it out.
 */
enum workspace_form {
	WORKSPACE_AS_SOURCE,  /* at most WORKSPACE_SOURCE_MAX bytes */
	WORKSPACE_AS_JUPYTER, /* at most WORKSPACE_IPYNB_MAX bytes */
	WORKSPACE_AS_WHOLE,   /* Jupyter with its outputs; the same */
};

struct workspace_wanted {
	const char *path;
	enum workspace_form form;
};
int workspace_export(struct workspace *w, const struct workspace_wanted *items, size_t count,
		     struct workspace_result **out, struct err *e);

/* The content of files that are no notebooks, each into a file of the caller's; result.object.size is
 * what arrived. ERR_RETRY when that is not the size that was expected. */
struct workspace_download {
	const char *path;
	int64_t size; /* as listed; -1: not known */
	const int *file;
};
int workspace_download(struct workspace *w, const struct workspace_download *items, size_t count,
		       struct workspace_result **out, struct err *e);

/*
 * What a change may replace or delete: whether that is still what stands there is asked right
 * before each attempt, with what the workspace says of it then. content: by an export in that form,
 * for an object whose time the workspace does not tell; object is NULL then, otherwise content is.
 * Where still() says no, or nothing stands there any more, nothing is sent: ERR_CONFLICT. What is
 * saved while the question and the change are on their way, one round trip, is not seen; nor, in a
 * directory, during the server's work on the change before, while the question is already asked
 * (http_request.ahead).
 */
struct workspace_last_look {
	bool content;
	enum workspace_form form; /* of content */
	bool (*still)(void *payload, const struct workspace_object *object,
		      const struct buf *content);
	void *payload;
};

struct workspace_import {
	const char *path; /* with the file name extension; AUTO decides by it and strips it */
	const void *data;
	size_t len;
	bool overwrite;
	const int *file; /* instead of data: the descriptor that holds the len bytes; or NULL */
	/* Of what is overwritten: where it stands (path without the extension that AUTO strips),
	 * and the last look at it; or NULL. */
	const char *object;
	const struct workspace_last_look *look;
};
/* Imports by multipart with format AUTO. Requests for one directory go one after the other.
 * A missing parent is created and the import sent once more. ERR_CONFLICT: exists already (when
 * overwrite is false), is of another type, or the last look says no; too large: ERR_INVALID. */
int workspace_import(struct workspace *w, const struct workspace_import *items, size_t count,
		     struct workspace_result **out, struct err *e);

/* Not recursive; a folder that is not empty: ERR_CONFLICT. Already gone: success, but ERR_CONFLICT
 * for a last look. look NULL: for a folder, which the API deletes only while it is empty. */
int workspace_delete(struct workspace *w, const char *path, const struct workspace_last_look *look,
		     struct err *e);
int workspace_mkdirs(struct workspace *w, const char *path, struct err *e);

/* Who the token belongs to (SCIM Me), e.g. for doctor: as a sentence may show it, escaped and at most
 * 200 bytes; owned by the caller. */
int workspace_whoami(struct workspace *w, char **user, struct err *e);

/* Where requests go: "https://adb-1.2.azuredatabricks.net"; borrowed. */
const char *workspace_host(const struct workspace *w);

/* Number of requests sent that may change something (import, delete, mkdirs) since workspace_new. */
uint64_t workspace_changes_sent(const struct workspace *w);

/* "/Workspace/Users/a" and "//Users/a/" -> "/Users/a"; "" -> "/". Owned by the caller. All functions
 * above take paths in any of these spellings. */
char *workspace_path_canonical(const char *path);
