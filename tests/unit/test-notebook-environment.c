/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Environment blocks: every spelling read, single keys changed in them, and what a merge makes of
 * two. The blocks are written here without the "#" of their lines.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "notebook/environment/environment.h"

#define TABLE "[tool.databricks.environment]\n"

/* Lines of TOML as a block. */
static char *block_of(const char *toml)
{
	cleanup_buf struct buf out = BUF_INIT(1 << 20);
	size_t len;

	buf_add_str(&out, "# /// script\n");
	for (const char *p = toml, *lf; *p; p = lf + 1) {
		lf = strchr(p, '\n');
		buf_add_str(&out, lf == p ? "#" : "# ");
		buf_add(&out, p, (size_t)(lf + 1 - p));
	}
	buf_add_str(&out, "# ///\n");
	return buf_steal(&out, &len);
}

static void read_toml(struct environment *env, const char *toml)
{
	cleanup_free char *text = block_of(toml);

	memset(env, 0, sizeof(*env));
	if (!*toml) {
		env->known = env->whole = true;
		return;
	}
	assert_int_equal(environment_read_block(env, text, strlen(text)), strlen(text));
	assert_string_equal(env->block, text);
}

/* "v=4 d=[a|b] | rest line; rest line" */
static char *show(const struct environment *env)
{
	static const char names[] = "bvcp";
	cleanup_buf struct buf out = BUF_INIT(1 << 20);
	size_t len;

	if (env->opaque)
		buf_add_str(&out, "opaque ");
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		if (env->values[i])
			buf_addf(&out, "%c=%s ", names[i], env->values[i]);
	if (env->count)
		buf_add_str(&out, "d=");
	for (size_t i = 0; i < env->count; i++)
		buf_addf(&out, "%s%s%s", i ? "|" : "[", env->dependencies[i],
			 i + 1 == env->count ? "] " : "");
	if (env->rest)
		buf_addf(&out, "| %s", env->rest);
	return buf_steal(&out, &len);
}

