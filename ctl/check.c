/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync check: whether the configuration is in order, whether the policy lets each mapping use its
 * repository and can commit there, and what is to be said of local directories that are Git working
 * trees. Contacts nothing.
 */

#include <stdio.h>
#include <unistd.h>

#include "ctl/cli/cli.h"
#include "ctl/commands.h"
#include "git/libgit2/start.h"
#include "policy/policy_file.h"
#include "side/clone.h"

static const char usage[] = "usage: nbsync check [--config FILE] [--dump]\n";

/* What the mapping will do with its repository in the end. */
static enum policy_op needed_op(const struct config_mapping *m)
{
	return m->receives[SIDE_GIT] ? POLICY_PUSH : POLICY_FETCH;
}

static int check_policy(const struct config *c)
{
	struct policy_set set;
	int status = EXIT_DONE;

	policy_set_load(&set, POLICY_SYSTEM_FILE, c->daemon.policy);
	if (set.note)
		cli_say("%s", set.note);
	for (size_t i = 0; i < c->mapping_count; i++) {
		const struct config_mapping *m = &c->mappings[i];
		struct policy_verdict v;

		if (!m->git)
			continue;
		policy_set_check(&set, m->git, needed_op(m), &v);
		if (!v.allowed) {
			cli_say("mapping '%s': %s", m->name, v.sentence);
			status = EXIT_DENIED;
		}
		policy_verdict_release(&v);
	}
	policy_set_release(&set);
	return status;
}

/* Commits wait for an address: that is a matter of the configuration, but nothing else waits. */
static int check_authors(const struct config *c)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < c->mapping_count; i++) {
		const struct config_mapping *m = &c->mappings[i];
		struct err e = ERR_INIT;
		const char *email;

		if (!m->git || !m->receives[SIDE_GIT] || !config_author_email(m, &email, &e))
			continue;
		cli_say("mapping '%s': %s", m->name, e.text);
		status = EXIT_ATTENTION;
	}
	return status;
}

/* Whether root looks at what belongs to the user as whom nbsync runs, and would say that it is not
 * ours. */
static bool is_foreign_to_root(const struct config_mapping *m)
{
	struct worktree_place place = { .top = NULL };
	bool foreign;

	if (geteuid() != 0 || !m->local || m->clone != CONFIG_CLONE_FOLLOW)
		return false;
	worktree_find(&place, m->local);
	foreign = place.problem.code != ERR_OK;
	worktree_place_release(&place);
	return foreign;
}

/* Whether local directories that are Git working trees can be taken as the mappings say. */
static int check_clones(const struct config *c)
{
	struct err e = ERR_INIT;
	int status = EXIT_DONE;

	if (git_start(&e)) {
		cli_say("%s", e.text);
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < c->mapping_count; i++) {
		const struct config_mapping *m = &c->mappings[i];
		struct worktree *w = NULL;

		if (is_foreign_to_root(m))
			continue;
		if (clone_open(m, &w, NULL, &e)) {
			cli_say("mapping '%s': %s", m->name, e.text);
			status = EXIT_CONFIG;
		}
		worktree_free(w);
	}
	git_stop();
	return status;
}

static void print_dump(const struct config *c)
{
	cleanup_buf struct buf text = BUF_INIT(CLI_TEXT_MAX);

	config_dump(c, &text);
	fputs(buf_str(&text), stdout);
}

static int check_configuration(const struct cli *cli, bool dump)
{
	struct config *c;
	int status, authors, clones;

	status = cli_config(&c, cli);
	if (status)
		return status;
	if (dump)
		print_dump(c);
	authors = check_authors(c);
	status = check_policy(c);
	clones = check_clones(c);
	if (status == EXIT_DONE)
		status = clones;
	if (status == EXIT_DONE)
		status = authors;
	if (!dump && status == EXIT_DONE)
		printf("'%s' is in order: %zu mapping%s\n", c->file, c->mapping_count,
		       c->mapping_count == 1 ? "" : "s");
	config_free(c);
	return status;
}

int cmd_check(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "dump", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct cli cli = { 0 };
	bool dump = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:h", longopts, NULL)) != -1) {
		if (opt == 'd')
			dump = true;
		else if (!cli_take(&cli, opt))
			return cli_usage(opt, usage);
	}
	if (optind < argc)
		return cli_refuse(usage, "check takes no argument '%s'", argv[optind]);
	return check_configuration(&cli, dump);
}
