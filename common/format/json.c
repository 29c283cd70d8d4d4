/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parsing and reading. A text is first read by json_scan.c, which refuses what cJSON would accept
 * or damage; then cJSON builds the tree; then one walk over the tree refuses duplicate keys and
 * puts the text of every number that a double cannot hold back in place (as cJSON's "raw" item, so
 * that it is also printed as it stood). Building and printing is json_build.c.
 *
 * A struct json is a cJSON: the two casts below are the only places that know.
 */

#include "format/json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "format/json_scan.h"

static const cJSON *item_of(const struct json *v)
{
	return (const cJSON *)(const void *)v;
}

static const struct json *json_of(const cJSON *item)
{
	return (const struct json *)(const void *)item;
}

void json_free(struct json *root)
{
	cJSON_Delete((cJSON *)(void *)root);
}

void json_free_p(struct json **root)
{
	json_free(*root);
}

/* What the walk over a new tree carries along. */
struct check {
	const struct json_scan *scan;
	size_t numbers;    /* numbers passed */
	size_t next_kept;  /* the next of scan->kept */
	const char **keys; /* owned: room for sorting the keys of one object */
	size_t cap;
};

static void restore_number(struct check *c, cJSON *item)
{
	const struct json_scan *s = c->scan;
	const struct json_number *n;

	if (c->next_kept == s->kept_count || s->kept[c->next_kept].index != c->numbers++)
		return;
	n = &s->kept[c->next_kept++];
	item->type = cJSON_Raw;
	item->valuestring = xstrndup(s->text + n->at, n->len); /* cJSON_Delete() frees it */
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A key that object holds twice, NULL if none. O(n log n). */
static const char *duplicate_key(struct check *c, const cJSON *object)
{
	size_t n = 0;

	for (const cJSON *child = object->child; child; child = child->next) {
		c->keys = array_grow(c->keys, n, &c->cap, sizeof(*c->keys));
		c->keys[n++] = child->string;
	}
	qsort(c->keys, n, sizeof(*c->keys), compare_keys);
	for (size_t i = 1; i < n; i++)
		if (strcmp(c->keys[i - 1], c->keys[i]) == 0)
			return c->keys[i];
	return NULL;
}

/* The second child of object with this key. */
static const cJSON *second_with_key(const cJSON *object, const char *key)
{
	const cJSON *found = NULL;

	for (const cJSON *child = object->child; child; child = child->next) {
		if (strcmp(child->string, key) != 0)
			continue;
		if (found)
			return child;
		found = child;
	}
	return NULL;
}

/* Restores the numbers below item. Returns the first item whose key is a duplicate, else NULL. */
static const cJSON *check_tree(struct check *c, cJSON *item)
{
	const char *key = NULL;

	if (cJSON_IsNumber(item))
		restore_number(c, item);
	if (cJSON_IsObject(item) && item->child && item->child->next)
		key = duplicate_key(c, item);
	if (key)
		return second_with_key(item, key);
	for (cJSON *child = item->child; child; child = child->next) {
		const cJSON *bad = check_tree(c, child);

		if (bad)
			return bad;
	}
	return NULL;
}

/* How many keys stand before wanted in the text; true once it was reached. */
static bool count_keys(const cJSON *item, const cJSON *wanted, size_t *count)
{
	for (const cJSON *child = item->child; child; child = child->next) {
		if (child == wanted)
			return true;
		if (child->string)
			++*count;
		if (count_keys(child, wanted, count))
			return true;
	}
	return false;
}

static int fail_at(struct err *e, const char *text, size_t at, const char *problem)
{
	size_t line, column;

	json_scan_place(text, at, &line, &column);
	return err_set(e, ERR_INVALID, "line %zu, column %zu: %s", line, column, problem);
}

/* The tree has lost the places, so the text is read again up to that key. */
static int fail_duplicate(struct err *e, const cJSON *root, const cJSON *bad, const char *text,
			  size_t len)
{
	cleanup_free char *problem = xasprintf("duplicate key '%.60s'", bad->string);
	struct json_scan scan;
	size_t at, key = 0;

	utf8_mend_cuts(problem);
	count_keys(root, bad, &key);
	json_scan_init(&scan, text, len);
	scan.wanted_key = key;
	json_scan_run(&scan);
	at = scan.key_at;
	json_scan_release(&scan);
	return fail_at(e, text, at, problem);
}

static int build_tree(struct json **out, const struct json_scan *scan, struct err *e)
{
	struct check check = { .scan = scan };
	cJSON *root = cJSON_ParseWithLengthOpts(scan->text, scan->len, NULL, false);
	const cJSON *bad;
	int r = 0;

	if (!root) /* the scan accepted it: never, but for text from outside that is not enough */
		return err_set(e, ERR_INVALID, "JSON text cannot be read");
	bad = check_tree(&check, root);
	if (bad) {
		r = fail_duplicate(e, root, bad, scan->text, scan->len);
		cJSON_Delete(root);
	} else {
		*out = (struct json *)(void *)root;
	}
	free(check.keys);
	return r;
}

int json_parse(struct json **out, const char *text, size_t len, size_t max, struct err *e)
{
	struct json_scan scan;
	int r;

	*out = NULL;
	if (len > max)
		return err_set(e, ERR_INVALID,
			       "JSON text of %zu bytes is longer than the limit of %zu", len, max);
	json_scan_init(&scan, text, len);
	if (json_scan_run(&scan))
		r = build_tree(out, &scan, e);
	else
		r = fail_at(e, text, scan.at, scan.problem);
	json_scan_release(&scan);
	return r;
}

static const cJSON *child_by_key(const cJSON *item, const char *key, size_t len)
{
	const cJSON *child = cJSON_IsObject(item) ? item->child : NULL;

	while (child && (strncmp(child->string, key, len) != 0 || child->string[len] != '\0'))
		child = child->next;
	return child;
}

static const cJSON *child_by_index(const cJSON *item, unsigned long index)
{
	const cJSON *child = cJSON_IsArray(item) ? item->child : NULL;

	while (child && index-- > 0)
		child = child->next;
	return child;
}

const struct json *json_get(const struct json *at, const char *path)
{
	const cJSON *item = item_of(at);

	while (item && *path) {
		if (*path == '[') {
			char *end;

			item = child_by_index(item, strtoul(path + 1, &end, 10));
			path = end + (*end == ']');
		} else {
			size_t n = strcspn(path, ".[");

			item = child_by_key(item, path, n);
			path += n;
		}
		if (*path == '.')
			path++;
	}
	return json_of(item);
}

const char *json_text(const struct json *v)
{
	const cJSON *item = item_of(v);

	return cJSON_IsString(item) ? item->valuestring : NULL;
}

const char *json_str(const struct json *at, const char *path)
{
	return json_text(json_get(at, path));
}

const char *json_str_or(const struct json *at, const char *path, const char *fallback)
{
	const char *text = json_str(at, path);

	return text ? text : fallback;
}

/* A number that is whole, however it is written: "1e3" is 1000. */
static bool whole_number(const cJSON *item, int64_t *out)
{
	const double limit = 9223372036854775808.0; /* 2^63 */
	double d = cJSON_IsRaw(item) ? strtod(item->valuestring, NULL) : item->valuedouble;
	long long exact;
	char *end;

	if (cJSON_IsRaw(item)) {
		errno = 0;
		exact = strtoll(item->valuestring, &end, 10);
		if (*end == '\0' && errno == 0) {
			*out = exact;
			return true;
		}
	}
	if (!(d >= -limit && d < limit) || trunc(d) < d || trunc(d) > d)
		return false;
	*out = (int64_t)d;
	return true;
}

int64_t json_int(const struct json *at, const char *path, int64_t fallback)
{
	const cJSON *item = item_of(json_get(at, path));
	int64_t value;

	if ((cJSON_IsNumber(item) || cJSON_IsRaw(item)) && whole_number(item, &value))
		return value;
	return fallback;
}

bool json_bool(const struct json *at, const char *path, bool fallback)
{
	const cJSON *item = item_of(json_get(at, path));

	return cJSON_IsBool(item) ? (bool)cJSON_IsTrue(item) : fallback;
}

static bool is_digits(const char *s)
{
	if (*s == '-')
		s++;
	return *s && s[strspn(s, "0123456789")] == '\0';
}

bool json_id(const struct json *at, const char *path, char id[static 24])
{
	const cJSON *item = item_of(json_get(at, path));
	cleanup_free char *plain = NULL;
	const char *digits = NULL;

	if (cJSON_IsString(item) || cJSON_IsRaw(item))
		digits = item->valuestring;
	else if (cJSON_IsNumber(item))
		digits = plain = xasprintf("%.0f", item->valuedouble);
	if (!digits || !is_digits(digits) || strlen(digits) >= 24)
		return false;
	memcpy(id, digits, strlen(digits) + 1);
	return true;
}

int json_need_str(const struct json *at, const char *path, const char **out, struct err *e)
{
	*out = json_str(at, path);
	if (!*out)
		return err_set(e, ERR_INVALID, "reply has no text '%s'", path);
	return 0;
}

size_t json_count(const struct json *array)
{
	const cJSON *item = item_of(array);

	return cJSON_IsArray(item) || cJSON_IsObject(item) ? (size_t)cJSON_GetArraySize(item) : 0;
}

const struct json *json_first(const struct json *parent)
{
	const cJSON *item = item_of(parent);

	return item ? json_of(item->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
	return json_of(item_of(child)->next);
}

const char *json_key(const struct json *child)
{
	return child ? item_of(child)->string : NULL;
}

bool json_is_object(const struct json *v)
{
	return cJSON_IsObject(item_of(v));
}

bool json_is_array(const struct json *v)
{
	return cJSON_IsArray(item_of(v));
}

bool json_is_str(const struct json *v)
{
	return cJSON_IsString(item_of(v));
}

bool json_is_null(const struct json *v)
{
	return cJSON_IsNull(item_of(v));
}
