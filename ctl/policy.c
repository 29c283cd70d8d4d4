/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync policy check URL: the decision that the daemon would take, and why. For administrators who
 * write a policy, and for users who ask for a change of it.
 */

#include <getopt.h>
#include <stdio.h>

#include "ctl/cli/cli.h"
#include "ctl/commands.h"
#include "policy/policy_file.h"

static const char usage[] = "usage: nbsync policy check [--policy FILE] "
			    "[--op clone|fetch|commit|push] [--] URL\n";

static int fail_usage(void)
{
	fputs(usage, stderr);
	return EXIT_USAGE;
}

static int explain(const char *file, enum policy_op op, const char *url)
{
	struct policy_set set;
	struct policy_verdict v;
	int status;

	/* A file that was asked for must exist, so it is loaded as the additional one. */
	policy_set_load(&set, file ? file : POLICY_SYSTEM_FILE, file);
	policy_set_check(&set, url, op, &v);
	if (v.allowed)
		puts("allow");
	else
		cli_print("deny: %s: %s", v.reason, v.sentence);
	if (set.note)
		cli_say("%s", set.note);
	status = v.allowed ? EXIT_DONE : EXIT_DENIED;
	policy_verdict_release(&v);
	policy_set_release(&set);
	return status;
}

int cmd_policy(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "policy", required_argument, NULL, 'p' },
		{ "op", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	enum policy_op op = POLICY_PUSH; /* what is restricted first */
	const char *file = NULL;
	int opt;

	while ((opt = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		switch (opt) {
		case 'p':
			file = optarg;
			if (*file)
				break;
			cli_say("--policy needs the name of a file, not ''");
			return fail_usage();
		case 'o':
			if (policy_op_parse(optarg, &op))
				break;
			cli_say("unknown operation '%s'", optarg);
			return fail_usage();
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			return fail_usage();
		}
	}
	if (argc - optind != 2 || !str_eq(argv[optind], "check"))
		return fail_usage();
	return explain(file, op, argv[optind + 1]);
}
