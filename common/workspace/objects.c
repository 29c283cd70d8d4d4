/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls on single objects, many at once where the callers have many: get-status, delete, mkdirs,
 * and who we are. Exporting is in export.c, importing in import.c, listing in list.c.
 */

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "workspace/call.h"
#include "workspace/error.h"
#include "workspace/object.h"

#define ME_ENDPOINT "/preview/scim/v2/Me"

/* Who asked for what, while a batch runs. */
struct asked {
	const char *const *paths;
	struct workspace_result *results;
};

/* An answer about another object says nothing about this one. */
static int check_path(const struct workspace *w, const char *path, const char *answered,
		      struct err *e)
{
	cleanup_free char *canonical = workspace_path_canonical(path);
	char asked[API_QUOTE_MAX], other[API_QUOTE_MAX];

	if (str_eq(canonical, answered))
		return ERR_OK;
	api_quote(asked, canonical, strlen(canonical));
	api_quote(other, answered, strlen(answered));
	return err_set(e, ERR_RETRY,
		       "workspace '%s' was asked to look at '%s' and answered about '%s'; '%s' is "
		       "held until a proper answer comes",
		       w->name, asked, other, asked);
}

static void take_stat(struct batch *b, size_t i)
{
	const struct asked *asked = b->payload;
	struct workspace_result *r = &asked->results[i];
	cleanup_json struct json *reply = NULL;

	r->code = batch_reply(b, i, asked->paths[i], &reply, &r->error);
	if (r->code)
		return;
	r->code = object_read(&r->object, reply, &r->error);
	if (r->code)
		err_wrap(&r->error, "workspace '%s' sent an unusable answer", b->w->name);
	else
		r->code = check_path(b->w, asked->paths[i], r->object.path, &r->error);
	if (r->code)
		workspace_object_release(&r->object);
}

int workspace_stat(struct workspace *w, const char *const *paths, size_t count,
		   struct workspace_result **out, struct err *e)
{
	struct asked asked = { paths, xcalloc(count, sizeof(*asked.results)) };
	struct batch b;
	int code;

	*out = NULL;
	batch_init(&b, w, CALL_LOOK, "look at", count);
	b.take = take_stat;
	b.payload = &asked;
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *canonical = workspace_path_canonical(paths[i]);
		cleanup_free char *escaped = http_escape(canonical, false);
		cleanup_free char *query = xasprintf("path=%s&return_export_info=true", escaped);

		batch_get(&b, i, "/workspace/get-status", query, CALL_REPLY_MAX);
	}
	code = batch_run(&b, e);
	if (code)
		workspace_results_free(asked.results, count);
	else
		*out = asked.results;
	batch_release(&b);
	return code;
}

struct command {
	const char *verb, *endpoint;
};

/* One POST about one path; body is consumed. look may be NULL. */
static int post_path(struct workspace *w, const struct command *command, const char *path,
		     struct json *body, const struct workspace_last_look *look, struct err *e)
{
	char object[API_QUOTE_MAX];
	struct batch b;
	int code;

	/* JSON would carry it with replacement characters: the path of another object. */
	if (!utf8_valid(path, strlen(path))) {
		json_free(body);
		api_quote(object, path, strlen(path));
		return err_set(e, ERR_INVALID, "cannot %s '%s': the path is not valid UTF-8",
			       command->verb, object);
	}
	batch_init(&b, w, CALL_CHANGE, command->verb, 1);
	batch_post(&b, 0, command->endpoint, body);
	if (look)
		batch_look_first(&b, 0, path, look);
	code = batch_run(&b, e);
	if (!code)
		code = batch_check(&b, 0, path, e);
	batch_release(&b);
	return code;
}

int workspace_delete(struct workspace *w, const char *path, const struct workspace_last_look *look,
		     struct err *e)
{
	static const struct command delete = { "delete", "/workspace/delete" };
	cleanup_free char *canonical = workspace_path_canonical(path);
	struct json *body;
	int code;

	if (str_eq(canonical, "/"))
		return err_set(e, ERR_BUG, "will not delete the root of workspace '%s'", w->name);
	body = json_object();
	json_add_str(body, "path", canonical);
	json_add_bool(body, "recursive", false);
	code = post_path(w, &delete, canonical, body, look, e);
	if (code != ERR_ABSENT)
		return code;
	*e = ERR_INIT;
	return ERR_OK;
}

int workspace_mkdirs(struct workspace *w, const char *path, struct err *e)
{
	static const struct command mkdirs = { "create folder", "/workspace/mkdirs" };
	cleanup_free char *canonical = workspace_path_canonical(path);
	struct json *body = json_object();

	json_add_str(body, "path", canonical);
	return post_path(w, &mkdirs, canonical, body, NULL, e);
}

int workspace_whoami(struct workspace *w, char **user, struct err *e)
{
	cleanup_json struct json *reply = NULL;
	char shown[API_QUOTE_MAX];
	const char *name = NULL;
	struct batch b;
	int code;

	*user = NULL;
	batch_init(&b, w, CALL_LOOK, "say who we are", 1);
	batch_get(&b, 0, ME_ENDPOINT, "attributes=userName", CALL_REPLY_MAX);
	code = batch_run(&b, e);
	if (!code)
		code = batch_reply(&b, 0, NULL, &reply, e);
	if (!code && json_need_str(reply, "userName", &name, e)) {
		e->code = code = ERR_RETRY;
		err_wrap(e, "workspace '%s' sent an unusable answer", w->name);
	}
	if (!code) {
		api_quote(shown, name, strlen(name));
		*user = xstrdup(shown);
	}
	batch_release(&b);
	return code;
}
