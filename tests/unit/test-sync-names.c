/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What belongs to a mapping, what a conflict copy is called, and what a commit says.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter/filter.h"
#include "filter/glob.h"
#include "filter/names.h"
#include "memory/message.h"
#include "notebook/notebook.h"
#include "path/path.h"

/* What programs leave beside a notebook, and what people call theirs. */
static const struct {
	const char *who, *file;
	bool travels;
} files[] = {
	{ "vim, neovim: swap", "etl/.load.py.swp", false },
	{ "vim: swap of a file that has one", "etl/.load.py.swo", false },
	{ "vim: backup", "etl/load.py~", false },
	{ "vim: patchmode", "etl/load.py.orig", false },
	{ "vim: whether the folder can be written", "etl/4913", false },
	{ "vim: undo", "etl/.load.py.un~", false },
	{ "emacs: autosave", "etl/#load.py#", false },
	{ "emacs: lock", "etl/.#load.py", false },
	{ "emacs: backup", "etl/load.py.~1~", false },
	{ "emacs: flycheck", "etl/flycheck_load.py", false },
	{ "emacs: flymake", "etl/load_flymake.py", false },
	{ "nano: swap", "etl/.load.py.swp", false },
	{ "nano: after a crash", "etl/load.py.save", false },
	{ "kate: swap", "etl/.load.py.kate-swp", false },
	{ "kate, KDE: saving", "etl/load.py.Xk31Ab", false },
	{ "gedit, GNOME: saving", "etl/.goutputstream-9Q2JW1", false },
	{ "JetBrains: saving", "etl/load.py___jb_tmp___", false },
	{ "JetBrains: the file before", "etl/load.py___jb_old___", false },
	{ "VS Code: folder", ".vscode/load.py", false },
	{ "VS Code: saving", "etl/load.py.vsctmp", false },
	{ "Sublime: saving", "etl/.sublA3f.tmp", false },
	{ "Jupyter: checkpoint", "etl/.ipynb_checkpoints/load-checkpoint.ipynb", false },
	{ "Jupyter: saving", "etl/.~load.ipynb", false },
	{ "Jupyter: before the first notebook", "etl/load.ipynb.invalid", false },
	{ "RStudio", ".Rproj.user/shared/load.r", false },
	{ "Python", "etl/__pycache__/load.py", false },
	{ "npm", "node_modules/x/load.py", false },
	{ "LibreOffice: lock", "etl/.~lock.load.sql#", false },
	{ "sed, perl, scripts", "etl/load.py.tmp", false },
	{ "sed", "etl/sedA1b2C3", false },
	{ "rsync", "etl/.load.py.A1b2C3", false },
	{ "rsync --delay-updates", "etl/.~tmp~/load.py", false },
	{ "git", ".git/load.py", false },
	{ "git merge", "etl/.merge_file_A1b2C3", false },
	{ "patch, git merge", "etl/load.py.orig", false },
	{ "git apply", "etl/load.py.rej", false },
	{ "macOS: resource fork", "etl/._load.py", false },
	{ "macOS: Finder", "etl/.DS_Store", false },
	{ "Windows: Explorer", "etl/Thumbs.db", false },
	{ "Windows: Explorer", "etl/desktop.ini", false },
	{ "Windows: deleted", "$RECYCLE.BIN/S-1-5/load.py", false },
	{ "NFS: deleted while open", "etl/.nfs000000000123", false },
	{ "fsck", "lost+found/load.py", false },
	{ "Synology", "etl/@eaDir/load.py", false },
	{ "Dropbox: conflict", "etl/load (Ana's conflicted copy 2026-01-31).py", false },
	{ "Dropbox: and another", "etl/load (Ana's conflicted copy 2026-01-31 (1)).py", false },
	{ "Dropbox: cache", ".dropbox.cache/load.py", false },
	{ "Nextcloud: conflict", "etl/load (conflicted copy 2026-01-31 120000).ipynb", false },
	{ "ownCloud: conflict", "etl/load_conflict-20260131-120000.py", false },
	{ "Seafile: conflict", "etl/load (SFConflict ana@acme.example 2026-01-31-12-00-00).py",
	  false },
	{ "Syncthing: conflict", "etl/load.sync-conflict-20260131-120000-ABCDEFG.py", false },
	{ "Syncthing: arriving", "etl/.syncthing.load.py.tmp", false },
	{ "Syncthing: arriving, Windows", "etl/~syncthing~load.py.tmp", false },
	{ "Syncthing: versions", ".stversions/load~20260131-120000.py", false },
	{ "Resilio: arriving", "etl/load.py.!sync", false },
	{ "OneDrive: arriving", "etl/~tmp2F.tmp", false },
	{ "Unison: arriving", "etl/.unison.load.py.1234.unison.tmp", false },
	{ "databricks", ".databricks/load.py", false },
	{ "nbsync: saving", "etl/.nbsyncd-0123456789abcdef.tmp", false },
	{ "nbsync: conflict", "etl/load.conflict-local-20260131T120000Z.py", false },

	{ "Jupyter: a copy that somebody wanted", "etl/load-Copy1.ipynb", true },
	{ "Jupyter: new", "etl/Untitled.ipynb", true },
	{ "a browser, Google Drive", "etl/load (1).py", true },
	{ "OneDrive: conflict, a computer's name", "etl/load-LAPTOP.py", true },
	{ "git mergetool, or somebody", "etl/load_BASE_2024.py", true },
	{ "somebody: a year", "etl/load_LOCAL_2024.py", true },
	{ "somebody", "etl/4913.py", true },
	{ "somebody", "etl/tmp.py", true },
	{ "somebody", "etl/load.tmp.py", true },
	{ "somebody", "etl/load.bak.py", true },
	{ "somebody", "etl/load.orig.py", true },
	{ "somebody", "etl/~load.py", true },
	{ "somebody", "etl/#1.py", true },
	{ "somebody", "etl/load#.py", true },
	{ "somebody", "etl/load (conflicted).py", true },
	{ "somebody", "etl/conflicted copy 2026-01-31.py", true },
	{ "somebody", "etl/load_conflict.py", true },
	{ "somebody", "etl/load.conflict-local.py", true },
	{ "somebody", "etl/load.conflict-desk-20260131T120000Z.py", true },
	{ "somebody", "etl/flycheck.py", true },
	{ "somebody", "etl/test-checkpoint.ipynb", true },
	{ "somebody: a folder", "flycheck_reports/load.py", true },
	{ "somebody: a folder", "load.sync-conflict-20260131-120000/load.py", true },
	{ "somebody: a folder", "tmp/load.py", true },
	{ "somebody: a folder", "nodes_modules/x.py", true },
};

