/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment in a .ipynb: its keys as environmentMetadata of Databricks' object in the
 * notebook's metadata, and, in the hub's own files, the source block beside it. Changes single keys;
 * those it does not know stay.
 */

#include <stdlib.h>
#include <string.h>

#include "notebook/ipynb/cell.h"
#include "notebook/ipynb/ipynb.h"
#include "notebook/ipynb/updater.h"
#include "notebook/json/jstyle.h"

#define ENVIRONMENT_KEY "environmentMetadata"
#define PRIVATE_KEY     "nbsync"
#define BLOCK_KEY       "environment_block"

/* ---- reading ---- */

static void read_dependencies(struct environment *env, struct span list)
{
	struct jscan s;
	struct span item;
	bool first = true;

	jscan_init(&s, list.at, list.len, JSCAN_DEPTH_MAX);
	if (jscan_peek(&s) != '[')
		return;
	jscan_open(&s, '[');
	while (jscan_element(&s, &first) && jscan_skip(&s, &item)) {
		cleanup_free char *name = ipynb_string(item);

		if (name)
			environment_depend(env, name, strlen(name));
	}
}

/* computePreferences got its "software" in April 2026, a few weeks after source got environment
 * blocks: a notebook that has the one without the other was exported before there were blocks. */
static bool from_before_blocks(struct span databricks)
{
	struct span compute, value;

	return jscan_find(databricks, "computePreferences", &compute) && *compute.at == '{' &&
	       !jscan_find(compute, "software", &value);
}

static bool find_object(struct span object, const char *key, struct span *value)
{
	return object.at && jscan_find(object, key, value) && *value->at == '{';
}

static void read_keys(struct environment *env, struct span databricks)
{
	struct span object, value;
	bool empty_base;

	env->known = true;
	if (!find_object(databricks, ENVIRONMENT_KEY, &object))
		return;
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++) {
		cleanup_free char *text = NULL;

		if (jscan_find(object, environment_key_name((enum environment_key)i), &value))
			text = ipynb_string(value);
		if (text && *text)
			env->values[i] = steal(&text);
	}
	if (jscan_find(object, "dependencies", &value))
		read_dependencies(env, value);
	empty_base = jscan_find(object, "base_environment", &value) && jscan_is(value, "");
	env->noted = environment_has_keys(env) && !env->count &&
		     !env->values[ENVIRONMENT_PROJECT] &&
		     (from_before_blocks(databricks) || empty_base);
}

/* The block that stands in the metadata of a file of the hub; NULL when there is none, or something
 * else. Every notebook is asked and few have it: what does not even have the name in it, as the hub
 * spells it, is not scanned. */
static char *private_block(struct span metadata)
{
	static const char name[] = "\"" PRIVATE_KEY "\"";
	cleanup_free char *text = NULL;
	struct span object, value;

	if (!metadata.at || !memmem(metadata.at, metadata.len, name, sizeof(name) - 1))
		return NULL;
	if (!find_object(metadata, PRIVATE_KEY, &object) || !jscan_find(object, BLOCK_KEY, &value))
		return NULL;
	text = ipynb_string(value);
	if (text && environment_read_block(NULL, text, strlen(text)) != strlen(text))
		return NULL;
	return steal(&text);
}

static void read_private(struct environment *env, struct span metadata)
{
	cleanup_free char *text = private_block(metadata);
	struct environment block = { .known = false };

	if (!text)
		return;
	environment_read_block(&block, text, strlen(text));
	if (!env->known) {
		*env = block;
		return;
	}
	env->whole = true;
	env->opaque = block.opaque;
	env->block = steal(&block.block);
	env->rest = steal(&block.rest);
	environment_release(&block);
}

void ipynb_environment(struct span metadata, struct environment *env)
{
	struct span databricks;

	if (find_object(metadata, IPYNB_NOTEBOOK_KEY, &databricks))
		read_keys(env, databricks);
	read_private(env, metadata);
}

