/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside of workspace/: the client object, and batches of API calls of one kind. A batch adds to
 * http what every call needs: the token (re-read once when it is refused), the rate limits, the
 * retries, and an end to it all when going on makes no sense.
 *
 *   batch_init(&b, w, CALL_LOOK, "list", n);
 *   for (...) batch_get(&b, i, url, max);
 *   code = batch_run(&b, e);                       whether anything worked
 *   for (...) batch_check(&b, i, path, &error);    whether this call did
 *   batch_release(&b);
 */

#include "format/json.h"
#include "workspace/error.h"
#include "workspace/rate.h"
#include "workspace/workspace.h"

#define CALL_API       "/api/2.0"
#define CALL_REPLY_MAX (1024u * 1024) /* bytes of a reply about one object */

struct workspace {
	struct http *http; /* borrowed */
	char *name;
	char *origin;     /* "https://host" */
	char *token_file; /* NULL: the token came from a profile */
	struct secret token;
	unsigned token_number; /* counts the tokens we have had */
	struct rate_window changes;
	struct rate_window exports;
	int64_t quiet_ms; /* nothing is sent before this time: the server asked for it */
	uint64_t changes_sent;
	bool sends_all_outputs; /* it refuses to be asked for none */
};

enum call_kind {
	CALL_LOOK,   /* list, get-status: no published limit */
	CALL_EXPORT, /* 60 a second */
	CALL_CHANGE, /* import, and whatever else changes something: 30 a second */
};

/* What belongs to one request; all owned. */
struct call {
	char *url;
	char *body;
	/* The URL of the export without outputs=NONE, where the call or its look has that; else
	 * NULL. */
	char *plain_url;
	bool plain; /* outputs=NONE was refused */
	/* An answer that is larger than response_max is asked for once more, with this limit, and
	 * while no other of the kind is on its way: of the largest, only one is in memory. 0: it is
	 * refused. */
	size_t most;
	bool alone; /* it was larger */
	/* Must not be sent again if it may have arrived. (libcurl still does when a kept connection
	 * ends without a byte; the answer is "already exists" then, which means to look again, too.) */
	bool once;
	bool taken;            /* by batch.take */
	int64_t first_ms;      /* the first attempt, if there was one */
	unsigned token_number; /* of the last attempt */
	/* The last look ahead of it, see batch_look_first(); NULL: none. Borrowed. */
	const struct workspace_last_look *look;
	char *looked_at; /* the path */
	char *look_url;
	struct err refusal; /* why it was not sent after that; code ERR_OK: no reason */
};

struct batch {
	struct workspace *w;
	enum call_kind kind;
	const char *verb; /* infinitive, for sentences */
	size_t count;
	/* Called once for each call as soon as its answer is final (for what was not sent: at the
	 * end of batch_run()), and then the answer's memory is given back. NULL: answers stay until
	 * batch_release(). */
	void (*take)(struct batch *b, size_t i);
	void *payload; /* the caller's own */
	/* Once the answers of this many bytes are there, no call is sent for the first time: see
	 * batch_is_later(). 0: no limit. */
	size_t room;
	struct http_request *requests; /* owned */
	struct http_request *looks;    /* owned; parallel; see batch_look_first(); NULL: none */
	struct call *calls;            /* owned */
	/* Private to batch_run(). */
	bool *lane_ended;         /* owned; by lane: an object was missing, the rest would be too */
	bool token_reread;        /* once in a batch */
	size_t arrived;           /* bytes of answers that count against room */
	const struct call *alone; /* the one such call on its way */
	bool full;                /* room is used up */
	size_t settled;           /* calls that ended with an answer of their own */
	struct err stop;          /* code not ERR_OK: nothing more is sent */
	struct rate_window *limit; /* NULL: none */
};

void batch_init(struct batch *b, struct workspace *w, enum call_kind kind, const char *verb,
		size_t count);
void batch_release(struct batch *b);

/* Lanes (see http.h) of this batch end at their first missing object; lane numbers below lanes. */
void batch_end_lanes(struct batch *b, unsigned lanes);

/* Sets request i: a GET of endpoint ("/workspace/list") with an encoded query ("path=%2F"), or a
 * POST of a JSON object, which is consumed. */
void batch_get(struct batch *b, size_t i, const char *endpoint, const char *query,
	       size_t response_max);
void batch_post(struct batch *b, size_t i, const char *endpoint, struct json *body);

/*
 * Looks at object (copied) right before each attempt of request i, which is set already, and sends it
 * only if look says so; else it ends as ERR_CONFLICT. The rate limit is waited for before the look, so
 * that nothing stands between its answer and the request but, in a lane, the answer to the one before.
 * The object must not be one that the request before in the lane changes.
 */
void batch_look_first(struct batch *b, size_t i, const char *object,
		      const struct workspace_last_look *look);
/* Private to batch_run(): the call that a request belongs to, and whether it is the look ahead of it;
 * and what was asked by it. */
size_t batch_call_of(const struct batch *b, const struct http_request *r, bool *is_look);
enum api_answer batch_asked(const struct batch *b, const struct http_request *r);
/* Private to batch_run(): the look of call i was answered; may the call be sent? Else *why. */
bool last_look_allows(const struct batch *b, size_t i, struct err *why);

/* Sets request i: an export of path in that form. */
void batch_get_export(struct batch *b, size_t i, const char *path, enum workspace_form form);

/* The URL of an export of path; *plain as in struct call. Both owned by the caller. */
char *export_url(const struct batch *b, const char *path, enum workspace_form form, char **plain);
size_t export_max(enum workspace_form form);

/* "https://host/api/2.0<endpoint>", owned by the caller. */
char *batch_url(const struct batch *b, const char *endpoint);

/*
 * Sends everything. ERR_OK when at least one call was answered, or all were kept back by a lane; then
 * each call has to be checked. ERR_CONFIG: the token is refused. ERR_CANCELLED. Otherwise the reason
 * why no call at all got through.
 */
int batch_run(struct batch *b, struct err *e);

/* Whether call i worked; path names its object in the sentence (NULL: none). */
int batch_check(const struct batch *b, size_t i, const char *path, struct err *e);

/* Whether call i, which creates something, failed because the folder for it is missing. */
bool batch_lacks_parent(const struct batch *b, size_t i);

/* As batch_check(), and the reply, which must be a JSON object. */
int batch_reply(const struct batch *b, size_t i, const char *path, struct json **out,
		struct err *e);

/* Whether a request of the batch worked, and its reply; verb as above. */
int request_check(const struct batch *b, const struct http_request *r, const char *verb,
		  const char *path, struct err *e);
int request_reply(const struct batch *b, const struct http_request *r, struct json **out,
		  struct err *e);
/* Whether call i was not sent because the answers of others fill the room. */
bool batch_is_later(const struct batch *b, size_t i);

/* Whether call i was kept back because its lane had ended. */
bool batch_was_kept_back(const struct batch *b, size_t i);