static bool travels(const char *file)
{
	struct notebook_name name;
	bool ignored;

	if (!notebook_name_parse(&name, file))
		return false;
	ignored = names_ignored(name.stem);
	/* File and stem must be judged alike. */
	if (names_ignored(file) != ignored)
		fail_msg("'%s' and its stem differ", file);
	notebook_name_release(&name);
	return !ignored;
}

static void test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (travels(files[i].file) != files[i].travels)
			fail_msg("%s: '%s'", files[i].who, files[i].file);
}

/* In a workspace there are no extensions: what needs no rule as a file is a name like any other. */
static void test_names_in_a_workspace(void **state)
{
	static const char *const ours[] = {
		"4913",      "load.swp",
		"load.py",   "load.tmp",
		"Thumbs.db", "a/New Notebook 2026-05-04 13:54:24",
		"#",         "conflict-local-20260131T120000Z",
	};
	static const char *const ignored[] = {
		".hidden",          "load~",
		"#load#",           "a/.x/load",
		"__pycache__/load", "load.conflict-workspace-20260131T120000Z",
		"flycheck_load",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (names_ignored(ours[i]))
			fail_msg("'%s' should not be ignored", ours[i]);
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		if (!names_ignored(ignored[i]))
			fail_msg("'%s' should be ignored", ignored[i]);
}

static void test_folders(void **state)
{
	(void)state;
	assert_true(names_folder_ignored(".git"));
	assert_true(names_folder_ignored("a/__pycache__/b"));
	assert_true(names_folder_ignored("a/b~"));
	assert_true(names_folder_ignored("#recycle"));
	assert_false(names_folder_ignored("a/b"));
	assert_false(names_folder_ignored("flycheck_a"));
	assert_false(names_folder_ignored("x.conflict-local-20260131T120000Z"));
}

static void test_conflict_names(void **state)
{
	cleanup_free char *name = NULL, *original = NULL;
	enum side_id side;
	char stamp[17];

	(void)state;
	names_stamp(stamp, 1769860800);
	assert_string_equal(stamp, "20260131T120000Z");
	name = names_conflict("etl/load.v2", "", SIDE_WORKSPACE, stamp, 255);
	assert_string_equal(name, "etl/load.v2.conflict-workspace-20260131T120000Z");
	assert_true(names_is_conflict(name, &original, &side));
	assert_string_equal(original, "etl/load.v2");
	assert_int_equal(side, SIDE_WORKSPACE);
	assert_false(names_is_conflict("etl/.conflict-git-20260131T120000Z", NULL, NULL));
	assert_false(names_is_conflict("a.conflict-git-20260131T1200Z", NULL, NULL));
}

/* What a copy's name says of the notebook must be that notebook and no other, however little fits. */
static void expect_copy(const char *stem, const char *ext, size_t max, bool cut)
{
	static const char stamp[] = "20260131T120000Z";
	cleanup_free char *file = names_conflict(stem, ext, SIDE_WORKSPACE, stamp, max);
	cleanup_free char *again = names_conflict(stem, ext, SIDE_WORKSPACE, stamp, max);
	cleanup_free char *whole = xasprintf("%s%s", stem, ext), *original = NULL;
	cleanup_free char *other = xasprintf("%sx", stem);
	bool has_ext = str_ends(file, ext);
	cleanup_free char *copy = xstrndup(file, strlen(file) - (has_ext ? strlen(ext) : 0));
	enum side_id side;

	assert_string_equal(file, again);
	assert_true(strlen(path_base(file)) <= max);
	assert_int_equal(path_check(file, NULL), 0);
	assert_true(names_is_conflict(copy, &original, &side));
	assert_int_equal(side, SIDE_WORKSPACE);
	assert_true(names_ignored(copy));
	assert_int_equal(cut, !str_eq(original, has_ext ? stem : whole));
	if (!cut)
		return;
	assert_true(names_is_cut(original));
	assert_true(names_is_cut_of(original, has_ext ? stem : whole));
	assert_false(names_is_cut_of(original, other));
	assert_memory_equal(original, stem, 4 + 16);
}

static void test_conflict_names_that_are_cut(void **state)
{
	static const char *const characters[] = { "n", "\u00E6", "\u65E5", "\U0001F600" };
	static const char *const extensions[] = { "",   ".py",    ".sql", ".scala",
						  ".r", ".ipynb", ".csv" };

	(void)state;
	for (size_t bytes = 190; bytes <= 255; bytes++)
		for (size_t i = 0; i < ARRAY_SIZE(characters); i++)
			for (size_t j = 0; j < ARRAY_SIZE(extensions); j++) {
				struct buf stem = BUF_INIT(1024);
				size_t ext = strlen(extensions[j]);

				buf_add_str(&stem, "etl/");
				while (stem.len + strlen(characters[i]) + ext <= 4 + bytes)
					buf_add_str(&stem, characters[i]);
				while (stem.len + ext < 4 + bytes)
					buf_add_char(&stem, 'n');
				/* ".conflict-workspace-20260131T120000Z" has 36 bytes. */
				expect_copy(buf_str(&stem), extensions[j], 255, bytes + 36 > 255);
				expect_copy(buf_str(&stem), extensions[j], 143, true);
				buf_release(&stem);
			}
}

static void test_conflict_names_of_odd_files(void **state)
{
	char ext[250] = ".";

	(void)state;
	memset(ext + 1, 'e', sizeof(ext) - 2);
	/* Most of the name stands behind its last dot. */
	expect_copy("etl/abcdefghijklmnop", ext, 255, true);
	expect_copy("etl/abcdefghijklmnop", ".with a rather long extension", 255, false);
	assert_false(names_is_cut("etl/~1a2b3c4d"));
	assert_false(names_is_cut("etl/load~1a2b3c4"));
	assert_false(names_is_cut("etl/load~1a2b3c4x"));
	assert_false(names_is_cut("load"));
	assert_true(names_is_cut("l~1a2b3c4d"));
	assert_false(names_is_cut_of("load~1a2b3c4d", "load_orders"));
}

static void test_globs(void **state)
{
	static const struct {
		const char *patterns, *path;
		bool matches;
	} rows[] = {
		{ "**", "a", true },
		{ "**", "a/b/c", true },
		{ "*", "a/b/c", true }, /* the folder a matches, and all below with it */
		{ "", "a", false },
		{ NULL, "a", false },
		{ "load", "etl/load", true },
		{ "load", "etl/reload", false },
		{ "lo*", "etl/load/x", true },
		{ "/load", "etl/load", false },
		{ "/load", "load", true },
		{ "etl/load", "etl/load", true },
		{ "etl/load", "x/etl/load", false },
		{ "etl/*", "etl/load", true },
		{ "etl/*", "etl/a/b", true },
		{ "etl/*/b", "etl/a/b", true },
		{ "etl/*/b", "etl/a/c/b", false },
		{ "etl/**/b", "etl/b", true },
		{ "etl/**/b", "etl/a/c/b", true },
		{ "**/b", "b", true },
		{ "**/b", "a/c/b", true },
		{ "scratch/", "scratch", false },
		{ "scratch/", "scratch/a", true },
		{ "scratch/", "x/scratch/a", true },
		{ "a?c", "abc", true },
		{ "a?c", "a/c", false },
		{ "[ab]x", "ax", true },
		{ "[!ab]x", "ax", false },
		{ "[!ab]x", "cx", true },
		{ "[a-c]1", "b1", true },
		{ "[]x]1", "]1", true },
		{ "[ab", "[ab", false }, /* as in Git: a set that is not closed never matches */
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "tmp_*, scratch/", "scratch/a", true },
		{ "tmp_* ,scratch/", "etl/tmp_1", true },
		{ " , ", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (glob_list_matches(rows[i].patterns, rows[i].path) != rows[i].matches)
			fail_msg("'%s' on '%s'", rows[i].patterns ? rows[i].patterns : "(null)",
				 rows[i].path);
}

static void test_filter(void **state)
{
	char include[] = "etl/**, ml", exclude[] = "etl/scratch/";
	struct config_mapping m = { .include = include, .exclude = exclude };
	struct filter f;

	(void)state;
	filter_init(&f, &m);
	assert_true(filter_takes_object(&f, "etl/load", NULL, NULL));
	assert_true(filter_takes_object(&f, "x/ml", NULL, NULL));
	assert_false(filter_takes_object(&f, "other", NULL, NULL));
	assert_false(filter_takes_object(&f, "etl/scratch/a", NULL, NULL));
	assert_false(filter_takes_object(&f, "etl/.x/a", NULL, NULL));
	filter_release(&f);
}

static void expect_message(const struct message_change *changes, size_t count, const char *expected)
{
	cleanup_buf struct buf out = BUF_INIT(65536);

	message_write(&out, "etl", "", NULL, changes, count);
	assert_string_equal(buf_str(&out), expected);
}

#define BIT(side) (1u << SIDE_##side)

static void test_messages(void **state)
{
	const struct message_change one[] = { { MESSAGE_UPDATE, "etl/load_orders", BIT(WORKSPACE),
						"795822750063438", false, false } };
	const struct message_change merged[] = { { MESSAGE_UPDATE, "x", BIT(LOCAL) | BIT(GIT), NULL,
						   false, false } };
	const struct message_change three[] = {
		{ MESSAGE_UPDATE, "etl/a/x", BIT(LOCAL), "1", false, false },
		{ MESSAGE_ADD, "etl/a/y", BIT(WORKSPACE), "", false, false },
		{ MESSAGE_DELETE, "etl/b", 0, NULL, false, false },
	};
	const struct message_change mixed[] = { { MESSAGE_ADD, "a", BIT(GIT), NULL, false, false },
						{ MESSAGE_ADD, "b.csv", BIT(GIT), NULL, true,
						  false } };
	const struct message_change roots[] = {
		{ MESSAGE_ADD, "ab", BIT(LOCAL), NULL, false, false },
		{ MESSAGE_ADD, "abc", BIT(LOCAL), NULL, false, false }
	};

	(void)state;
	expect_message(one, 1,
		       "Update etl/load_orders\n"
		       "\nNbsync-Mapping: etl\nNbsync-Side: workspace\n"
		       "Nbsync-Object-Id: 795822750063438\n");
	expect_message(merged, 1,
		       "Update x\n\nNbsync-Mapping: etl\nNbsync-Side: git\nNbsync-Side: local\n");
	expect_message(three, 3,
		       "Update 3 notebooks in etl\n"
		       "\nUpdate etl/a/x\nAdd etl/a/y\nDelete etl/b\n"
		       "\nNbsync-Mapping: etl\nNbsync-Side: workspace\nNbsync-Side: local\n"
		       "Nbsync-Object-Id: 1\n");
	expect_message(mixed, 2,
		       "Add 2 files\n\nAdd a\nAdd b.csv\n"
		       "\nNbsync-Mapping: etl\nNbsync-Side: git\n");
	expect_message(roots, 2,
		       "Add 2 notebooks\n\nAdd ab\nAdd abc\n"
		       "\nNbsync-Mapping: etl\nNbsync-Side: local\n");
}

static void test_long_subject(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(65536);
	char path[200];
	struct message_change change = { MESSAGE_UPDATE, path, BIT(LOCAL), NULL, false, false };

	(void)state;
	/* Two bytes a character, so that the cut must find a boundary. */
	for (size_t i = 0; i + 1 < sizeof(path); i += 2)
		memcpy(path + i, "\xc3\xa9", 2);
	path[198] = '\0';
	message_write(&out, "etl", "", NULL, &change, 1);
	assert_true(strcspn(buf_str(&out), "\n") <= 72);
	assert_non_null(strstr(buf_str(&out), "\xa9...\n"));
}

static void test_objects_of_messages(void **state)
{
	static const char text[] = "Update a\n\nNbsync-Object-Id: 12\nNbsync-Object-Id: 345\n";

	(void)state;
	assert_true(message_has_object(text, "12"));
	assert_true(message_has_object(text, "345"));
	assert_true(message_has_object("Nbsync-Object-Id: 7", "7"));
	assert_true(message_has_object("Nbsync-Object-Id: 7\r\n", "7"));
	assert_false(message_has_object(text, "1"));
	assert_false(message_has_object(text, "34"));
	assert_false(message_has_object(text, "3456"));
	assert_false(message_has_object(text, ""));
	assert_false(message_has_object("", "12"));
	assert_false(message_has_object("see Nbsync-Object-Id: 12\n", "12"));
}

static char *message_of(const char *workspace, bool second_is_in_workspace)
{
	const struct message_change two[] = {
		{ MESSAGE_ADD, "a", BIT(LOCAL), "12", false, true },
		{ MESSAGE_DELETE, "b", BIT(LOCAL), NULL, false, second_is_in_workspace },
	};
	struct buf out = BUF_UNBOUNDED;

	message_write(&out, "etl", workspace, NULL, two, 2);
	return buf_steal(&out, NULL);
}

static void test_workspaces_of_messages(void **state)
{
	cleanup_free char *all = message_of("ab12", true), *some = message_of("ab12", false);
	cleanup_free char *unknown = message_of("", true);

	(void)state;
	assert_non_null(strstr(all, "\nNbsync-Object-Id: 12\nNbsync-Workspace: ab12\n"));
	assert_true(message_has_workspace(all, "ab12"));
	assert_false(message_has_workspace(all, "ab1"));
	assert_false(message_has_workspace(all, "12"));
	assert_false(message_has_workspace(all, ""));
	assert_null(strstr(some, "Nbsync-Workspace"));
	assert_null(strstr(unknown, "Nbsync-Workspace"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_names_in_a_workspace),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_conflict_names),
		cmocka_unit_test(test_conflict_names_that_are_cut),
		cmocka_unit_test(test_conflict_names_of_odd_files),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_objects_of_messages),
		cmocka_unit_test(test_workspaces_of_messages),
		cmocka_unit_test(test_long_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