/* ---- writing ---- */

static void put_string(struct jemit *m, const struct environment *env, enum environment_key key)
{
	if (!env->values[key])
		return;
	jemit_key(m, environment_key_name(key));
	jemit_string(m, env->values[key]);
}

static void put_dependencies(struct jemit *m, const struct environment *env)
{
	jemit_open(m, '[');
	for (size_t i = 0; i < env->count; i++) {
		jemit_item(m);
		jemit_string(m, env->dependencies[i]);
	}
	jemit_close(m, ']');
}

void ipynb_put_environment(struct jemit *m, const struct environment *env)
{
	if (!environment_has_keys(env)) {
		jemit_word(m, "null");
		return;
	}
	jemit_open(m, '{');
	if (env->noted && !env->values[ENVIRONMENT_BASE]) {
		jemit_key(m, "base_environment");
		jemit_string(m, "");
	}
	put_string(m, env, ENVIRONMENT_BASE);
	put_string(m, env, ENVIRONMENT_CLIENT);
	if (env->count) {
		jemit_key(m, "dependencies");
		put_dependencies(m, env);
	}
	put_string(m, env, ENVIRONMENT_VERSION);
	put_string(m, env, ENVIRONMENT_PROJECT);
	jemit_close(m, '}');
}

/* The block that a file of the hub shall hold: none where a new one would be the same. */
static char *block_for_hub(const struct environment *env)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED, fresh = BUF_UNBOUNDED;
	struct environment keys = *env;
	struct err e = ERR_INIT;
	size_t len;

	if (!env->block)
		return NULL;
	if (environment_put_block(&text, NULL, env, &e))
		buf_add_str(&text, env->block); /* keys that no block can hold stand beside it */
	keys.whole = false;
	keys.block = keys.rest = NULL;
	if (!text.len || (environment_put_block(&fresh, NULL, &keys, &e) == 0 &&
			  str_eq(buf_str(&fresh), buf_str(&text))))
		return NULL;
	return buf_steal(&text, &len);
}

void ipynb_put_private(struct jemit *m, const struct environment *env)
{
	cleanup_free char *text = block_for_hub(env);

	if (!text)
		return;
	jemit_key(m, PRIVATE_KEY);
	jemit_open(m, '{');
	jemit_key(m, BLOCK_KEY);
	jemit_string(m, text);
	jemit_close(m, '}');
}

/* ---- updating ---- */

static bool keys_differ(const struct update *up)
{
	const struct environment *old = &up->old->environment, *nb = &up->nb->environment;

	if (!nb->known || environment_keys_equal(old, nb))
		return false;
	return !old->noted || environment_has_keys(nb);
}

/* Whether our own member of the metadata is not as it shall be; *want: what it shall be, owned. */
static bool private_differs(const struct update *up, char **want)
{
	const struct environment *old = &up->old->environment, *nb = &up->nb->environment;
	cleanup_free char *is = private_block(up->old->ipynb.metadata);

	*want = NULL;
	if (!nb->whole || environment_equal(old, nb))
		return false;
	if (!up->options->private)
		return is && !environment_rest_equal(old, nb);
	*want = block_for_hub(nb);
	return !str_eq(is, *want);
}

bool ipynb_environment_differs(const struct update *up)
{
	cleanup_free char *want = NULL;

	return up->old->ipynb.metadata.at && (keys_differ(up) || private_differs(up, &want));
}

static void edit_string(struct updater *u, struct edits *edits, enum environment_key key)
{
	const char *old = u->up->old->environment.values[key];
	const char *want = u->up->nb->environment.values[key];
	const char *name = environment_key_name(key);
	struct jemit m;

	if (!want) {
		if (old || key == ENVIRONMENT_BASE)
			edits_remove(edits, name);
	} else if (!str_eq(old, want)) {
		m = updater_emit(u, edits_set(edits, name), 4);
		jemit_string(&m, want);
		if (m.bad)
			u->bad = true;
	}
}

