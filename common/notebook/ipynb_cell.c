/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of one cell object, and the few values that have a meaning for us.
 */

#include "notebook/ipynb.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/jtext.h"

static struct span *part_of(struct ipynb_parts *parts, struct span key)
{
	const struct {
		const char *name;
		struct span *part;
	} known[] = {
		{ "cell_type", &parts->type },	  { "source", &parts->source },
		{ "metadata", &parts->metadata }, { "outputs", &parts->outputs },
		{ "id", &parts->id },		  { "execution_count", &parts->count },
		{ "attachments", &parts->attachments },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (jscan_is(key, known[i].name))
			return known[i].part;
	return NULL;
}

bool ipynb_scan_cell(struct jscan *s, struct span *whole, struct ipynb_parts *parts)
{
	struct span key, value, *part;
	bool first = true;

	memset(parts, 0, sizeof(*parts));
	jscan_peek(s);
	whole->at = s->p;
	if (!jscan_open(s, '{'))
		return false;
	while (jscan_member(s, &first, &key) && jscan_skip(s, &value)) {
		part = part_of(parts, key);
		if (part && part->at)
			return jscan_fail(s, key.at, "a key that stood in this cell before");
		if (part)
			*part = value;
	}
	whole->len = (size_t)(s->p - whole->at);
	if (!s->why && parts->metadata.at)
		jscan_find(parts->metadata, IPYNB_CELL_KEY, &parts->databricks);
	return !s->why;
}

void ipynb_cell_parts(struct span raw, struct ipynb_parts *parts)
{
	struct jscan s;
	struct span whole;

	jscan_init(&s, raw.at, raw.len, JSCAN_DEPTH_MAX);
	ipynb_scan_cell(&s, &whole, parts);
}

bool ipynb_is_empty(struct span container)
{
	size_t i = 1;

	while (i < container.len && strchr(" \t\r\n", container.at[i]))
		i++;
	return i < container.len && (container.at[i] == ']' || container.at[i] == '}');
}

char *ipynb_string(struct span string)
{
	char *text;

	if (!string.at || string.len < 2 || *string.at != '"')
		return NULL;
	text = xmalloc(string.len + JTEXT_SLACK);
	text[jtext_decode(text, string)] = '\0';
	return text;
}

static bool is_true(struct span value)
{
	return value.len == 4 && memcmp(value.at, "true", 4) == 0;
}

bool ipynb_keeps_output(const struct ipynb_parts *parts)
{
	struct span value;
	struct jscan s;
	bool first = true;

	if (!parts->metadata.at)
		return false;
	if (jscan_find(parts->metadata, "keep_output", &value) && is_true(value))
		return true;
	if (!jscan_find(parts->metadata, "tags", &value) || *value.at != '[')
		return false;
	jscan_init(&s, value.at, value.len, JSCAN_DEPTH_MAX);
	jscan_open(&s, '[');
	while (jscan_element(&s, &first) && jscan_skip(&s, &value))
		if (jscan_is(value, "keep_output"))
			return true;
	return false;
}

/* The string at metadata[object][key], or NULL. */
static char *nested_string(struct span metadata, const char *object, const char *key)
{
	struct span inner, value;

	if (!metadata.at || !jscan_find(metadata, object, &inner) || !jscan_find(inner, key, &value))
		return NULL;
	return ipynb_string(value);
}

bool ipynb_language(struct span metadata, enum notebook_language *out)
{
	static const char *const places[][2] = { { IPYNB_NOTEBOOK_KEY, "language" },
						 { "language_info", "name" },
						 { "kernelspec", "language" } };

	*out = NOTEBOOK_PYTHON;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		cleanup_free char *name = nested_string(metadata, places[i][0], places[i][1]);

		if (name && !str_eq(name, "plaintext")) /* an editor without a kernel */
			return notebook_language_parse(name, out) || str_starts(name, "python") ||
			       str_eq(name, "ipython");
	}
	return true;
}

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

static bool find_environment(struct span metadata, struct span *databricks, struct span *object)
{
	return metadata.at && jscan_find(metadata, IPYNB_NOTEBOOK_KEY, databricks) &&
	       jscan_find(*databricks, "environmentMetadata", object) && *object->at == '{';
}

void ipynb_environment_values(struct span metadata, struct environment *env)
{
	struct span databricks, object, value;

	if (!find_environment(metadata, &databricks, &object))
		return;
	if (jscan_find(object, "base_environment", &value))
		env->base = ipynb_string(value);
	if (env->base && !*env->base) {
		free(env->base);
		env->base = NULL;
	}
	if (jscan_find(object, "environment_version", &value))
		env->version = ipynb_string(value);
	if (jscan_find(object, "dependencies", &value))
		read_dependencies(env, value);
	env->known = env->base || env->version || env->count;
}

/*
 * A "base_environment" that is there but empty is the default that Databricks notes in every
 * notebook; such notebooks have no block in source.
 */
void ipynb_environment(struct span metadata, struct environment *env)
{
	struct span databricks, object, base;

	if (!find_environment(metadata, &databricks, &object) || from_before_blocks(databricks) ||
	    (jscan_find(object, "base_environment", &base) && jscan_is(base, "")))
		return;
	ipynb_environment_values(metadata, env);
}
