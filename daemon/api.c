/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Methods only start things and answer at once; whoever wants to see the end of a cycle reads the
 * number it will have from the reply and watches "cycles" in Status.
 */

#include "daemon/api.h"

#include <string.h>

#include "daemon/status.h"
#include "daemon/supervisor.h"
#include "version.h"

#define INTERFACE "org.nbsync.Daemon"

static const char description[] =
	"# Keeps local directories, Databricks workspaces and Git branches in agreement\n"
	"interface org.nbsync.Daemon\n"
	"\n"
	"# What the daemon does and how each mapping is: name, state (idle, queued, running,\n"
	"# backoff, held, stopping), sides, counts, held paths, conflicts, notes, progress.\n"
	"# Moments are Unix time in milliseconds, 0 for never; next_ms is a distance, -1 unknown.\n"
	"method Status() -> (daemon: object, mappings: []object)\n"
	"\n"
	"# Runs a cycle as soon as possible: of everything, or (full false) of the paths that "
	"file\n"
	"# system events pointed at, if any. No mapping means all. cycles tells for each mapping\n"
	"# the value that its member cycles in Status reaches when that cycle has ended.\n"
	"# confirm: the deletions of that cycle are meant, however many they are.\n"
	"method Sync(mapping: ?string, full: ?bool, confirm: ?bool) -> (cycles: [string]int)\n"
	"\n"
	"# Runs a full cycle that commits and pushes now, whatever the mapping's commit setting. "
	"The\n"
	"# summary, if given, must not be empty.\n"
	"method Commit(mapping: string, summary: ?string) -> (cycles: [string]int)\n"
	"\n"
	"# Reads the configuration anew, as SIGHUP does. On an error the old one stays in force.\n"
	"method Reload() -> ()\n"
	"\n"
	"error NoSuchMapping (mapping: string)\n"
	"error ReloadFailed (sentence: string)\n";

static const char *no_such_mapping(const char *name, struct json *out)
{
	json_add_str(out, "mapping", name);
	return INTERFACE ".NoSuchMapping";
}

static const char *run_status(void *payload, const struct json *parameters, struct json *out)
{
	(void)parameters;
	status_fill(payload, out);
	return NULL;
}

static const char *run_sync(void *payload, const struct json *parameters, struct json *out)
{
	struct supervisor *s = payload;
	const char *name = json_str(parameters, "mapping");
	bool full = json_bool(parameters, "full", true);
	bool confirm = json_bool(parameters, "confirm", false);
	struct json *cycles;

	if (name && *name && !supervisor_mapping(s, name))
		return no_such_mapping(name, out);
	cycles = json_add_object(out, "cycles");
	for (size_t i = 0; i < s->mapping_count; i++) {
		struct mapping *m = s->mappings[i];

		if (m->state != MAPPING_STOPPING && (!name || !*name || str_eq(m->name, name)))
			json_add_int(cycles, m->name,
				     confirm ? mapping_ask_confirm(m) : mapping_ask(m, full));
	}
	return NULL;
}

static const char *run_commit(void *payload, const struct json *parameters, struct json *out)
{
	const char *name = json_str(parameters, "mapping");
	const char *summary = json_str(parameters, "summary");
	struct mapping *m;

	if (!name)
		return varlink_invalid(out, "mapping");
	if (summary && !summary[strspn(summary, " \t\r\n")])
		return varlink_invalid(out, "summary");
	m = supervisor_mapping(payload, name);
	if (!m)
		return no_such_mapping(name, out);
	json_add_int(json_add_object(out, "cycles"), m->name, mapping_ask_commit(m, summary));
	return NULL;
}

static const char *run_reload(void *payload, const struct json *parameters, struct json *out)
{
	struct err e;

	(void)parameters;
	if (!supervisor_reload(payload, &e))
		return NULL;
	json_add_str(out, "sentence", e.text);
	return INTERFACE ".ReloadFailed";
}

static const struct varlink_method methods[] = {
	{ "Status", run_status },
	{ "Sync", run_sync },
	{ "Commit", run_commit },
	{ "Reload", run_reload },
};

struct varlink_service api_service(struct supervisor *s)
{
	return (struct varlink_service){
		.vendor = "nbsync",
		.product = "nbsyncd",
		.version = NBSYNC_VERSION,
		.url = "",
		.interface = INTERFACE,
		.description = description,
		.methods = methods,
		.method_count = ARRAY_SIZE(methods),
		.payload = s,
	};
}