static bool is_known_key(struct span key)
{
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		if (jscan_is(key, environment_key_name((enum environment_key)i)))
			return true;
	return jscan_is(key, "dependencies");
}

static bool has_unknown_keys(struct span object)
{
	struct jscan s;
	struct span key;
	bool first = true;

	jscan_init(&s, object.at, object.len, JSCAN_DEPTH_MAX);
	jscan_open(&s, '{');
	while (jscan_member(&s, &first, &key) && jscan_skip(&s, NULL))
		if (!is_known_key(key))
			return true;
	return false;
}

/* The object with its keys changed. An empty base_environment, which says that Databricks noted the
 * rest of itself, goes, since a person has chosen now. */
static void edit_keys(struct updater *u, struct edits *databricks, struct span object)
{
	cleanup_edits struct edits edits = { .count = 0 };
	const struct environment *old = &u->up->old->environment, *nb = &u->up->nb->environment;
	struct jemit m = updater_emit(u, edits_set(databricks, ENVIRONMENT_KEY), 3), list;

	if (!object.at || (!environment_has_keys(nb) && !has_unknown_keys(object))) {
		ipynb_put_environment(&m, nb);
		if (m.bad)
			u->bad = true;
		return;
	}
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		edit_string(u, &edits, (enum environment_key)i);
	if (!nb->count && old->count) {
		edits_remove(&edits, "dependencies");
	} else if (!environment_list_equal(old, nb)) {
		list = updater_emit(u, edits_set(&edits, "dependencies"), 4);
		put_dependencies(&list, nb);
		if (list.bad)
			u->bad = true;
	}
	edits_apply(&m, object, &edits);
}

static void edit_private(struct updater *u, struct edits *metadata, const char *want)
{
	cleanup_edits struct edits edits = { .count = 0 };
	struct span object = { NULL, 0 };
	struct jemit m;

	if (want) {
		m = updater_emit(u, edits_set(&edits, BLOCK_KEY), 3);
		jemit_string(&m, want);
		if (m.bad)
			u->bad = true;
		ipynb_edit_object(u, metadata, PRIVATE_KEY, &edits);
	} else if (find_object(u->up->old->ipynb.metadata, PRIVATE_KEY, &object)) {
		edits_remove(metadata, PRIVATE_KEY);
	}
}

void ipynb_edit_environment(struct updater *u, struct edits *metadata, struct edits *databricks)
{
	struct span outer, object = { NULL, 0 };
	cleanup_free char *want = NULL;

	if (keys_differ(u->up)) {
		if (!find_object(u->up->old->ipynb.metadata, IPYNB_NOTEBOOK_KEY, &outer) ||
		    !find_object(outer, ENVIRONMENT_KEY, &object))
			object.at = NULL;
		edit_keys(u, databricks, object);
	}
	if (private_differs(u->up, &want))
		edit_private(u, metadata, want);
}

/* ---- leaving out ---- */

void ipynb_drop_private(const struct notebook *nb, struct buf *out)
{
	cleanup_edits struct edits edits = { .count = 0 };
	struct span metadata = nb->ipynb.metadata;
	const char *behind = metadata.at + metadata.len;
	struct jstyle style = { .compact = false };
	struct jemit m = { .out = out, .style = &style, .depth = 1 };

	jstyle_detect(&style, nb->bytes, nb->len);
	buf_add(out, nb->bytes, (size_t)(metadata.at - nb->bytes));
	edits_remove(&edits, PRIVATE_KEY);
	edits_apply(&m, metadata, &edits);
	buf_add(out, behind, (size_t)(nb->bytes + nb->len - behind));
}

bool ipynb_has_private(const struct notebook *nb)
{
	cleanup_free char *text = private_block(nb->ipynb.metadata);

	return text != NULL;
}
