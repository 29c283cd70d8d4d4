/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of knobs and the three things done with it: defaults, setting, printing. A knob's
 * meaning lives where it is asked for.
 */

#include "tests/emulator/knobs.h"

#include <string.h>

#include "tests/emulator/json_out.h"
#include "tests/emulator/wspath.h"

#define MIB (INT64_C(1024) * 1024)

enum kind { NUMBER, BOOL, CHOICE };

static const char *const exists_shapes[] = {
	[EXISTS_400_CODE] = "400-code",         [EXISTS_409_CODE] = "409-code",
	[EXISTS_409_BARE] = "409-bare",         [EXISTS_400_EMPTY_CODE] = "400-empty-code",
	[EXISTS_400_PREFIXED] = "400-prefixed", NULL,
};

static const char *const outputs_none[] = {
	[OUTPUTS_NONE_HONOURED] = "honour",
	[OUTPUTS_NONE_IGNORED] = "ignore",
	[OUTPUTS_NONE_REFUSED] = "refuse",
	NULL,
};

static const struct {
	const char *name;
	enum kind kind;
	int64_t initial;
	const char *help;
	const char *const *choices; /* CHOICE only; ends with NULL */
} table[KNOB_COUNT] = {
	[KNOB_EXISTS_SHAPE] = { "exists_shape", CHOICE, EXISTS_400_CODE,
				"how an import says that the object exists", exists_shapes },
	[KNOB_STALE_CLASHES] = { "stale_clashes", NUMBER, 0,
				 "so many overwriting imports still fail: already exists", NULL },
	[KNOB_HEADER_LAX] = { "header_lax", BOOL, 1,
			      "AUTO finds the header anywhere in the first line, not only alone",
			      NULL },
	[KNOB_JSON_MAX] = { "json_max", NUMBER, 10 * MIB, "bytes of content in a JSON body", NULL },
	[KNOB_SOURCE_MAX] = { "source_max", NUMBER, 10 * MIB, "bytes of a source notebook", NULL },
	[KNOB_IPYNB_MAX] = { "ipynb_max", NUMBER, 100 * MIB, "bytes of a Jupyter notebook", NULL },
	[KNOB_FILE_MAX] = { "file_max", NUMBER, 500 * MIB, "bytes of a file", NULL },
	[KNOB_EXPORT_MAX] = { "export_max", NUMBER, 10 * MIB,
			      "bytes of an exported notebook, or of any JSON export", NULL },
	[KNOB_TOO_LARGE_STATUS] = { "too_large_status", NUMBER, 400,
				    "status of an export over its limit; 200 was seen", NULL },
	[KNOB_EXPORT_DISABLED] = { "export_disabled", BOOL, 0,
				   "the administrator has switched notebook export off", NULL },
	[KNOB_OUTPUTS_NONE] = { "outputs_none", CHOICE, OUTPUTS_NONE_HONOURED,
				"what becomes of outputs=NONE in an export", outputs_none },
	[KNOB_LIST_FORMATS] = { "list_formats", BOOL, 0, "return_export_info works in a list, too",
				NULL },
	[KNOB_AUTO_FILES] = { "auto_files", NUMBER, 0,
			      "so many notebooks are still taken for files by AUTO; -1 all", NULL },
	[KNOB_DUPLICATE_KEYS] = { "duplicate_keys", BOOL, 1,
				  "Jupyter outputs carry output_type twice, as real exports do",
				  NULL },
	[KNOB_SIZE_OMITTED] = { "size_omitted", NUMBER, 0,
				"percent of the replies that leave the size of a file out", NULL },
	[KNOB_SHUFFLE] = { "shuffle", BOOL, 1, "listings come in random order", NULL },
	[KNOB_GZIP_OVER] = { "gzip_over", NUMBER, 65536,
			     "bytes above which a reply is gzip-encoded if accepted; -1 never",
			     NULL },
	[KNOB_IMPORTS_PER_S] = { "imports_per_s", NUMBER, 0,
				 "imports a second before 429; 0 no limit", NULL },
	[KNOB_EXPORTS_PER_S] = { "exports_per_s", NUMBER, 0,
				 "exports a second before 429; 0 no limit", NULL },
};

static const struct {
	const char *name;
	const char *help;
} access_table[ACCESS_COUNT] = {
	[ACCESS_DENIED] = { "denied", "paths where every request is answered 403" },
	[ACCESS_READ_ONLY] = { "read_only", "paths where a changing request is answered 403" },
	[ACCESS_HIDDEN] = { "hidden", "paths that look as if nothing were there" },
};

void knobs_init(struct knobs *k)
{
	*k = (struct knobs){ 0 };
	for (unsigned i = 0; i < KNOB_COUNT; i++)
		k->value[i] = table[i].initial;
}