static const struct {
	const char *toml, *says;
} spellings[] = {
	{ TABLE "environment_version = \"4\"\n", "v=4 " },
	{ TABLE "base_environment = \"ai\"\nenvironment_version = \"4\"\nclient = \"1\"\n",
	  "b=ai v=4 c=1 " },
	{ TABLE "project_environment = \"/Repos/x/pyproject.toml\"\n",
	  "p=/Repos/x/pyproject.toml " },
	{ TABLE "environment_version = '4'\ndependencies = ['a\\b', \"c\\\"d\"]\n",
	  "v=4 d=[a\\b|c\"d] " },
	{ TABLE "environment_version = \"\"\"\n4\"\"\"\n", "v=4 " },
	{ TABLE "environment_version = '''\n4'''\n", "v=4 " },
	{ TABLE "environment_version = \"\"\"4 \\\n\n   5\"\"\"\n", "v=4 5 " },
	{ TABLE "base_environment = '''a\nb'''\n", "b=a\nb " },
	{ TABLE "base_environment = \"\"\"\"x\"\"\"\"\n", "b=\"x\" " },
	{ TABLE "base_environment = \"\\u0041\\U0001F525\\t\\b\\f\\n\\r\\\\\"\n",
	  "b=A\xF0\x9F\x94\xA5\t\b\f\n\r\\ " },
	{ TABLE "base_environment = \"\\u0000\"\n", "b=\xC0\x80 " },
	{ "tool.databricks.environment.environment_version = \"4\"\n", "v=4 " },
	{ "[tool]\ndatabricks.environment.environment_version = \"4\"\n", "v=4 " },
	{ "[tool.databricks]\nenvironment.client = \"4\"\n", "c=4 " },
	{ "[ tool . \"databricks\" .'environment' ] # x\n\"environment_version\" = \"4\"\n",
	  "v=4 | # x\n" },
	{ "[tool.databricks]\nenvironment = { environment_version = \"4\", "
	  "dependencies = [\"a\"] }\n",
	  "v=4 d=[a] " },
	{ "tool = { databricks = { environment = { client = \"2\" } }, uv = 1 }\n",
	  "c=2 | tool.uv = 1\n" },
	{ TABLE "dependencies = [ # all\n  \"a\", # first\n\n  # between\n  'b' # last\n]\n",
	  "d=[a|b] | # all\n# first\n# between\n# last\n" },
	{ TABLE "dependencies = []\nbase_environment = \"\"\n", "" },
	/* what only the block can say */
	{ "requires-python = \">=3.11\"\n" TABLE "environment_version=\"4\"\n",
	  "v=4 | requires-python = \">=3.11\"\n" },
	{ "dependencies = [\n  \"a\",\n]\n", "| dependencies = [\n   \"a\",\n ]\n" },
	{ "dependencies = ['a']\n" TABLE "dependencies = [\"a\",]\n", "d=[a] " },
	{ "dependencies = ['a']\n" TABLE "dependencies = [\"a\", \"b\"]\n",
	  "d=[a|b] | dependencies = ['a']\n" },
	{ TABLE "environment_version = 4\nx.y = 1979-05-27 07:32:00Z\n",
	  "| tool.databricks.environment.environment_version = 4\n"
	  "tool.databricks.environment.x.y = 1979-05-27 07:32:00Z\n" },
	{ TABLE "dependencies = [\"a\", 1]\n",
	  "| tool.databricks.environment.dependencies = [\"a\", 1]\n" },
	{ "[tool.uv]\nindex = [{ url = \"x\", default = true }]\n[[tool.uv.sources]]\na = "
	  "1\n",
	  "| [tool.uv]\ntool.uv.index = [{ url = \"x\", default = true }]\n"
	  "[[tool.uv.sources]]\ntool.uv.sources.a = 1\n" },
	{ "[tool.databricks.environment.more]\na = 1\n",
	  "| [tool.databricks.environment.more]\n"
	  "tool.databricks.environment.more.a = 1\n" },
	{ "# only a comment  \n", "| # only a comment\n" },
	{ "\n", "" },
};

static void test_spellings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		struct environment env;
		cleanup_free char *says = NULL;

		read_toml(&env, spellings[i].toml);
		says = show(&env);
		assert_string_equal(says, spellings[i].says);
		assert_true(env.known && env.whole);
		environment_release(&env);
	}
}

static void test_opaque(void **state)
{
	static const struct {
		const char *toml, *why;
	} rows[] = {
		{ "x\n", "line 2 of the environment block is not understood (a key without a "
			 "value)" },
		{ TABLE "x = \"a\n", "line 3 of the environment block is not understood (a string "
				     "that does not end)" },
		{ "x = \"\\q\"\n", "line 2 of the environment block is not understood (an escape "
				   "that TOML does not have)" },
		{ "x = \"\\uD800\"\n", "line 2 of the environment block is not understood (an "
				       "escape that TOML does not have)" },
		{ "x = [1\n", "line 3 of the environment block is not understood (neither a comma "
			      "nor the end of a list)" },
		{ "x = 1 2\n",
		  "line 2 of the environment block is not understood (something behind "
		  "the end of a key's value or a table's name)" },
		{ "x = \"\xFF\"\n", "line 2 of the environment block is not understood (text that "
				    "is not UTF-8)" },
		{ "x = \n", "line 2 of the environment block is not understood (a value is "
			    "missing)" },
		{ "[a\n", "line 2 of the environment block is not understood (the name of a table "
			  "does not end)" },
		{ TABLE "client = \"1\"\nclient = \"2\"\n",
		  "line 4 of the environment block is not understood (a key or table that stood in "
		  "this block before)" },
		{ TABLE TABLE, "line 3 of the environment block is not understood (a key or table "
			       "that stood in this block before)" },
		{ "[[tool.databricks]]\n",
		  "line 2 of the environment block is not understood (a list of tables where the "
		  "environment's table is)" },
		{ "x = [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n",
		  "line 2 of the environment block is not understood (lists and tables nested too "
		  "deeply)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *why = xasprintf("%s and has no place in .ipynb, mend it first",
						   rows[i].why);
		struct environment env, five, other;
		cleanup_buf struct buf out = BUF_INIT(10000);
		struct err e = ERR_INIT;

		read_toml(&env, rows[i].toml);
		read_toml(&five, TABLE "environment_version = \"5\"\n");
		assert_true(env.opaque && env.whole && !env.known);
		assert_int_equal(environment_refuse_rest(&env, &e), ERR_INVALID);
		assert_string_equal(e.text, why);
		/* it keeps its bytes, whatever the keys become */
		environment_merge(&other, &env, &env, &five);
		other.whole = false;
		assert_int_equal(environment_put_block(&out, &env, &other, &e), 0);
		assert_string_equal(out.data, env.block);
		environment_release(&env);
		environment_release(&five);
		environment_release(&other);
	}
}

