/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds where the members of the answer and the entries of "objects" begin and end, byte by byte;
 * what is in between is read by the strict reader of format/json.h, entry by entry. So an entry that is
 * no JSON is one bad entry, as long as its brackets and quotes are in order.
 *
 * Nothing is guessed: a member that says that there is more, or that something went wrong, is taken
 * at its word even when there is a list beside it. Members that say nothing of the kind are ignored:
 * the API may get new ones.
 */

#include "workspace/list/reader.h"

#include <stdlib.h>
#include <string.h>

#include "workspace/error.h"

enum state {
	BEGIN,        /* before "{" */
	FIRST_KEY,    /* behind "{": a key or "}" */
	KEY,          /* behind a comma */
	IN_KEY,       /* inside of a key */
	COLON,        /* behind a key */
	VALUE,        /* behind a colon */
	IN_VALUE,     /* inside of a member's value */
	BEHIND_VALUE, /* "," or "}" */
	FIRST_ENTRY,  /* behind "[": an entry or "]" */
	ENTRY,        /* behind a comma */
	IN_ENTRY,     /* inside of an entry */
	BEHIND_ENTRY, /* "," or "]" */
	DONE,         /* behind "}" */
};

/* Parts of names of members with which an interface says that there is more than this. */
static const char *const more_words[] = {
	"token",  "page",  "next",    "more",       "continu", "cursor",
	"marker", "trunc", "partial", "incomplete", "remain",  "offset",
};

void list_reader_init(struct list_reader *r, struct entries *entries)
{
	*r = (struct list_reader){ .entries = entries,
				   .state = BEGIN,
				   .value = BUF_INIT(LIST_ENTRY_MAX),
				   .failure = ERR_INIT };
}

void list_reader_release(struct list_reader *r)
{
	buf_release(&r->value);
	for (size_t i = 0; i < r->key_count; i++)
		free(r->keys[i]);
	r->key_count = 0;
}

void list_reader_restart(struct list_reader *r)
{
	list_reader_release(r);
	entries_clear(r->entries);
	list_reader_init(r, r->entries);
}

static bool fail(struct list_reader *r, const char *what)
{
	char dir[API_QUOTE_MAX];

	api_quote(dir, r->entries->dir, strlen(r->entries->dir));
	err_set(&r->failure, ERR_RETRY,
		"workspace '%s' was asked to list '%s' and sent no listing: %s; '%s' is held until "
		"a proper answer comes",
		r->entries->workspace, dir, what, dir);
	return false;
}

static bool fail_at(struct list_reader *r, const char *expected, char found)
{
	cleanup_free char *what = NULL;
	char shown[API_QUOTE_MAX];

	api_quote(shown, &found, 1);
	what = xasprintf("'%s' stands where %s should be", shown, expected);
	return fail(r, what);
}

static bool fail_at_begin(struct list_reader *r, char found)
{
	if (found != '<')
		return fail_at(r, "'{'", found);
	err_set(&r->failure, ERR_RETRY,
		"workspace '%s' is no Databricks API at this address: it sent a page; check its "
		"host",
		r->entries->workspace);
	return false;
}

/* --- values ---------------------------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void begin_value(struct list_reader *r, enum state state)
{
	r->state = (int)state;
	buf_clear(&r->value);
	r->depth = 0;
	r->in_string = r->escaped = false;
}

/* The rest of a string: how many of these bytes belong to it. */
static size_t string_span(struct list_reader *r, const char *data, size_t len)
{
	size_t i = 0;

	while (i < len && r->in_string) {
		char c = data[i++];

		if (r->escaped)
			r->escaped = false;
		else if (c == '\\')
			r->escaped = true;
		else if (c == '"')
			r->in_string = false;
	}
	return i;
}

/* One byte outside of strings. False: it is no part of the value, which ended before it. */
static bool takes(struct list_reader *r, char c, bool *complete)
{
	switch (c) {
	case '"':
		r->in_string = true;
		return true;
	case '{':
	case '[':
		r->depth++;
		return true;
	case '}':
	case ']':
		*complete = r->depth <= 1;
		if (!r->depth)
			return false;
		r->depth--;
		return true;
	default:
		*complete = !r->depth && (c == ',' || is_space(c));
		return !*complete;
	}
}

/* How many of these bytes belong to the value, and whether it ends with or behind them. */
static size_t value_span(struct list_reader *r, const char *data, size_t len, bool *complete)
{
	size_t i = 0;

	*complete = false;
	while (i < len && !*complete) {
		if (r->in_string) {
			i += string_span(r, data + i, len - i);
			*complete = !r->in_string && !r->depth;
		} else if (takes(r, data[i], complete)) {
			i++;
		}
	}
	return i;
}

/* The text of a value as JSON; NULL when it is none, or too long. json_free() it. */
static struct json *parse(const struct list_reader *r)
{
	struct json *value = NULL;

	if (r->value.full ||
	    json_parse(&value, buf_str(&r->value), r->value.len, LIST_ENTRY_MAX, NULL))
		return NULL;
	return value;
}

