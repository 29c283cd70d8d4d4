/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsync log: the history of revisions, newest first: what each side was seen to hold, what was
 * agreed, and the commits of the branch. Read from the hub itself, beside a running worker and
 * without a daemon.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/cli/cli.h"
#include "ctl/cli/target.h"
#include "ctl/commands.h"
#include "ctl/text/log_text.h"
#include "git/libgit2/start.h"
#include "log/log.h"
#include "memory/history.h"

#define NUMBER_DEFAULT 50

static const char usage[] =
	"usage: nbsync log [-n NUMBER] [--json] [--config FILE] [MAPPING] [PATH]\n";

struct log_run {
	bool json;
	int64_t left; /* items that may still be printed; -1: all */
	int64_t printed;
};

static bool on_item(void *payload, const struct history_item *item)
{
	cleanup_buf struct buf line = BUF_INIT(CLI_TEXT_MAX);
	struct log_run *run = payload;

	if (run->json)
		log_json(item, &line);
	else
		log_text(item, &line);
	puts(buf_str(&line));
	run->printed++;
	return run->left < 0 || --run->left > 0;
}

/* ---- the whole ---- */

static int walk(struct log_run *run, const struct config *config, const struct target *t,
		struct err *e)
{
	cleanup_free char *state = config_state_dir(config, t->mapping);
	cleanup_free char *dir = xasprintf("%s/hub.git", state);
	const char *path = t->path && *t->path ? t->path : NULL;
	struct hub *hub;
	int r;

	if (access(dir, F_OK) < 0 && errno == ENOENT)
		return err_set(e, ERR_ABSENT,
			       "mapping '%s' has no history yet: nothing was synchronised",
			       t->mapping->name);
	r = hub_open_reader(&hub, dir, e);
	if (r)
		return r;
	r = history_walk(hub, t->mapping, path, on_item, run, e);
	hub_free(hub);
	if (!r && !run->printed)
		return err_set(e, ERR_ABSENT, "mapping '%s' has no revision of %s%s%s",
			       t->mapping->name, path ? "'" : "", path ? path : "anything",
			       path ? "'" : "");
	return r;
}

/* words: [MAPPING] [PATH], ended by NULL; a single one is a mapping if there is one of that name. */
static int take_log_words(struct target *out, const struct config *config, char *const *words,
			  struct err *e)
{
	cleanup_free char *cwd = getcwd(NULL, 0);

	*out = (struct target){ 0 };
	if (!words[0] || (!words[1] && config_mapping(config, words[0])))
		return target_mapping(&out->mapping, config, words[0], e);
	return target_path(out, config, words, words[1] ? 2 : 1, cwd, e);
}

static int show_log(struct log_run *run, const struct config *config, char *const *words)
{
	struct target target;
	struct err e = ERR_INIT;
	int status = EXIT_DONE;

	if (take_log_words(&target, config, words, &e))
		return cli_refuse("", "%s", e.text);
	if (git_start(&e)) {
		status = cli_fail(&e);
	} else {
		if (walk(run, config, &target, &e))
			status = cli_fail(&e);
		git_stop();
	}
	target_release(&target);
	return status;
}

static bool parse_number(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

int cmd_log(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "number", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct log_run run = { .left = NUMBER_DEFAULT };
	struct cli cli = { 0 };
	struct config *config;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "n:jc:h", longopts, NULL)) != -1) {
		if (opt == 'n' && !parse_number(optarg, &run.left))
			return cli_refuse(usage, "'%s' is no number of revisions", optarg);
		if (opt != 'n' && !cli_take(&cli, opt))
			return cli_usage(opt, usage);
	}
	if (argc - optind > 2)
		return cli_refuse(usage, "log takes a mapping and a path, not '%s' as well",
				  argv[optind + 2]);
	run.json = cli.json;
	run.left = run.left ? run.left : -1;
	log_init(LOG_LEVEL_WARNING, NULL);
	status = cli_config(&config, &cli);
	if (status)
		return status;
	status = show_log(&run, config, argv + optind);
	config_free(config);
	return status;
}