/* A list of n dependencies. */
static char *many(size_t n)
{
	cleanup_buf struct buf out = BUF_INIT(1 << 20);
	size_t len;

	buf_add_str(&out, TABLE "dependencies = [");
	for (size_t i = 0; i < n; i++)
		buf_add_str(&out, "\"x\",");
	buf_add_str(&out, "]\n");
	return buf_steal(&out, &len);
}

static void test_limits(void **state)
{
	cleanup_free char *most = many(ENVIRONMENT_DEPENDENCIES_MAX);
	cleanup_free char *more = many(ENVIRONMENT_DEPENDENCIES_MAX + 1);
	cleanup_free char *large = xmalloc(ENVIRONMENT_BLOCK_MAX + 3);
	struct environment env;

	(void)state;
	read_toml(&env, most);
	assert_false(env.opaque);
	environment_release(&env);
	read_toml(&env, more);
	assert_true(env.opaque);
	environment_release(&env);
	memset(large, '#', ENVIRONMENT_BLOCK_MAX + 1);
	memcpy(large + ENVIRONMENT_BLOCK_MAX + 1, "\n", 2);
	read_toml(&env, large);
	assert_true(env.opaque);
	environment_release(&env);
}

static const struct {
	const char *old, *keys, *made; /* "": no block */
} edits[] = {
	/* from nothing, to nothing */
	{ "", TABLE "environment_version = '4'\ndependencies = ['a', 'b']\n",
	  TABLE "environment_version = \"4\"\ndependencies = [\n  \"a\",\n  \"b\",\n]\n" },
	{ TABLE "environment_version = \"4\"\n", "", "" },
	{ "\n" TABLE "environment_version = \"4\"\n\n", "", "" },
	{ "dependencies = ['a']\n" TABLE "dependencies = ['a']\n", "", "" },
	/* one value */
	{ TABLE "base_environment   =  'x' # why\n\nenvironment_version='4'\n",
	  TABLE "base_environment = \"x\"\nenvironment_version = \"5\"\n",
	  TABLE "base_environment   =  'x' # why\n\nenvironment_version='5'\n" },
	{ TABLE "environment_version = '4'\n", TABLE "environment_version = \"it's\"\n",
	  TABLE "environment_version = \"it's\"\n" },
	{ "tool.databricks.environment.client = \"1\"\n", TABLE "client = \"2\"\n",
	  "tool.databricks.environment.client = \"2\"\n" },
	{ "[tool.databricks]\nenvironment = { client = \"1\", x = 2 }\n", TABLE "client = \"2\"\n",
	  "[tool.databricks]\nenvironment = { client = \"2\", x = 2 }\n" },
	/* a key more */
	{ TABLE "# note\nenvironment_version = \"4\" # v\n# end\n",
	  TABLE "base_environment = \"x\"\nenvironment_version = \"4\"\n"
		"dependencies = [\"a\"]\n",
	  TABLE "# note\nbase_environment = \"x\"\nenvironment_version = \"4\" # v\n"
		"dependencies = [\n  \"a\",\n]\n# end\n" },
	{ "requires-python = \">=3.11\"\n", TABLE "environment_version = \"4\"\n",
	  "requires-python = \">=3.11\"\n" TABLE "environment_version = \"4\"\n" },
	{ TABLE "x = 1\n[tool.uv]\ny = 2\n", TABLE "environment_version = \"4\"\n",
	  TABLE "environment_version = \"4\"\nx = 1\n[tool.uv]\ny = 2\n" },
	{ "[tool]\n  databricks.environment.client = \"1\"\n",
	  TABLE "client = \"1\"\nenvironment_version = \"4\"\n",
	  "[tool]\n  databricks.environment.environment_version = \"4\"\n"
	  "  databricks.environment.client = \"1\"\n" },
	{ "tool.databricks.environment = {}\n", TABLE "client = \"1\"\n",
	  "tool.databricks.environment = { client = \"1\" }\n" },
	{ "tool.databricks.environment = { client = \"1\" }\n",
	  TABLE "client = \"1\"\ndependencies = [\"a\"]\n",
	  "tool.databricks.environment = { dependencies = [\"a\"], client = \"1\" }\n" },
	/* a key less */
	{ TABLE "base_environment = \"x\"\nenvironment_version = \"4\" # v\n",
	  TABLE "base_environment = \"x\"\n", TABLE "base_environment = \"x\"\n# v\n" },
	{ TABLE "client = \"1\"\ndependencies = [\n  # c\n  \"a\", # d\n]\n",
	  TABLE "client = \"1\"\n", TABLE "client = \"1\"\n# c\n# d\n" },
	{ "x = 1\n" TABLE "client = \"1\"\n", "", "x = 1\n" },
	{ TABLE "client = \"1\"\nx = 1\n", "", TABLE "x = 1\n" },
	{ "tool.databricks.environment = { client = \"1\", x = 1 }\n", "",
	  "tool.databricks.environment = { x = 1 }\n" },
	{ "tool.databricks.environment = { x = 1, client = \"1\" }\n", "",
	  "tool.databricks.environment = { x = 1 }\n" },
	/* lists */
	{ TABLE "dependencies = ['a', \"b\",'c']\n", TABLE "dependencies = [\"a\", \"x\", \"c\"]\n",
	  TABLE "dependencies = ['a', 'x', 'c']\n" },
	{ TABLE "dependencies = [\n    \"a\", # one\n    'b',   # two\n    # three\n"
		"    \"c\"\n  ]\n",
	  TABLE "dependencies = [\"a\", \"c\", \"d\"]\n",
	  TABLE "dependencies = [\n    \"a\", # one\n    # two\n    # three\n    \"c\",\n"
		"    \"d\",\n  ]\n" },
	{ TABLE "dependencies = [\n  \"a\",\n  \"b\",\n]\n",
	  TABLE "dependencies = [\"b\", \"a\"]\n",
	  TABLE "dependencies = [\n  \"b\",\n  \"a\",\n]\n" },
	{ TABLE "dependencies = [\"a\", # x\n  \"b\"]\n", TABLE "dependencies = [\"b\"]\n",
	  TABLE "dependencies = [\n  # x\n  \"b\",\n]\n" },
	{ "dependencies = [\n  \"a\",\n]\n" TABLE "dependencies = ['a']\n",
	  TABLE "dependencies = ['a', 'b']\n",
	  "dependencies = [\n  \"a\",\n  \"b\",\n]\n" TABLE "dependencies = ['a', 'b']\n" },
	{ "dependencies = ['z']\n" TABLE "dependencies = ['a']\n", TABLE "dependencies = ['b']\n",
	  "dependencies = ['z']\n" TABLE "dependencies = ['b']\n" },
	{ "dependencies = ['z']\n" TABLE "client = '1'\n",
	  TABLE "client = '1'\ndependencies = ['z']\n",
	  "dependencies = ['z']\n" TABLE "client = '1'\ndependencies = [\n  \"z\",\n]\n" },
	/* one key for another */
	{ TABLE "environment_version = \"4\"\n", TABLE "project_environment = \"p\"\n",
	  TABLE "project_environment = \"p\"\n" },
};