void knobs_release(struct knobs *k)
{
	for (unsigned i = 0; i < ACCESS_COUNT; i++)
		json_free(k->paths[i]);
	*k = (struct knobs){ 0 };
}

static bool choose(int64_t *out, const char *const *choices, const char *word)
{
	for (int64_t i = 0; word && choices[i]; i++)
		if (str_eq(choices[i], word)) {
			*out = i;
			return true;
		}
	return false;
}

static int set_value(struct knobs *k, unsigned which, const struct json *values, struct err *e)
{
	const char *name = table[which].name;
	bool is_true = json_bool(values, name, false), not_false = json_bool(values, name, true);
	int64_t number = json_int(values, name, INT64_MIN);

	if (table[which].kind == CHOICE) {
		if (!choose(&k->value[which], table[which].choices, json_str(values, name)))
			return err_set(e, ERR_INVALID, "knob '%s' has no such choice", name);
		return ERR_OK;
	}
	if (table[which].kind == BOOL && is_true != not_false)
		return err_set(e, ERR_INVALID, "knob '%s' is true or false", name);
	if (table[which].kind == NUMBER && number == INT64_MIN)
		return err_set(e, ERR_INVALID, "knob '%s' is a whole number", name);
	k->value[which] = table[which].kind == BOOL ? is_true : number;
	return ERR_OK;
}

/* Copies an array of paths, each made canonical. */
static int set_paths(struct json **out, const struct json *array, struct err *e)
{
	cleanup_json struct json *paths = json_array();

	for (const struct json *v = json_first(array); v; v = json_next(v)) {
		cleanup_wspath struct wspath path = { 0 };
		int code = wspath_parse(&path, json_text(v) ? json_text(v) : "", e);

		if (code != ERR_OK)
			return code;
		json_add_str(paths, NULL, path.path);
	}
	json_free(*out);
	*out = steal(&paths);
	return ERR_OK;
}

static int set_member(struct knobs *k, const struct json *values, const struct json *member,
		      struct err *e)
{
	const char *name = json_key(member);

	for (unsigned i = 0; i < KNOB_COUNT; i++)
		if (str_eq(table[i].name, name))
			return set_value(k, i, values, e);
	for (unsigned i = 0; i < ACCESS_COUNT; i++)
		if (str_eq(access_table[i].name, name))
			return set_paths(&k->paths[i], member, e);
	if (str_eq(name, "reset"))
		return ERR_OK;
	return err_set(e, ERR_INVALID, "there is no knob '%s'", name);
}

int knobs_set(struct knobs *k, const struct json *values, struct err *e)
{
	int code = ERR_OK;

	if (json_bool(values, "reset", false)) {
		knobs_release(k);
		knobs_init(k);
	}
	for (const struct json *v = json_first(values); v && code == ERR_OK; v = json_next(v))
		code = set_member(k, values, v, e);
	return code;
}

static void print_value(const struct knobs *k, unsigned i, struct buf *out)
{
	if (table[i].kind == CHOICE)
		json_out_str(out, "value", table[i].choices[k->value[i]]);
	else if (table[i].kind == BOOL)
		json_out_bool(out, "value", k->value[i] != 0);
	else
		json_out_int(out, "value", k->value[i]);
}

void knobs_print(const struct knobs *k, struct buf *out)
{
	json_out_open(out, NULL, '{');
	for (unsigned i = 0; i < KNOB_COUNT; i++) {
		json_out_open(out, table[i].name, '{');
		print_value(k, i, out);
		json_out_str(out, "help", table[i].help);
		json_out_close(out, '}');
	}
	for (unsigned i = 0; i < ACCESS_COUNT; i++) {
		const struct json *v = k->paths[i] ? json_first(k->paths[i]) : NULL;

		json_out_open(out, access_table[i].name, '{');
		json_out_open(out, "value", '[');
		for (; v; v = json_next(v))
			json_out_str(out, NULL, json_text(v));
		json_out_close(out, ']');
		json_out_str(out, "help", access_table[i].help);
		json_out_close(out, '}');
	}
	json_out_close(out, '}');
}

bool knobs_access(const struct knobs *k, enum knob_access kind, const char *path)
{
	const struct json *v = k->paths[kind] ? json_first(k->paths[kind]) : NULL;

	for (; v; v = json_next(v))
		if (wspath_within(path, json_text(v)))
			return true;
	return false;
}

bool knobs_take(struct knob_bucket *b, int64_t rate, int64_t now_ns)
{
	double most = (double)rate;

	if (rate <= 0)
		return true;
	b->tokens += (double)(now_ns - b->filled_ns) / 1e9 * most;
	if (b->tokens > most)
		b->tokens = most;
	b->filled_ns = now_ns;
	if (b->tokens < 1)
		return false;
	b->tokens -= 1;
	return true;
}
