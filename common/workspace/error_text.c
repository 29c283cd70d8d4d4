/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sentence for an error of the API: what failed, what the server said, and what to do about it.
 * Decides nothing about what the error means (error.c).
 */

#include "workspace/error.h"

#include <stdio.h>
#include <string.h>

#include "path/path.h"

/* What has to be said before anything else, and what to do about it. */
struct opening {
	const char *what;
	const char *advice; /* NULL: none */
};

static bool opening_for(struct opening *o, const struct api_error *a)
{
	if (a->full || a->too_large)
		return false;
	if (a->status == 429)
		*o = (struct opening){ "asks to slow down", NULL };
	else if (a->status >= 500)
		*o = (struct opening){ "has a problem of its own", NULL };
	else if (a->status == 403 && strstr(a->message, "scope"))
		*o = (struct opening){ "accepts the token, but not for this",
				       "the token needs the scope of the workspace API" };
	else if (a->location[0] || (a->web_page && a->status != 403))
		*o = (struct opening){ "is no Databricks API at this address", "check its host" };
	else if (str_eq(a->code, "ENDPOINT_NOT_FOUND"))
		*o = (struct opening){ "does not know this function", "check its host" };
	else if (str_eq(a->code, "FEATURE_DISABLED"))
		*o = (struct opening){ "has this function switched off", "ask its administrator" };
	else if (a->status == 404 && a->err != ERR_ABSENT)
		*o = (struct opening){ "does not say what is missing", "check its host" };
	else
		return false;
	return true;
}

static void say_object(struct buf *s, const struct api_error *a, const char *workspace,
		       const char *verb, const char *object)
{
	if (a->err == ERR_ABSENT)
		buf_addf(s, "'%s' does not exist in workspace '%s'", object, workspace);
	else if (a->too_large)
		buf_addf(s, "'%s' is too large for workspace '%s'%s", object, workspace,
			 a->asked == API_CONTENT ? " to export" : "");
	else if (a->wrong_type)
		buf_addf(s, "'%s' is of another type in workspace '%s'", object, workspace);
	else if (a->exists)
		buf_addf(s, "'%s' already exists in workspace '%s'", object, workspace);
	else if (a->status == 403)
		buf_addf(s, "no permission to %s '%s' in workspace '%s'", verb, object, workspace);
	else
		buf_addf(s, "workspace '%s' refuses to %s '%s'", workspace, verb, object);
}

/* The folder that has no room is the one that path is in. */
static void say_full(struct buf *s, struct opening *o, const char *workspace, const char *path)
{
	cleanup_free char *folder = path_dir(path);
	char shown[API_QUOTE_MAX];

	api_quote(shown, folder[0] ? folder : "/", folder[0] ? strlen(folder) : 1);
	buf_addf(s, "the folder '%s' of workspace '%s' is full", shown, workspace);
	o->advice = "move notebooks out of it, or delete some";
}

/* ": MESSAGE (404 ENDPOINT_NOT_FOUND)" */
static void say_evidence(struct buf *s, const struct api_error *a)
{
	if (a->location[0])
		buf_addf(s, ": it redirects to '%s'", a->location);
	else if (a->message[0])
		buf_addf(s, ": %s", a->message);
	buf_addf(s, " (%ld%s%s)", a->status, a->code[0] ? " " : "", a->code);
}

/* What was asked, what came instead, and what follows. */
static int say_odd(const struct api_error *a, const char *workspace, const char *verb,
		   const char *path, struct err *e)
{
	cleanup_buf struct buf s = BUF_INIT(ERR_TEXT_MAX);
	char object[API_QUOTE_MAX];

	api_quote(object, path ? path : "", path ? strlen(path) : 0);
	buf_addf(&s, "workspace '%s' was asked to %s", workspace, verb);
	if (path)
		buf_addf(&s, " '%s'", object);
	buf_addf(&s, " and %s", a->odd);
	say_evidence(&s, a);
	if (a->asked == API_CHANGE)
		buf_addf(&s, "; whether it was done will be looked at");
	else if (path)
		buf_addf(&s, "; '%s' is held until a proper answer comes", object);
	return err_set(e, a->err, "%s", buf_str(&s));
}

int api_error_set(const struct api_error *a, const char *workspace, const char *verb,
		  const char *path, struct err *e)
{
	cleanup_buf struct buf s = BUF_INIT(ERR_TEXT_MAX);
	struct opening o = { 0 };
	char object[API_QUOTE_MAX];

	if (a->odd)
		return say_odd(a, workspace, verb, path, e);
	api_quote(object, path ? path : "", path ? strlen(path) : 0);
	if (path && a->full)
		say_full(&s, &o, workspace, path);
	else if (path && a->timed_out && a->asked == API_CONTENT)
		buf_addf(&s, "workspace '%s' did not %s '%s' in time", workspace, verb, object);
	else if (opening_for(&o, a))
		buf_addf(&s, "workspace '%s' %s", workspace, o.what);
	else if (path)
		say_object(&s, a, workspace, verb, object);
	else
		buf_addf(&s, "workspace '%s' refuses to %s", workspace, verb);
	say_evidence(&s, a);
	if (o.advice)
		buf_addf(&s, "; %s", o.advice);
	return err_set(e, a->err, "%s", buf_str(&s));
}
