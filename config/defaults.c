/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the state and the socket are when the configuration does not say. systemd tells a service
 * through its environment; the command line, outside the service, must come to the same answer, so
 * a configuration below /etc means the directories of the system's service.
 */

#include <stdlib.h>
#include <string.h>

#include "config/reader.h"
#include "config/values.h"

#define SYSTEM_CONFIG "/etc/"

/* The first of the directories that systemd lists in a variable; NULL when it is not set. */
static char *from_systemd(const char *variable)
{
	const char *list = getenv(variable);

	return list && *list ? xstrndup(list, strcspn(list, ":")) : NULL;
}

static char *below(const char *variable, const char *rest)
{
	const char *dir = getenv(variable);

	return dir && *dir ? xasprintf("%s%s", dir, rest) : NULL;
}

static char *default_state(bool system)
{
	char *dir = from_systemd("STATE_DIRECTORY");

	if (dir)
		return dir;
	if (system)
		return xstrdup("/var/lib/nbsyncd");
	return below("HOME", "/.local/state/nbsyncd");
}

static char *default_socket(const struct config *c, bool system)
{
	cleanup_free char *runtime = from_systemd("RUNTIME_DIRECTORY");
	char *path;

	if (runtime)
		return xasprintf("%s/nbsyncd.sock", runtime);
	if (system)
		return xstrdup("/run/nbsyncd/nbsyncd.sock");
	path = below("XDG_RUNTIME_DIR", "/nbsyncd/nbsyncd.sock");
	if (!path && c->daemon.state)
		path = xasprintf("%s/nbsyncd.sock", c->daemon.state);
	return path;
}

/* Takes value over. The rules for what a file says hold for the environment too. */
static void apply(struct reader *r, const char *name, char *value)
{
	const struct config_key *key = config_key_find(CONFIG_DAEMON, name);
	cleanup_free char *text = value;
	struct err e = ERR_INIT;

	if (!text)
		problem_add(&r->problems, r->config->file, 0,
			    "set '%s' in [daemon]: HOME is not set", name);
	else if (value_read(key, &r->config->daemon, text, &e))
		problem_add(&r->problems, r->config->file, 0,
			    "set '%s' in [daemon]: the default %s", name, e.text);
}

void defaults_apply(struct reader *r)
{
	struct config_daemon *d = &r->config->daemon;
	bool system = str_starts(r->config->file, SYSTEM_CONFIG);

	if (!d->state)
		apply(r, "state", default_state(system));
	if (!d->socket)
		apply(r, "socket", default_socket(r->config, system));
}
