/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads environment blocks: where one stands, what its TOML says of the keys, and the rest in one
 * spelling. Changes nothing (edit.c does).
 */

#include "notebook/environment/block.h"

#include <stdlib.h>
#include <string.h>

/* The next line with its LF; the last one may lack it. */
static bool next_line(struct span *line, const char **p, const char *end)
{
	const char *lf;

	if (*p >= end)
		return false;
	lf = memchr(*p, '\n', (size_t)(end - *p));
	*line = (struct span){ *p, (size_t)((lf ? lf + 1 : end) - *p) };
	*p += line->len;
	return true;
}

/* Whether a line is this one, which ends in LF; the last line of a file may lack it. */
static bool line_is(struct span line, const char *text, const char *end)
{
	size_t n = strlen(text);

	if (line.at + line.len == end && line.len == n - 1)
		n--;
	return line.len == n && memcmp(line.at, text, n) == 0;
}

/* Length up to and with the closing line, 0 when the block does not close, or holds a NUL. */
static size_t block_length(const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	struct span line;

	if (!next_line(&line, &p, end) || !line_is(line, BLOCK_OPEN, NULL))
		return 0;
	while (next_line(&line, &p, end)) {
		if (line_is(line, BLOCK_CLOSE, end))
			return memchr(text, '\0', (size_t)(p - text)) ? 0 : (size_t)(p - text);
		if (*line.at != '#' || line.len < 2 || (line.at[1] != ' ' && line.at[1] != '\n'))
			return 0;
	}
	return 0;
}

/* ---- taken apart ---- */

static void take_content(struct block *block, const char *text)
{
	const char *p = text + strlen(BLOCK_OPEN), *end = text + strlen(text) - strlen(BLOCK_CLOSE);
	struct span line;
	char *o;

	o = block->text = xmalloc((size_t)(end - p) + 1);
	while (next_line(&line, &p, end)) {
		memcpy(o, line.at + 1, line.len - 1);
		o += line.len - 1;
	}
	*o = '\0';
	block->len = (size_t)(o - block->text);
}

void block_release(struct block *block)
{
	toml_release(&block->toml);
	free(block->text);
	memset(block, 0, sizeof(*block));
}

const struct toml_item *block_inside(const struct block *block, const struct toml_item *list,
				     size_t *count)
{
	const struct toml_item *end = block->toml.items + block->toml.count, *item = list + 1;
	const char *behind = list->value.at + list->value.len;

	while (item < end && item->whole.at < behind)
		item++;
	*count = (size_t)(item - list) - 1;
	return list + 1;
}

/* Whether it is a list of strings, of which there may be so many. */
static bool is_list_of_strings(const struct block *block, const struct toml_item *item)
{
	size_t count;
	const struct toml_item *inside = block_inside(block, item, &count);

	if (*item->value.at != '[')
		return false;
	for (size_t i = 0; i < count; i++)
		if (inside[i].kind == TOML_ELEMENT && !toml_is_string(inside[i].whole))
			return false;
	return true;
}

static bool block_fail(struct block *block, const struct toml_item *item, const char *why)
{
	block->toml.why = why;
	block->toml.at = item->whole.at;
	return false;
}

/* The name of a key of the table; NULL for other paths. */
static const char *key_of(const char *path)
{
	size_t n = strlen(BLOCK_TABLE);

	return strncmp(path, BLOCK_TABLE, n) == 0 && path[n] == '.' ? path + n + 1 : NULL;
}

static bool note(struct block *block, const struct toml_item **as, const struct toml_item *item)
{
	if (*as)
		return block_fail(block, item, "a key or table that stood in this block before");
	*as = item;
	return true;
}

static bool note_value(struct block *block, const struct toml_item *item)
{
	const char *key = key_of(item->path);

	if (strcmp(item->path, "dependencies") == 0)
		return !is_list_of_strings(block, item) || note(block, &block->copy, item);
	if (!key)
		return true;
	if (strcmp(key, "dependencies") == 0)
		return !is_list_of_strings(block, item) || note(block, &block->list, item);
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		if (strcmp(key, environment_key_name((enum environment_key)i)) == 0)
			return !toml_is_string(item->value) || note(block, &block->keys[i], item);
	return true;
}

/* Whether a path is that of the table or on the way to it. */
static bool leads_to_table(const char *path)
{
	size_t n = strlen(path);

	return strncmp(path, BLOCK_TABLE, n) == 0 && (!BLOCK_TABLE[n] || BLOCK_TABLE[n] == '.');
}