static void test_edits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
		cleanup_free char *made = *edits[i].made ? block_of(edits[i].made) : xstrdup("");
		cleanup_buf struct buf out = BUF_INIT(10000);
		struct environment old, keys;
		struct err e = ERR_INIT;

		read_toml(&old, edits[i].old);
		read_toml(&keys, edits[i].keys);
		keys.whole = false; /* as an .ipynb tells them */
		assert_int_equal(environment_put_block(&out, &old, &keys, &e), 0);
		assert_string_equal(buf_str(&out), made);
		/* what says the same keeps its bytes */
		if (old.block) {
			buf_clear(&out);
			assert_int_equal(environment_put_block(&out, &old, &old, &e), 0);
			assert_string_equal(buf_str(&out), old.block);
		}
		environment_release(&old);
		environment_release(&keys);
	}
}

/* ---- merging ---- */

/* "-": an .ipynb that tells no environment; "!": one whose keys Databricks noted of itself. */
static void read_side(struct environment *env, const char *toml)
{
	memset(env, 0, sizeof(*env));
	if (strcmp(toml, "-") == 0)
		return;
	read_toml(env, *toml == '!' ? toml + 1 : toml);
	env->noted = *toml == '!';
	env->whole = !env->noted;
}

#define V(version) TABLE "environment_version = \"" version "\"\n"
#define R(rest)    "x = " rest "\n"

