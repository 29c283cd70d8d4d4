/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user. No limits, knobs or faults apply here, and nothing is logged: to a client it simply
 * happens.
 */

#include "tests/emulator/browser.h"

#include <string.h>

#include "tests/emulator/codec.h"
#include "tests/emulator/content.h"
#include "tests/emulator/emulator.h"
#include "tests/emulator/wspath.h"

static int need_path(struct wspath *out, const struct json *v, const char *key, struct err *e)
{
	const char *raw;
	int code = json_need_str(v, key, &raw, e);

	if (code == ERR_OK)
		code = wspath_parse(out, raw, e);
	if (code == ERR_OK && str_eq(out->path, "/"))
		code = err_set(e, ERR_INVALID, "'/' cannot be changed");
	return code;
}

static int need_content(struct buf *out, const struct json *v, struct err *e)
{
	const char *base64 = json_str(v, "content_base64"), *text = json_str(v, "content");

	if (!base64 && !text)
		return err_set(e, ERR_INVALID, "neither 'content' nor 'content_base64' is given");
	if (base64 ? !codec_unbase64(out, base64) : !buf_add_str(out, text))
		return err_set(e, ERR_INVALID, "the content is not base64 or too large");
	return ERR_OK;
}

static int need_format(struct content_source *out, const struct json *v, struct err *e)
{
	static const char *const names[] = {
		[CONTENT_AUTO] = "AUTO",
		[CONTENT_SOURCE] = "SOURCE",
		[CONTENT_JUPYTER] = "JUPYTER",
		[CONTENT_RAW] = "RAW",
	};
	const char *format = json_str(v, "format"), *language = json_str(v, "language");

	if (language && !notebook_language_parse(language, &out->language))
		return err_set(e, ERR_INVALID, "there is no language '%s'", language);
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (str_eq(names[i], format ? format : "SOURCE")) {
			out->format = (enum content_format)i;
			return ERR_OK;
		}
	return err_set(e, ERR_INVALID, "there is no format '%s'", format);
}

/* Brings what the user typed into the format in which the notebook is stored; fresh, when it is the
 * same already, or when there was no notebook. */
static int keep_format(struct content *c, struct emulator *em, const struct node *old,
		       struct err *e)
{
	struct buf before = BUF_INIT(STORE_CONTENT_MAX), after = BUF_INIT(STORE_CONTENT_MAX);
	int code;

	if (c->object.type != NODE_NOTEBOOK || old->type != NODE_NOTEBOOK ||
	    c->object.format == old->format)
		return ERR_OK;
	code = store_read(em->store, old, &before, e);
	if (code == ERR_OK)
		code = content_edit(&after, old, &before, c->object.data, c->object.len,
				    c->object.format, e);
	buf_release(&before);
	if (code != ERR_OK) {
		buf_release(&after);
		return code;
	}
	buf_release(&c->bytes);
	c->bytes = after;
	c->object.data = buf_str(&c->bytes);
	c->object.len = c->bytes.len;
	c->object.format = old->format;
	return ERR_OK;
}

static int save(struct emulator *em, const char *path, const struct content_source *in,
		struct node **out, struct err *e)
{
	cleanup_free char *parent = wspath_parent(path);
	cleanup_content struct content c = { 0 };
	struct node *dir, *old;
	int code = content_make(&c, in, &em->knobs, &em->rng, e);

	if (code == ERR_OK)
		code = store_mkdirs(em->store, parent, &dir, e);
	if (code != ERR_OK)
		return code;
	old = store_child(em->store, dir, c.name, strlen(c.name));
	if (old && old->type == NODE_DIRECTORY)
		return err_set(e, ERR_CONFLICT, "'%s' is a directory", path);
	if (old)
		code = keep_format(&c, em, old, e);
	return code == ERR_OK ? store_put(em->store, dir, c.name, &c.object, out, e) : code;
}

int browser_edit(struct emulator *em, const struct json *v, struct node **out, struct err *e)
{
	cleanup_wspath struct wspath path = { 0 };
	struct buf text = BUF_INIT(STORE_CONTENT_MAX);
	struct content_source in = { .format = CONTENT_SOURCE };
	struct node *old;
	int code = need_path(&path, v, "path", e);

	if (code != ERR_OK)
		return code;
	old = store_find(em->store, path.path);
	if (old)
		in.language = old->language;
	code = need_format(&in, v, e);
	if (code == ERR_OK)
		code = need_content(&text, v, e);
	in.name = wspath_name(path.path);
	in.data = buf_str(&text);
	in.len = text.len;
	if (code == ERR_OK)
		code = save(em, path.path, &in, out, e);
	buf_release(&text);
	return code;
}

int browser_delete(struct emulator *em, const struct json *v, struct err *e)
{
	cleanup_wspath struct wspath path = { 0 };
	int code = need_path(&path, v, "path", e);
	struct node *n;

	if (code != ERR_OK)
		return code;
	n = store_find(em->store, path.path);
	if (!n)
		return err_set(e, ERR_ABSENT, "'%s' does not exist", path.path);
	return store_remove(em->store, n, e);
}

int browser_rename(struct emulator *em, const struct json *v, struct err *e)
{
	cleanup_wspath struct wspath from = { 0 };
	cleanup_wspath struct wspath to = { 0 };
	cleanup_free char *parent = NULL;
	struct node *n, *dir;
	int code = need_path(&from, v, "from", e);

	if (code == ERR_OK)
		code = need_path(&to, v, "to", e);
	if (code != ERR_OK)
		return code;
	n = store_find(em->store, from.path);
	if (!n)
		return err_set(e, ERR_ABSENT, "'%s' does not exist", from.path);
	if (store_find(em->store, to.path) || wspath_within(to.path, from.path))
		return err_set(e, ERR_CONFLICT, "'%s' is in the way", to.path);
	parent = wspath_parent(to.path);
	code = store_mkdirs(em->store, parent, &dir, e);
	return code == ERR_OK ? store_rename(em->store, n, dir, wspath_name(to.path), e) : code;
}

int browser_act(struct emulator *em, const struct json *v, struct err *e)
{
	if (json_get(v, "edit"))
		return browser_edit(em, json_get(v, "edit"), NULL, e);
	if (json_get(v, "delete"))
		return browser_delete(em, json_get(v, "delete"), e);
	if (json_get(v, "rename"))
		return browser_rename(em, json_get(v, "rename"), e);
	return err_set(e, ERR_INVALID, "the user does none of edit, delete, rename");
}