static bool note_item(struct block *block, const struct toml_item *item)
{
	switch (item->kind) {
	case TOML_VALUE:
		return note_value(block, item);
	case TOML_TABLE:
		return strcmp(item->path, BLOCK_TABLE) != 0 || note(block, &block->table, item);
	case TOML_TABLES:
		return !leads_to_table(item->path) ||
		       block_fail(block, item, "a list of tables where the environment's table is");
	default:
		return true;
	}
}

static size_t count_elements(const struct block *block, const struct toml_item *list)
{
	size_t count, n = 0;
	const struct toml_item *inside = block_inside(block, list, &count);

	for (size_t i = 0; i < count; i++)
		n += inside[i].kind == TOML_ELEMENT;
	return n;
}

bool block_read(struct block *block, const char *text)
{
	memset(block, 0, sizeof(*block));
	take_content(block, text);
	if (block->len > ENVIRONMENT_BLOCK_MAX) {
		block->toml.why = "more bytes than are allowed";
		return false;
	}
	if (!toml_read(&block->toml, (struct span){ block->text, block->len }, BLOCK_TABLE))
		return false;
	for (size_t i = 0; i < block->toml.count; i++)
		if (!note_item(block, &block->toml.items[i]))
			return false;
	if (block->list && count_elements(block, block->list) > ENVIRONMENT_DEPENDENCIES_MAX)
		return block_fail(block, block->list, "more dependencies than are allowed");
	return true;
}

/* ---- what it says ---- */

static bool repeats(const struct block *block, const struct environment *env)
{
	size_t count, n = 0;
	const struct toml_item *inside;

	if (!block->copy || !env->count)
		return false;
	inside = block_inside(block, block->copy, &count);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *name = NULL;

		if (inside[i].kind != TOML_ELEMENT)
			continue;
		name = toml_string(inside[i].whole);
		if (n == env->count || strcmp(name, env->dependencies[n++]) != 0)
			return false;
	}
	return n == env->count;
}

void block_tell_copy(struct block *block, const struct environment *env)
{
	if (!repeats(block, env))
		block->copy = NULL;
}

static void tell_keys(struct environment *env, const struct block *block)
{
	size_t count;
	const struct toml_item *inside;

	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++) {
		cleanup_free char *value = block->keys[i] ? toml_string(block->keys[i]->value)
							  : NULL;

		if (value && *value)
			env->values[i] = steal(&value);
	}
	if (!block->list)
		return;
	inside = block_inside(block, block->list, &count);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *name = NULL;

		if (inside[i].kind != TOML_ELEMENT)
			continue;
		name = toml_string(inside[i].whole);
		environment_depend(env, name, strlen(name));
	}
}

static bool is_key(const struct block *block, const struct toml_item *item)
{
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		if (block->keys[i] == item)
			return true;
	return item == block->list || item == block->copy;
}

/* An inline table on the way to the keys, whose members are items of their own. */
static bool is_way(const struct toml_item *item)
{
	return *item->value.at == '{' && leads_to_table(item->path);
}

static void add_line(struct buf *out, struct span text)
{
	buf_add(out, text.at, text.len);
	buf_add_char(out, '\n');
}

/* The rest: each value with its whole path, tables and comments, in their order. */
char *block_rest(const struct block *block)
{
	cleanup_buf struct buf rest = BUF_UNBOUNDED;
	const char *told = block->text; /* up to here */
	size_t len;

	for (size_t i = 0; i < block->toml.count; i++) {
		const struct toml_item *item = &block->toml.items[i];

		if (item->whole.at < told)
			continue;
		if (item->kind == TOML_COMMENT) {
			add_line(&rest, item->whole);
		} else if (item->kind == TOML_VALUE && !is_key(block, item) && !is_way(item)) {
			buf_addf(&rest, "%s = ", item->path);
			add_line(&rest, item->value);
			told = item->whole.at + item->whole.len;
		} else if (item->kind == TOML_TABLES ||
			   (item->kind == TOML_TABLE && !leads_to_table(item->path))) {
			add_line(&rest, item->whole);
		}
	}
	return rest.len ? buf_steal(&rest, &len) : NULL;
}

static void tell(struct environment *env, char *text)
{
	struct block block;

	environment_release(env);
	env->whole = true;
	env->block = text;
	env->known = block_read(&block, text);
	env->opaque = !env->known;
	if (env->opaque) {
		env->rest = xstrdup(text);
	} else {
		tell_keys(env, &block);
		block_tell_copy(&block, env);
		env->rest = block_rest(&block);
	}
	block_release(&block);
}

size_t environment_read_block(struct environment *env, const char *text, size_t len)
{
	size_t n = block_length(text, len);
	char *copy;

	if (!n || !env)
		return n;
	copy = xmalloc(n + 2);
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (copy[n - 1] != '\n')
		memcpy(copy + n, "\n", 2);
	tell(env, copy);
	return n;
}