static bool end_key(struct list_reader *r)
{
	cleanup_json struct json *key = parse(r);
	const char *text = json_text(key);

	if (!text)
		return fail(r, "a name of a member cannot be read");
	for (size_t i = 0; i < r->key_count; i++)
		if (str_eq(r->keys[i], text))
			return fail(r, "it has one member twice");
	if (r->key_count > LIST_MEMBERS_MAX)
		return fail(r, "it has too many members");
	r->keys[r->key_count++] = xstrdup(text);
	r->state = COLON;
	return true;
}

static bool says_more(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(more_words); i++)
		if (strcasestr(key, more_words[i]))
			return true;
	return false;
}

/* The value of a member that is not "objects". */
static bool end_member(struct list_reader *r)
{
	cleanup_json struct json *value = parse(r);
	const char *key = r->keys[r->key_count - 1];
	cleanup_free char *what = NULL;
	char shown[API_QUOTE_MAX];

	r->state = BEHIND_VALUE;
	if (!value && !r->value.full)
		return fail(r, "the value of a member cannot be read");
	if (value && !api_says_something(value))
		return true;
	if (api_is_error_member(key)) {
		api_quote(shown, buf_str(&r->value), r->value.len);
		what = xasprintf("it is an error, %s %s", key, shown);
		return fail(r, what);
	}
	api_quote(shown, key, strlen(key));
	if (says_more(key))
		entries_gap(r->entries, "says by '%s' that it is not all", shown);
	return true;
}

static bool end_entry(struct list_reader *r)
{
	cleanup_json struct json *entry = parse(r);

	entries_take(r->entries, entry, buf_str(&r->value), r->value.len);
	r->state = BEHIND_ENTRY;
	return !r->entries->overfull;
}

/* --- between values ---------------------------------------------------------------------------- */

static bool begin_member_value(struct list_reader *r, char c)
{
	if (!str_eq(r->keys[r->key_count - 1], "objects")) {
		begin_value(r, IN_VALUE);
		return true;
	}
	if (c != '[')
		return fail(r, "its objects are no list");
	r->has_objects = true;
	r->state = FIRST_ENTRY;
	return true;
}

/* c, which is no space, between values. Sets *first when it is the first byte of a value. */
static bool punctuation(struct list_reader *r, char c, bool *first)
{
	switch ((enum state)r->state) {
	case BEGIN:
		r->state = FIRST_KEY;
		return c == '{' ? true : fail_at_begin(r, c);
	case FIRST_KEY:
	case KEY:
		if (c == '}' && r->state == FIRST_KEY) {
			r->state = DONE;
			return true;
		}
		if (c != '"')
			return fail_at(r, "the name of a member", c);
		begin_value(r, IN_KEY);
		*first = true;
		return true;
	case COLON:
		r->state = VALUE;
		return c == ':' ? true : fail_at(r, "':'", c);
	case VALUE:
		if (!begin_member_value(r, c))
			return false;
		*first = r->state == IN_VALUE;
		return true;
	case BEHIND_VALUE:
		r->state = c == ',' ? KEY : DONE;
		return c == ',' || c == '}' ? true : fail_at(r, "',' or '}'", c);
	case FIRST_ENTRY:
	case ENTRY:
		if (c == ']' && r->state == FIRST_ENTRY) {
			r->state = BEHIND_VALUE;
			return true;
		}
		begin_value(r, IN_ENTRY);
		*first = true;
		return true;
	case BEHIND_ENTRY:
		r->state = c == ',' ? ENTRY : BEHIND_VALUE;
		return c == ',' || c == ']' ? true : fail_at(r, "',' or ']'", c);
	default:
		return fail(r, "there is more text behind it");
	}
}

static bool is_inside(const struct list_reader *r)
{
	return r->state == IN_KEY || r->state == IN_VALUE || r->state == IN_ENTRY;
}

static bool end_value(struct list_reader *r)
{
	if (r->state == IN_KEY)
		return end_key(r);
	return r->state == IN_VALUE ? end_member(r) : end_entry(r);
}

/* As many bytes as belong together: *used. */
static bool take_some(struct list_reader *r, const char *data, size_t len, size_t *used)
{
	bool first = false, complete;

	*used = 1;
	if (!is_inside(r)) {
		if (is_space(data[0]))
			return true;
		if (!punctuation(r, data[0], &first))
			return false;
		if (!first)
			return true;
	}
	*used = value_span(r, data, len, &complete);
	buf_add(&r->value, data, *used);
	return !complete || end_value(r);
}

bool list_reader_add(struct list_reader *r, const char *data, size_t len)
{
	size_t used;

	for (size_t i = 0; i < len; i += used)
		if (r->failure.code || !take_some(r, data + i, len - i, &used))
			return false;
	return true;
}

int list_reader_end(struct list_reader *r, struct err *e)
{
	if (!r->failure.code && !r->entries->overfull) {
		if (r->state == BEGIN)
			fail(r, "it is empty");
		else if (r->state != DONE)
			fail(r, "it ends too early");
		else if (r->key_count && !r->has_objects)
			fail(r, "there is no list of objects in it");
	}
	if (r->failure.code) {
		*e = r->failure;
		return e->code;
	}
	return entries_end(r->entries, e);
}
