/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /__emulator/: how tests look in and reach around the API. Described in README.md; errors come in
 * the same shape as Databricks'. Here a clash of objects is 409, everything else as usual.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/emulator/browser.h"
#include "tests/emulator/codec.h"
#include "tests/emulator/dispatch.h"
#include "tests/emulator/emulator.h"
#include "tests/emulator/json_out.h"
#include "tests/emulator/workspace_api.h"

static void finish(struct request *r, const struct err *e)
{
	if (e->code == ERR_CONFLICT)
		reply_error(r, 409, "RESOURCE_CONFLICT", "%s", e->text);
	else if (e->code != ERR_OK)
		reply_err(r, e);
	else
		reply_ok(r);
}

/* ---- the user in the browser ---- */

static void edit(struct request *r)
{
	struct err e = ERR_INIT;
	struct node *n;

	if (!request_has_json(r))
		return;
	if (browser_edit(r->emulator, r->json, &n, &e) == ERR_OK) {
		struct buf path = BUF_INIT(2 * WSPATH_MAX);

		node_path(n, &path);
		workspace_print_object(r, n, buf_str(&path), true);
		buf_release(&path);
	}
	finish(r, &e);
}

static void delete_object(struct request *r)
{
	struct err e = ERR_INIT;

	if (!request_has_json(r))
		return;
	browser_delete(r->emulator, r->json, &e);
	finish(r, &e);
}

static void rename_object(struct request *r)
{
	struct err e = ERR_INIT;

	if (!request_has_json(r))
		return;
	browser_rename(r->emulator, r->json, &e);
	finish(r, &e);
}

/* ---- dump ---- */

struct dumping {
	struct request *request;
	bool canonical;
	bool content;
	struct err error;
};

/* What two notebooks share that the product counts as equal; nothing when it cannot read this. */
static void dump_canonical(struct buf *out, const struct node *n, const struct buf *stored)
{
	cleanup_notebook struct notebook *nb = NULL;
	struct buf text = BUF_INIT(STORE_CONTENT_MAX);
	char sha[CODEC_SHA256_SIZE];

	if (notebook_parse(&nb, buf_str(stored), stored->len, NOTEBOOK_AS(n->format, n->language),
			   NULL) == ERR_OK) {
		notebook_cells(nb, &text);
		codec_sha256(sha, buf_str(&text), text.len);
		json_out_str(out, "canonical", sha);
	}
	buf_release(&text);
}

static void dump_content(struct buf *out, const struct buf *stored)
{
	buf_add_str(out, "\"content\":\"");
	codec_base64(out, buf_str(stored), stored->len);
	buf_add_str(out, "\",");
}

static void dump_node(void *payload, struct node *n)
{
	struct dumping *d = payload;
	struct buf *out = &d->request->reply, stored = BUF_INIT(STORE_CONTENT_MAX);
	struct buf path = BUF_INIT(2 * WSPATH_MAX);
	char sha[CODEC_SHA256_SIZE];

	node_path(n, &path);
	json_out_open(out, NULL, '{');
	json_out_str(out, "path", buf_str(&path));
	json_out_int(out, "object_id", n->id);
	json_out_str(out, "object_type", node_type_name(n->type));
	json_out_int(out, "created_at", n->created_ms);
	json_out_int(out, "modified_at", n->modified_ms);
	if (n->type == NODE_NOTEBOOK) {
		json_out_str(out, "language", notebook_language_name(n->language));
		json_out_str(out, "format", n->format == NOTEBOOK_IPYNB ? "JUPYTER" : "SOURCE");
	}
	if (n->type != NODE_DIRECTORY &&
	    store_read(d->request->emulator->store, n, &stored, &d->error) == ERR_OK) {
		codec_sha256(sha, buf_str(&stored), stored.len);
		json_out_int(out, "size", (int64_t)n->size);
		json_out_str(out, "sha256", sha);
		if (d->canonical && n->type == NODE_NOTEBOOK)
			dump_canonical(out, n, &stored);
		if (d->content)
			dump_content(out, &stored);
	}
	json_out_close(out, '}');
	buf_release(&stored);
	buf_release(&path);
}

/* ?path=: only this object and what lies below; ?canonical=true, ?content=true: more members. */
static void dump(struct request *r)
{
	struct dumping d = { .request = r,
			     .canonical = request_flag(r, "canonical"),
			     .content = request_flag(r, "content") };
	struct node *top = r->path.path ? store_find(r->emulator->store, r->path.path)
					: store_root(r->emulator->store);

	json_out_open(&r->reply, NULL, '{');
	json_out_open(&r->reply, "objects", '[');
	if (top)
		store_walk(r->emulator->store, top, dump_node, &d);
	json_out_close(&r->reply, ']');
	json_out_close(&r->reply, '}');
	finish(r, &d.error);
}