static const struct {
	const char *base, *ours, *theirs, *merged; /* base NULL: none */
	bool conflict;
} merges[] = {
	{ V("4"), V("4"), V("4"), "v=4 ", false },
	{ V("4"), V("5"), V("4"), "v=5 ", false },
	{ V("4"), V("4"), V("5"), "v=5 ", false },
	{ V("4"), V("5"), V("5"), "v=5 ", false },
	{ V("4"), V("5"), V("6"), "v=5 ", true },
	{ V("4"), "", V("4"), "", false },
	{ V("4"), V("4"), "", "", false },
	{ V("4"), "", V("5"), "", true },
	{ "", V("4"), "", "v=4 ", false },
	{ "", V("4"), V("5"), "v=4 ", true },
	/* each key for itself */
	{ V("4"), V("5"), V("4") "dependencies = ['a']\n", "v=5 d=[a] ", false },
	{ V("4") "dependencies = ['a']\n", V("4") "dependencies = ['a', 'b']\n",
	  V("4") "dependencies = ['c', 'a']\n", "v=4 d=[a|b] ", true },
	{ V("4"), V("5"), TABLE "project_environment = 'p'\n", "v=5 ", true },
	{ V("4"), V("4"), TABLE "project_environment = 'p'\n", "p=p ", false },
	{ V("4"), V("4") "client = '1'\n", TABLE "project_environment = 'p'\n", "v=4 c=1 ", true },
	/* the rest for itself */
	{ R("1") V("4"), R("1") V("5"), R("2") V("4"), "v=5 | x = 2\n", false },
	{ R("1") V("4"), R("3") V("4"), R("2") V("5"), "v=5 | x = 3\n", true },
	{ R("1") V("4"), R("1"), R("1") V("4"), "| x = 1\n", false },
	/* what is not told is not removed */
	{ V("4"), "-", V("5"), "v=5 ", false },
	{ R("1") V("4"), R("1") V("4"), "-", "v=4 | x = 1\n", false },
	{ R("1") V("4"), R("1") V("4"), "!" V("5"), "v=5 | x = 1\n", false },
	{ R("1") V("4"), "!" V("5"), R("1") V("4"), "v=5 | x = 1\n", false },
	{ "-", V("4"), "-", "v=4 ", false },
	/* nothing in common */
	{ NULL, V("4"), V("4"), "v=4 ", false },
	{ NULL, V("4"), V("5"), "v=4 ", true },
	{ NULL, V("4"), "", "v=4 ", true },
	{ NULL, "", "!" V("5"), "v=5 ", false },
	{ NULL, "!" V("5"), "", "v=5 ", false },
	{ NULL, "-", V("5"), "v=5 ", false },
	{ NULL, R("1"), "!" V("5"), "v=5 | x = 1\n", false },
	{ NULL, "!" V("5"), R("1"), "v=5 | x = 1\n", false },
	/* what is not understood is one piece */
	{ "x\n", "x\n", "y\n", "opaque | # /// script\n# y\n# ///\n", false },
	{ "x\n", "x\n", "!" V("5"), "opaque v=5 | # /// script\n# x\n# ///\n", false },
};

