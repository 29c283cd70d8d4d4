/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as a whole: defaults, every mistake with its line, drop-ins, files, overlaps. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/keys.h"
#include "config/own.h"
#include "parsed.h"

#define DEV        "[workspace dev]\nhost = https://h.acme.example\ntoken_file = /t\n"
#define GIT        "git = https://github.com/acme/r\n"
#define LOCAL      "local = /srv/a\n"
#define PAIR       LOCAL GIT
#define LETTERS_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* ---- what is refused ---- */

static const struct {
	const char *text;
	const char *problems; /* NULL: fine. "@" at a line's start stands for "x.ini:". */
} cases[] = {
	{ "", NULL },
	{ "[daemon]\n", NULL },
	{ "[mapping a]\n" PAIR, NULL },
	{ DEV "[mapping a]\nworkspace = dev:/a\n" GIT, NULL },
	{ DEV "[mapping a]\nworkspace = dev:/a\nlocal = /srv/a\n", NULL },
	{ "[mapping a]\nworkspace = dev:/a\n" GIT DEV, NULL }, /* in any order */
	{ "[workspace dev]\nprofile = DEFAULT\n", NULL },
	{ "[workspace a]\nprofile = x\n[mapping a]\n" PAIR, NULL }, /* names are per kind */

	/* sections */
	{ "workers = 8\n", "@1: key 'workers' stands in front of the first section\n" },
	{ "[demon]\nworkers = x\n", "@1: unknown section [demon]; did you mean [daemon]?\n" },
	{ "[maping etl]\n", "@1: unknown section [maping etl]; did you mean [mapping NAME]?\n" },
	{ "[worksapce]\n", "@1: unknown section [worksapce]; did you mean [workspace NAME]?\n" },
	{ "[daemon x]\n", "@1: unknown section [daemon x]; did you mean [daemon]?\n" },
	{ "[policy]\nrestrict = none\n", "@1: unknown section [policy]; there are [daemon], "
					 "[workspace NAME] and [mapping NAME]\n" },
	{ "[mapping]\nlocal = x\n",
	  "@1: [mapping] needs a name of 1 to 64 letters, digits, '.', '_' or '-', starting with "
	  "none of '.' and '-'\n" },
	{ "[mapping a b]\n",
	  "@1: [mapping a b] needs a name of 1 to 64 letters, digits, '.', '_' or '-', starting "
	  "with none of '.' and '-'\n" },
	{ "[workspace ../x]\n",
	  "@1: [workspace ../x] needs a name of 1 to 64 letters, digits, '.', '_' or '-', starting "
	  "with none of '.' and '-'\n" },
	{ "[daemon]\n[daemon]\nworkers = x\n", "@2: section [daemon] stands here and in line 1\n" },
	{ "[mapping a]\n" PAIR "[mapping a]\nfoo = bar\n",
	  "@4: mapping 'a' is defined here and at 'x.ini:1'\n" },
	{ DEV "\n" DEV, "@5: workspace 'dev' is defined here and at 'x.ini:1'\n" },
	{ "[daemon\nworkers = x\n", "@1: section has no closing ']'\n" },

	/* keys */
	{ "[mapping etl]\n" PAIR "intervall = 5s\n",
	  "@4: unknown key 'intervall' in [mapping etl]\n" },
	{ "[mapping etl]\n" PAIR "brnch = x\n",
	  "@4: unknown key 'brnch' in [mapping etl]; did you mean 'branch'?\n" },
	{ "[mapping etl]\n" PAIR "comit_quite = x\n",
	  "@4: unknown key 'comit_quite' in [mapping etl]; did you mean 'commit_quiet'?\n" },
	{ "[daemon]\nworker = 1\n",
	  "@2: unknown key 'worker' in [daemon]; did you mean 'workers'?\n" },
	{ "[daemon]\ntwo\twords = 4\n", "@2: unknown key 'two words' in [daemon]\n" },
	{ "[daemon]\nbranch = x\n",
	  "@2: key 'branch' belongs into [mapping NAME], not into [daemon]\n" },
	{ "[mapping a]\n" PAIR "workers = 1\n",
	  "@4: key 'workers' belongs into [daemon], not into [mapping a]\n" },
	{ DEV "branch = x\n",
	  "@4: key 'branch' belongs into [mapping NAME], not into [workspace dev]\n" },
	{ "[daemon]\nworkers = 1\nworkers = 1\n", "@3: key 'workers' stands here and in line 2\n" },
	{ "[mapping a]\n" PAIR "git = https://github.com/acme/s\n",
	  "@4: key 'git' stands here and in line 3\n" },
	{ "[daemon]\nworkers = x\nworkers = 1\n",
	  "@2: workers must be a number from 1 to 64, not 'x'\n"
	  "@3: key 'workers' stands here and in line 2\n" },
	{ "[daemon]\nworkers\n",
	  "@2: line is neither 'key = value' nor a section nor a comment\n" },

	/* What is too long is cut, never within a character. */
	{ "[daemon]\n" LETTERS_63 "\xC3\xA9 = 1\n",
	  "@2: unknown key '" LETTERS_63 "' in [daemon]\n" },
	{ "[" LETTERS_63 "aaaaaaaaaaaaaaa\xE2\x80\xAE]\n",
	  "@1: unknown section [" LETTERS_63
	  "aaaaaaaaaaaaaaa]; there are [daemon], [workspace NAME] and [mapping NAME]\n" },

	/* everything at once */
	{ "[daemon]\nworkers = 0\nlog_level = loud\n\n[mapping a]\nlocal = x\npol = 5s\npoll = 5\n",
	  "@2: workers must be a number from 1 to 64, not '0'\n"
	  "@3: log_level must be error, warning, notice, info or debug, not 'loud'\n"
	  "@6: local must be an absolute path or start with '~/', not 'x'\n"
	  "@7: unknown key 'pol' in [mapping a]; did you mean 'poll'?\n"
	  "@8: poll must be a duration from 1s to 1d, not '5'\n"
	  "@5: mapping 'a' needs at least two of local, workspace and git\n" },

	/* workspaces */
	{ "[workspace dev]\n", "@1: workspace 'dev' needs host and token_file, or profile\n" },
	{ "[workspace dev]\ntoken_file = /t\n",
	  "@1: workspace 'dev' needs host and token_file, or profile\n" },
	{ "[workspace dev]\nhost = https://h\n",
	  "@1: workspace 'dev' has no credentials; set token_file or profile\n" },

	/* sides */
	{ "[mapping a]\n", "@1: mapping 'a' needs at least two of local, workspace and git\n" },
	{ "\n[mapping a]\n" GIT,
	  "@2: mapping 'a' needs at least two of local, workspace and git\n" },
	{ "[mapping a]\n" LOCAL,
	  "@1: mapping 'a' needs at least two of local, workspace and git\n" },
	{ DEV "[mapping a]\nworkspace = dev:/a\n",
	  "@4: mapping 'a' needs at least two of local, workspace and git\n" },
	{ "[mapping a]\n" GIT "workspace = prod:/a\n",
	  "@3: there is no section [workspace prod]\n" },
	{ DEV "[mapping a]\n" GIT "workspace = Dev:/a\n",
	  "@6: there is no section [workspace Dev]\n" },
	{ "[mapping a]\n" PAIR "commit_quiet = 10s\ncommit_max_wait = 10s\n", NULL },
	{ "[mapping a]\n" PAIR "commit_quiet = 10s\ncommit_max_wait = 9s\n",
	  "@5: commit_max_wait must not be below commit_quiet\n" },
	{ "[mapping a]\n" PAIR "commit_quiet = 6min\n",
	  "@1: commit_max_wait must not be below commit_quiet\n" },
	{ "[mapping a]\n" PAIR "clone = independent\n", NULL },
	{ "[mapping a]\n" PAIR "clone = follow\nlocal_format = source\n", NULL },
	{ "[mapping a]\n" PAIR "clone = follow\n",
	  "@4: clone = follow needs the same local_format and git_format, because the working tree "
	  "has the files of the branch\n" },
	{ DEV "[mapping a]\n" LOCAL "workspace = dev:/a\nclone = follow\n",
	  "@7: clone = follow goes with a branch that is synchronised: set git, or clone = "
	  "independent\n" },
	{ DEV "[mapping a]\n" GIT "workspace = dev:/a\nclone = independent\n",
	  "@7: clone says how a local directory is taken that is a Git working tree; without "
	  "local, "
	  "leave it out\n" },

	/* directions */
	{ "[mapping a]\n" PAIR "direction = git->local\n", NULL },
	{ "[mapping a]\n" PAIR "direction = local->git\n", NULL },
	{ "[mapping a]\n" PAIR "direction = git->workspace\n",
	  "@4: direction names workspace, but mapping 'a' has no such side\n"
	  "@4: direction leaves out local; take 'local' out of mapping 'a', or name it\n" },
	{ DEV "[mapping a]\n" PAIR "workspace = dev:/a\ndirection = git->workspace\n",
	  "@8: direction leaves out local; take 'local' out of mapping 'a', or name it\n" },
	{ DEV "[mapping a]\n" PAIR "workspace = dev:/a\ndirection = git->workspace,local\n", NULL },

	{ DEV "[mapping a]\n" LOCAL "workspace = dev:/a\ndirection = git->workspace,local\n",
	  "@7: direction names git, but mapping 'a' has no such side\n" },
	{ DEV "[mapping a]\n" PAIR "workspace = dev:/a\ndirection = local->workspace\n",
	  "@8: direction leaves out git; take 'git' out of mapping 'a', or name it\n" },

	/* overlaps */
	{ "[daemon]\nstate = /srv/a/state\n[mapping a]\n" PAIR,
	  "@4: local '/srv/a' overlaps the state directory '/srv/a/state'\n" },
	{ "[daemon]\nstate = /srv\n[mapping a]\n" PAIR,
	  "@4: local '/srv/a' overlaps the state directory '/srv'\n" },
	{ "[daemon]\nstate = /srv/a\n[mapping a]\n" PAIR,
	  "@4: local '/srv/a' overlaps the state directory '/srv/a'\n" },
	{ "[daemon]\nstate = /srv/ab\n[mapping a]\n" PAIR, NULL },
	{ "[mapping a]\nlocal = /\n" GIT, "@2: local '/' overlaps the state directory '/state'\n" },
	{ "[mapping a]\n" PAIR "[mapping b]\n" PAIR,
	  "@5: local '/srv/a' overlaps '/srv/a' of mapping 'a'\n" },
	{ "[mapping a]\n" PAIR "[mapping b]\n" GIT "local = /srv/a/b/c\n",
	  "@6: local '/srv/a/b/c' overlaps '/srv/a' of mapping 'a'\n" },
	{ "[mapping a]\n" PAIR "[mapping b]\n" GIT "local = /srv\n",
	  "@6: local '/srv' overlaps '/srv/a' of mapping 'a'\n" },
	{ "[mapping a]\n" PAIR "[mapping b]\n" GIT "local = /srv/ab\n", NULL },
	{ DEV "[mapping a]\n" GIT "workspace = dev:/a\n[mapping b]\n" GIT "workspace = dev:/a/b\n",
	  "@9: workspace folder '/a/b' overlaps '/a' of mapping 'a'\n" },
	{ DEV "[mapping a]\n" GIT "workspace = dev:/a\n[mapping b]\n" GIT "workspace = dev:/\n",
	  "@9: workspace folder '/' overlaps '/a' of mapping 'a'\n" },
	{ DEV "[mapping a]\n" GIT "workspace = dev:/a\n[mapping b]\n" GIT "workspace = dev:/ab\n",
	  NULL },
	{ DEV "[workspace two]\nhost = https://H.acme.example/\nprofile = x\n[mapping a]\n" GIT
	      "workspace = dev:/a\n[mapping b]\n" GIT "workspace = two:/a\n",
	  "@12: workspace folder '/a' overlaps '/a' of mapping 'a'\n" },
	{ DEV "[workspace two]\nprofile = x\n[mapping a]\n" GIT
	      "workspace = dev:/a\n[mapping b]\n" GIT "workspace = two:/a\n",
	  NULL },
	{ DEV "[mapping a]\n" LOCAL "workspace = dev:/a\n[mapping b]\n" LOCAL
	      "workspace = dev:/a\n",
	  "@8: local '/srv/a' overlaps '/srv/a' of mapping 'a'\n"
	  "@9: workspace folder '/a' overlaps '/a' of mapping 'a'\n" },
	/* one repository may serve two mappings, e.g. a test and a production workspace */
	{ DEV "[mapping a]\n" GIT "workspace = dev:/a\n[mapping b]\n" GIT "workspace = dev:/b\n",
	  NULL },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *expected = problems_of(
			"x.ini", cases[i].problems ? cases[i].problems : "");
		cleanup_buf struct buf problems = BUF_INIT(65536);
		struct config *c = (void *)&problems; /* must be set in any case */
		struct err e = ERR_INIT;
		int r = config_parse(&c, cases[i].text, strlen(cases[i].text), "x.ini", &problems,
				     &e);

		assert_string_equal(buf_str(&problems), expected);
		if (cases[i].problems) {
			assert_int_equal(r, ERR_CONFIG);
			assert_null(c);
			*strchr(expected, '\n') = '\0';
			assert_string_equal(e.text, expected);
		} else {
			assert_int_equal(r, 0);
			assert_non_null(c);
		}
		config_free(c);
	}
}

