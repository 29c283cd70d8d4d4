/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From words of a command line to a request, and back from its answer to an exit code. Whether there
 * is such a notebook, revision or version only the cycle knows, and says.
 */

#include "ctl/adopt.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/cli/ask.h"
#include "ctl/cli/target.h"
#include "log/log.h"
#include "sync/source.h"

static int ask_for(const struct cli *cli, const struct config *config, const struct target *t,
		   enum cycle_source from, const char *what)
{
	struct cycle_adopt adopt = { .path = t->path, .from = from, .what = what };
	struct cycle_request request = { .full = true, .adopt = &adopt };
	cleanup_json struct json *end = NULL;
	int status = ask_once(&end, cli, config, t->mapping->name, &request);

	return end ? ask_answer(end) : status;
}

static int find_and_ask(const struct cli *cli, const struct config *config, char *const *words,
			enum cycle_source from, const char *what)
{
	cleanup_free char *cwd = getcwd(NULL, 0);
	struct target target;
	struct err e = ERR_INIT;
	int status;

	if (target_path(&target, config, words, words[1] ? 2 : 1, cwd, &e))
		return cli_refuse("", "%s", e.text);
	if (!*target.path)
		status = cli_refuse("",
				    "'%s' is the whole mapping '%s': name a notebook or a "
				    "folder of it",
				    words[words[1] ? 1 : 0], target.mapping->name);
	else
		status = ask_for(cli, config, &target, from, what);
	target_release(&target);
	return status;
}

int adopt_run(const struct cli *cli, const char *usage, char *const *words, enum cycle_source from,
	      const char *what)
{
	struct config *config;
	struct err e = ERR_INIT;
	int status;

	if (!words[0])
		return cli_refuse(usage, "say which notebook or folder");
	if (words[1] && words[2])
		return cli_refuse(usage, "one path at a time: '%s' is too much", words[2]);
	if (cycle_source_check(from, what, &e))
		return cli_refuse(usage, "%s", e.text);
	log_init(cli->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, NULL);
	status = cli_config(&config, cli);
	if (status)
		return status;
	status = find_and_ask(cli, config, words, from, what);
	config_free(config);
	return status;
}
