/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync check: whether the configuration is in order, and whether the policy lets each mapping use
 * its repository. Contacts nothing.
 */

#include <getopt.h>
#include <stdio.h>

#include "base/buf.h"
#include "config/config.h"
#include "ctl/commands.h"
#include "policy/policy_file.h"

#define TEXT_MAX (16 * 1024 * 1024) /* bytes of problems or of a dump */

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
		fprintf(stderr, "nbsync: %s\n", set.note);
	for (size_t i = 0; i < c->mapping_count; i++) {
		const struct config_mapping *m = &c->mappings[i];
		struct policy_verdict v;

		if (!m->git)
			continue;
		policy_set_check(&set, m->git, needed_op(m), &v);
		if (!v.allowed) {
			fprintf(stderr, "nbsync: mapping '%s': %s\n", m->name, v.sentence);
			status = EXIT_DENIED;
		}
		policy_verdict_release(&v);
	}
	policy_set_release(&set);
	return status;
}

static void print_dump(const struct config *c)
{
	cleanup_buf struct buf text = BUF_INIT(TEXT_MAX);

	config_dump(c, &text);
	fputs(buf_str(&text), stdout);
}

static int check(const char *file, bool dump)
{
	cleanup_buf struct buf problems = BUF_INIT(TEXT_MAX);
	struct config *c;
	struct err e = ERR_INIT;
	int status;

	if (config_load(&c, file, &problems, &e)) {
		fputs(buf_str(&problems), stderr);
		return EXIT_CONFIG;
	}
	if (dump)
		print_dump(c);
	status = check_policy(c);
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
	const char *file = NULL;
	bool dump = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "c:h", longopts, NULL)) != -1) {
		switch (opt) {
		case 'c':
			file = optarg;
			break;
		case 'd':
			dump = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "nbsync: check takes no argument '%s'\n%s", argv[optind], usage);
		return EXIT_USAGE;
	}
	return check(file, dump);
}