static void test_problems_may_be_ignored(void **state)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(config_parse(&c, "x\ny\n", 4, "x.ini", NULL, &e), ERR_CONFIG);
	assert_int_equal(e.code, ERR_CONFIG);
	assert_true(str_starts(e.text, "x.ini:1: "));
}

static void test_number_of_problems_is_limited(void **state)
{
	cleanup_buf struct buf problems = BUF_INIT(65536), text = BUF_INIT(65536);
	struct config *c = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < 1000; i++)
		buf_add_str(&text, "x\n");
	config_parse(&c, buf_str(&text), text.len, "x.ini", &problems, &e);
	assert_non_null(strstr(buf_str(&problems), "x.ini:100: "));
	assert_null(strstr(buf_str(&problems), "x.ini:101: "));
	assert_true(str_ends(buf_str(&problems), "\nand possibly more\n"));
}

/* ---- what is understood ---- */

static void test_defaults(void **state)
{
	struct config *c = parsed_config(DEV "[mapping a]\n" PAIR, "x.ini");
	const struct config_mapping *m = &c->mappings[0];

	(void)state;
	assert_string_equal(c->file, "x.ini");
	assert_int_equal(c->daemon.workers, 8);
	assert_string_equal(c->daemon.log_level, "info");
	assert_int_equal(c->daemon.worker_idle_ms, 60000);
	assert_int_equal(c->daemon.worker_deadline_ms, 120000);
	assert_null(c->daemon.policy);
	assert_null(c->workspaces[0].profile);
	assert_null(c->workspaces[0].ca_file);

	assert_int_equal(m->local_format, CONFIG_FORMAT_IPYNB);
	assert_int_equal(m->git_format, CONFIG_FORMAT_SOURCE);
	assert_null(m->workspace);
	assert_null(m->workspace_path);
	assert_int_equal(m->workspace_format, CONFIG_FORMAT_KEEP);
	assert_null(m->git_user);
	assert_null(m->git_token_file);
	assert_null(m->git_ca_file);
	assert_string_equal(m->branch, "main");
	assert_string_equal(m->git_path, "");
	assert_int_equal(m->commit, CONFIG_COMMIT_AUTO);
	assert_int_equal(m->commit_quiet_ms, 30000);
	assert_int_equal(m->commit_max_wait_ms, 300000);
	assert_string_equal(m->author_name, "nbsync");
	assert_null(m->author_email);
	for (int s = 0; s < SIDE_COUNT; s++)
		assert_true(m->accepts[s] && m->receives[s]);
	assert_int_equal(m->poll_ms, 10000);
	assert_int_equal(m->git_poll_ms, 60000);
	assert_int_equal(m->settle_ms, 300);
	assert_int_equal(m->conflict, CONFIG_CONFLICT_KEEP_BOTH);
	assert_int_equal(m->outputs, CONFIG_OUTPUTS_STRIP);
	assert_int_equal(m->max_notebook, 10 * 1024 * 1024);
	assert_int_equal(m->history_ms, 180LL * 86400000);
	assert_int_equal(m->history_outputs_ms, 0);
	assert_string_equal(m->include, "**");
	assert_string_equal(m->exclude, "");
	config_free(c);
	config_free(NULL);
}