/* ---- log, faults, knobs, tokens ---- */

static void print_log(struct request *r)
{
	const char *since = request_query(r, "since");

	request_log_print(&r->emulator->log, since ? strtoull(since, NULL, 10) : 0, &r->reply);
	reply_ok(r);
}

static void print_faults(struct request *r)
{
	faults_print(&r->emulator->faults, &r->reply);
	reply_ok(r);
}

/* {"clear": true, "rules": [...]}: first the one, then the other. */
static void set_faults(struct request *r)
{
	struct faults *f = &r->emulator->faults;
	struct err e = ERR_INIT;
	const struct json *rule;

	if (!request_has_json(r))
		return;
	if (json_bool(r->json, "clear", false))
		faults_release(f);
	json_out_open(&r->reply, NULL, '{');
	json_out_open(&r->reply, "ids", '[');
	rule = json_get(r->json, "rules");
	for (rule = rule ? json_first(rule) : NULL; rule; rule = json_next(rule)) {
		int64_t id;

		if (faults_add(f, rule, &id, &e) != ERR_OK)
			break;
		json_out_int(&r->reply, NULL, id);
	}
	json_out_close(&r->reply, ']');
	json_out_close(&r->reply, '}');
	finish(r, &e);
}

static void print_knobs(struct request *r)
{
	knobs_print(&r->emulator->knobs, &r->reply);
	reply_ok(r);
}

static void set_knobs(struct request *r)
{
	struct err e = ERR_INIT;

	if (!request_has_json(r))
		return;
	knobs_set(&r->emulator->knobs, r->json, &e);
	finish(r, &e);
}

/* {"add": TOKEN, "expires_in_s": N} or {"remove": TOKEN}. */
static void set_tokens(struct request *r)
{
	struct tokens *t = &r->emulator->tokens;
	int64_t expires_ns = 0;
	const char *add, *remove;

	if (!request_has_json(r))
		return;
	add = json_str(r->json, "add");
	remove = json_str(r->json, "remove");
	if (json_get(r->json, "expires_in_s"))
		expires_ns = monotonic_ns() +
			     json_int(r->json, "expires_in_s", 0) * INT64_C(1000000000);
	if (add)
		tokens_add(t, add, expires_ns);
	if (remove)
		tokens_remove(t, remove);
	if (add || remove)
		reply_ok(r);
	else
		reply_error(r, 400, "INVALID_PARAMETER_VALUE", "neither 'add' nor 'remove' given");
}

/* ---- the emulator itself ---- */

static void status(struct request *r)
{
	struct emulator *em = r->emulator;

	json_out_open(&r->reply, NULL, '{');
	json_out_str(&r->reply, "user", em->user);
	json_out_int(&r->reply, "objects", (int64_t)store_count(em->store));
	json_out_int(&r->reply, "requests", (int64_t)em->log.next);
	json_out_close(&r->reply, '}');
	reply_ok(r);
}

static void shut_down(struct request *r)
{
	r->stop_after = true;
	reply_ok(r);
}

const struct route control_routes[] = {
	{ "GET", "/__emulator/status", "", ROUTE_CONTROL, status },
	{ "POST", "/__emulator/edit", "", ROUTE_CONTROL, edit },
	{ "POST", "/__emulator/delete", "", ROUTE_CONTROL, delete_object },
	{ "POST", "/__emulator/rename", "", ROUTE_CONTROL, rename_object },
	{ "GET", "/__emulator/dump", "", ROUTE_CONTROL, dump },
	{ "GET", "/__emulator/log", "", ROUTE_CONTROL, print_log },
	{ "GET", "/__emulator/faults", "", ROUTE_CONTROL, print_faults },
	{ "POST", "/__emulator/faults", "", ROUTE_CONTROL, set_faults },
	{ "GET", "/__emulator/knobs", "", ROUTE_CONTROL, print_knobs },
	{ "POST", "/__emulator/knobs", "", ROUTE_CONTROL, set_knobs },
	{ "POST", "/__emulator/tokens", "", ROUTE_CONTROL, set_tokens },
	{ "POST", "/__emulator/shutdown", "", ROUTE_CONTROL, shut_down },
	{ 0 },
};
