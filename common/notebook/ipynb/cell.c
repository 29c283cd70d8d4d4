/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The members of one cell object, and the few values that have a meaning for us.
 */

#include "notebook/ipynb/cell.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/json/jtext.h"

/* A key that is known at some level, where its value goes, and what is known inside of it. */
struct known {
	const char *name;
	size_t part; /* offset in struct ipynb_parts */
	const struct known *inside;
};

#define PART(member) offsetof(struct ipynb_parts, member)

static const struct known flag_keys[] = {
	{ "title", PART(title), NULL },
	{ "showTitle", PART(show_title), NULL },
	{ "isMarkdownSandbox", PART(sandbox), NULL },
	{ NULL, 0, NULL },
};

static const struct known metadata_keys[] = {
	{ IPYNB_CELL_KEY, PART(databricks), flag_keys },
	{ NULL, 0, NULL },
};

static const struct known cell_keys[] = {
	{ "cell_type", PART(type), NULL },
	{ "source", PART(source), NULL },
	{ "metadata", PART(metadata), metadata_keys },
	{ "outputs", PART(outputs), NULL },
	{ "id", PART(id), NULL },
	{ "execution_count", PART(count), NULL },
	{ "attachments", PART(attachments), NULL },
	{ NULL, 0, NULL },
};

static const struct known *find_known(const struct known *known, struct span key)
{
	for (; known->name; known++)
		if (jscan_is(key, known->name))
			return known;
	return NULL;
}

static bool bad_source(struct jscan *s, struct ipynb_parts *parts, const char *why)
{
	parts->bad_source = s->p;
	parts->bad_source_why = why;
	return jscan_skip(s, NULL);
}

static bool scan_lines(struct jscan *s, struct ipynb_parts *parts)
{
	bool first = true, well = true;

	jscan_open(s, '[');
	while (well && jscan_element(s, &first))
		well = jscan_peek(s) == '"' ? jscan_text(s, parts->text)
					    : bad_source(s, parts, "a line of source is a string");
	return !s->why;
}

/* source, decoded on the way: a string or a list of strings. */
static bool scan_source(struct jscan *s, struct ipynb_parts *parts)
{
	char first = jscan_peek(s);

	if (first == '"')
		return jscan_text(s, parts->text);
	if (first == '[')
		return scan_lines(s, parts);
	return bad_source(s, parts, "source is a string or a list of strings");
}

static bool scan_members(struct jscan *s, const struct known *known, struct ipynb_parts *parts);

/* Takes a value of any kind; goes into an object about whose members something is known. Two keys
 * of one name are a problem, because two readers would disagree about what the cell says. */
static bool scan_value(struct jscan *s, const struct known *known, struct span key,
		       struct ipynb_parts *parts)
{
	struct span *part;
	const char *from;

	if (!known)
		return jscan_skip(s, NULL);
	part = (struct span *)(void *)((char *)parts + known->part);
	if (part->at)
		return jscan_fail(s, key.at, "a key that stood in this cell before");
	jscan_peek(s);
	from = s->p;
	if (part == &parts->source && parts->text) {
		if (!scan_source(s, parts))
			return false;
	} else if (!known->inside || jscan_peek(s) != '{') {
		return jscan_skip(s, part);
	} else if (!scan_members(s, known->inside, parts)) {
		return false;
	}
	*part = (struct span){ from, (size_t)(s->p - from) };
	return true;
}

/* The depth of the recursion is the depth of the tables above. */
static bool scan_members(struct jscan *s, const struct known *known, struct ipynb_parts *parts)
{
	bool first = true;
	struct span key;

	if (!jscan_open(s, '{'))
		return false;
	while (jscan_member(s, &first, &key))
		if (!scan_value(s, find_known(known, key), key, parts))
			return false;
	return !s->why;
}

bool ipynb_scan_cell(struct jscan *s, struct span *whole, struct ipynb_parts *parts)
{
	jscan_peek(s);
	whole->at = s->p;
	if (!scan_members(s, cell_keys, parts))
		return false;
	whole->len = (size_t)(s->p - whole->at);
	return true;
}

void ipynb_cell_parts(struct span raw, struct ipynb_parts *parts)
{
	struct jscan s;
	struct span whole;

	memset(parts, 0, sizeof(*parts));
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
	cleanup_free char *text = NULL;

	if (!string.at || string.len < 2 || *string.at != '"')
		return NULL;
	text = xmalloc(string.len + JTEXT_SLACK);
	return model_c_string(text, jtext_decode(text, string));
}

bool ipynb_is_true(struct span value)
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
	if (jscan_find(parts->metadata, "keep_output", &value) && ipynb_is_true(value))
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