static void test_every_key(void **state)
{
	static const char text[] =
		"[daemon]\nworkers = 3\nstate = /s\nsocket = /k\npolicy = /p\nlog_level = debug\n"
		"worker_idle = 1s\nworker_deadline = 20s\n"
		"[workspace dev]\nhost = h.acme.example\nprofile = p q\ntoken_file = /t\n"
		"ca_file = /ca\n"
		"[mapping a]\nlocal = /l\nlocal_format = keep\nworkspace = dev:/w\n"
		"git = https://ana@h/r\ngit_user = u\ngit_token_file = /gt\ngit_ca_file = /gca\n"
		"branch = dev\ngit_path = n\ngit_format = ipynb\ncommit = manual\n"
		"commit_quiet = 1s\ncommit_max_wait = 2s\nauthor_name = A\nauthor_email = a@b\n"
		"direction = local->git,workspace\npoll = 3s\ngit_poll = 4s\nsettle = 5ms\n"
		"conflict = prefer-workspace\noutputs = keep\nmax_notebook = 1M\nhistory = 2d\n"
		"history_outputs = 1d\nworkspace_format = ipynb\n"
		"include = a\n"
		"exclude = b\n";
	struct config *c = parsed_config(text, "x.ini");
	const struct config_workspace *w = config_workspace(c, "dev");
	const struct config_mapping *m = config_mapping(c, "a");

	(void)state;
	assert_int_equal(c->daemon.workers, 3);
	assert_string_equal(c->daemon.state, "/s");
	assert_string_equal(c->daemon.socket, "/k");
	assert_string_equal(c->daemon.policy, "/p");
	assert_string_equal(c->daemon.log_level, "debug");
	assert_int_equal(c->daemon.worker_idle_ms, 1000);
	assert_int_equal(c->daemon.worker_deadline_ms, 20000);
	assert_string_equal(w->host, "https://h.acme.example");
	assert_string_equal(w->profile, "p q");
	assert_string_equal(w->token_file, "/t");
	assert_string_equal(w->ca_file, "/ca");
	assert_string_equal(m->local, "/l");
	assert_int_equal(m->local_format, CONFIG_FORMAT_KEEP);
	assert_string_equal(m->workspace, "dev");
	assert_string_equal(m->workspace_path, "/w");
	assert_int_equal(m->workspace_format, CONFIG_FORMAT_IPYNB);
	assert_string_equal(m->git, "https://ana@h/r");
	assert_string_equal(m->git_user, "u");
	assert_string_equal(m->git_token_file, "/gt");
	assert_string_equal(m->git_ca_file, "/gca");
	assert_string_equal(m->branch, "dev");
	assert_string_equal(m->git_path, "n");
	assert_int_equal(m->git_format, CONFIG_FORMAT_IPYNB);
	assert_int_equal(m->commit, CONFIG_COMMIT_MANUAL);
	assert_int_equal(m->commit_quiet_ms, 1000);
	assert_int_equal(m->commit_max_wait_ms, 2000);
	assert_string_equal(m->author_name, "A");
	assert_string_equal(m->author_email, "a@b");
	assert_true(m->accepts[SIDE_LOCAL] && !m->accepts[SIDE_GIT] && !m->receives[SIDE_LOCAL]);
	assert_int_equal(m->poll_ms, 3000);
	assert_int_equal(m->git_poll_ms, 4000);
	assert_int_equal(m->settle_ms, 5);
	assert_int_equal(m->conflict, CONFIG_CONFLICT_PREFER_WORKSPACE);
	assert_int_equal(m->outputs, CONFIG_OUTPUTS_KEEP);
	assert_int_equal(m->max_notebook, 1024 * 1024);
	assert_int_equal(m->history_ms, 2LL * 86400000);
	assert_int_equal(m->history_outputs_ms, 86400000);
	assert_string_equal(m->include, "a");
	assert_string_equal(m->exclude, "b");
	config_free(c);
}