static void test_merge(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(merges); i++) {
		struct environment base, ours, theirs, out;
		cleanup_free char *says = NULL;
		bool conflict;

		read_side(&base, merges[i].base ? merges[i].base : "");
		read_side(&ours, merges[i].ours);
		read_side(&theirs, merges[i].theirs);
		conflict = environment_merge(&out, merges[i].base ? &base : NULL, &ours, &theirs);
		says = show(&out);
		assert_string_equal(says, merges[i].merged);
		assert_int_equal(conflict, merges[i].conflict);
		environment_release(&base);
		environment_release(&ours);
		environment_release(&theirs);
		environment_release(&out);
	}
}

static void test_lift(void **state)
{
	static const struct {
		const char *whole, *told, *raw, *now; /* told NULL: as whole */
	} rows[] = {
		/* a side that cannot hold it, or lost it, did not remove it */
		{ R("1") V("4"), "", "", "v=4 | x = 1\n" },
		{ R("1") V("4"), "-", "-", "v=4 | x = 1\n" },
		{ R("1") V("4"), "!" V("4"), "!" V("4"), "v=4 | x = 1\n" },
		{ "!" V("5"), "", "", "v=5 " },
		/* but its edits count, also against what it could not say */
		{ R("1") V("4"), "!" V("4"), "!" V("5"), "v=5 | x = 1\n" },
		{ R("1") V("4"), NULL, R("2") V("4"), "v=4 | x = 2\n" },
		{ R("1") V("4"), NULL, "", "" },
		{ "!" V("5"), "", V("6"), "v=6 " },
		{ V("6"), V("5"), V("7"), "v=7 " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct environment whole, told, raw, now;
		cleanup_free char *says = NULL;

		read_side(&whole, rows[i].whole);
		read_side(&told, rows[i].told ? rows[i].told : "");
		read_side(&raw, rows[i].raw);
		environment_lift(&now, &whole, rows[i].told ? &told : NULL, &raw);
		says = show(&now);
		assert_string_equal(says, rows[i].now);
		environment_release(&whole);
		environment_release(&told);
		environment_release(&raw);
		environment_release(&now);
	}
}

static void test_canonical(void **state)
{
	static const char *const same[] = {
		"x=1\n" TABLE "base_environment='ai'\nclient=\"1\"\ndependencies=['a','b']\n",
		TABLE "dependencies = [\n  \"a\",\n  \"b\",\n]\nclient = '1'\n"
		      "base_environment = \"\\u0061i\"\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		cleanup_buf struct buf out = BUF_INIT(10000);
		cleanup_free char *expected = xasprintf(
			"environment\nbase_environment 2\nai\nclient 1\n1\n"
			"dependency 1\na\ndependency 1\nb\n%s",
			i ? "" : "block 6\nx = 1\n\n");
		struct environment env;

		read_toml(&env, same[i]);
		environment_canonical(&env, &out);
		assert_string_equal(buf_str(&out), expected);
		environment_release(&env);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spellings), cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_limits),    cmocka_unit_test(test_edits),
		cmocka_unit_test(test_merge),     cmocka_unit_test(test_lift),
		cmocka_unit_test(test_canonical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