static void test_look_ups(void **state)
{
	struct config *c = parsed_config("[daemon]\nstate = /s\n" DEV "[mapping a]\n" PAIR
					 "[mapping b]\n" GIT "workspace = dev:/b\n",
					 "x.ini");
	const struct config_mapping *a = config_mapping(c, "a"), *b = config_mapping(c, "b");
	cleanup_free char *dir = config_state_dir(c, b);

	(void)state;
	assert_string_equal(dir, "/s/b");
	assert_ptr_equal(a, &c->mappings[0]);
	assert_ptr_equal(b, &c->mappings[1]);
	assert_null(config_mapping(c, "dev"));
	assert_null(config_workspace(c, "a"));
	assert_true(config_has_side(a, SIDE_LOCAL) && config_has_side(a, SIDE_GIT));
	assert_false(config_has_side(a, SIDE_WORKSPACE));
	assert_true(config_has_side(b, SIDE_WORKSPACE) && config_has_side(b, SIDE_GIT));
	assert_false(config_has_side(b, SIDE_LOCAL));
	config_free(c);
}

static int set_places(void **state)
{
	(void)state;
	unsetenv("XDG_RUNTIME_DIR");
	setenv("STATE_DIRECTORY", "/state", 1);
	setenv("RUNTIME_DIRECTORY", "/run", 1);
	return 0;
}

/* Of every key that is a path, also of those to come. */
static void test_no_path_is_empty(void **state)
{
	size_t paths = 0;

	(void)state;
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		const char *scope = config_scope_names[key->scope];
		const char *name = key->scope == CONFIG_DAEMON ? "" : " a";
		cleanup_free char *text = xasprintf("[%s%s]\n%s =\n", scope, name, key->name);
		cleanup_free char *wanted = xasprintf("x.ini:2: %s must be ", key->name);
		cleanup_buf struct buf problems = BUF_INIT(4096);
		struct config *c = NULL;
		struct err e = ERR_INIT;

		if (key->type != CONFIG_FILE && key->own != &config_folder)
			continue;
		paths++;
		assert_int_equal(config_parse(&c, text, strlen(text), "x.ini", &problems, &e),
				 ERR_CONFIG);
		if (!strstr(buf_str(&problems), wanted))
			fail_msg("%s =: '%s'", key->name, buf_str(&problems));
	}
	assert_true(paths >= 9);
}

static void test_author(void **state)
{
	static const struct {
		const char *lines, *email;
	} rows[] = {
		{ LOCAL "git = file:///srv/r.git\n", "nbsync@localhost" },
		{ LOCAL "git = file:///srv/r.git\nauthor_email = a@b\n", "a@b" },
		{ PAIR "author_email = a@b\n", "a@b" },
		{ PAIR, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = xasprintf("[mapping etl]\n%s", rows[i].lines);
		struct config *c = parsed_config(text, "x.ini");
		struct err e = ERR_INIT;
		const char *email;
		int r = config_author_email(&c->mappings[0], &email, &e);

		assert_int_equal(r, rows[i].email ? ERR_OK : ERR_CONFIG);
		if (r)
			assert_string_equal(e.text, "nothing can be committed without an address "
						    "that the Git server knows: set author_email "
						    "in section [mapping etl]");
		else
			assert_string_equal(email, rows[i].email);
		config_free(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cases, set_places),
		cmocka_unit_test_setup(test_problems_may_be_ignored, set_places),
		cmocka_unit_test_setup(test_number_of_problems_is_limited, set_places),
		cmocka_unit_test_setup(test_defaults, set_places),
		cmocka_unit_test_setup(test_every_key, set_places),
		cmocka_unit_test_setup(test_author, set_places),
		cmocka_unit_test_setup(test_no_path_is_empty, set_places),
		cmocka_unit_test_setup(test_look_ups, set_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
