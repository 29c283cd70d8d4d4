/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Methods only start things and answer at once; whoever wants to see the end of a cycle reads the
 * number it will have from the reply and watches "cycles" in Status, then looks for that number in
 * "answers". What is asked is checked by its form here; whether it can be done, the cycle finds out.
 */

#include "daemon/api.h"

#include <string.h>

#include "daemon/status.h"
#include "daemon/supervisor.h"
#include "path/path.h"
#include "sync/source.h"
#include "version.h"

#define INTERFACE      "org.nbsync.Daemon"
#define TOKEN_MAX      64   /* bytes */
#define NAME_MAX_BYTES 1024 /* of a branch */

static const char description[] =
	"# Keeps local directories, Databricks workspaces and Git branches in agreement\n"
	"interface org.nbsync.Daemon\n"
	"\n"
	"# What the daemon does and how each mapping is: name, state (idle, queued, running,\n"
	"# backoff, held, stopping), sides, counts, held paths, conflicts, notes, progress.\n"
	"# Moments are Unix time in milliseconds, 0 for never; next_ms is a distance, -1 unknown.\n"
	"# confirm, if there, is the token of a plan that waits for a human. answers tells how "
	"the\n"
	"# last cycles that somebody asked for ended: cycle, code, sentence, counts, sides, "
	"waiting and\n"
	"# answer (code, sentence) when a method below asked for more than looking.\n"
	"method Status() -> (daemon: object, mappings: []object)\n"
	"\n"
	"# Runs a cycle as soon as possible: of everything, or (full false) of the paths that "
	"file\n"
	"# system events pointed at, if any. No mapping means all. cycles tells for each mapping\n"
	"# the value that its member cycles in Status reaches when that cycle has ended.\n"
	"method Sync(mapping: ?string, full: ?bool) -> (cycles: [string]int)\n"
	"\n"
	"# Runs a full cycle that commits and pushes now, whatever the mapping's commit setting. "
	"The\n"
	"# summary, if given, must not be empty.\n"
	"method Commit(mapping: string, summary: ?string) -> (cycles: [string]int)\n"
	"\n"
	"# Makes the branch that the mapping's configuration names, which the repository has not, "
	"where\n"
	"# its branch of the name from stands; without from, or empty: its default branch.\n"
	"method CreateBranch(mapping: string, from: ?string) -> (cycles: [string]int)\n"
	"\n"
	"# Confirms the plan of that token: a mass deletion, a changed root. Another plan that "
	"has\n"
	"# taken its place meanwhile is not carried out.\n"
	"method Confirm(mapping: string, token: string) -> (cycles: [string]int)\n"
	"\n"
	"# Puts a version in the place of the agreed one, on all sides, for a notebook (by its "
	"path\n"
	"# below the mapping, with or without extension) or for everything below a folder.\n"
	"# from is side (what: git, workspace or local), revision (what: 7 to 40 digits of a\n"
	"# commit) or file (what: an absolute path, for one notebook).\n"
	"method Adopt(mapping: string, path: string, from: string, what: string)\n"
	"  -> (cycles: [string]int)\n"
	"\n"
	"# Reads the configuration anew, as SIGHUP does. On an error the old one stays in force.\n"
	"method Reload() -> ()\n"
	"\n"
	"error NoSuchMapping (mapping: string)\n"
	"# Too many wait for this mapping already.\n"
	"error Busy (sentence: string)\n"
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
	struct json *cycles;

	if (name && *name && !supervisor_mapping(s, name))
		return no_such_mapping(name, out);
	cycles = json_add_object(out, "cycles");
	for (size_t i = 0; i < s->mapping_count; i++) {
		struct mapping *m = s->mappings[i];

		if (m->state != MAPPING_STOPPING && (!name || !*name || str_eq(m->name, name)))
			json_add_int(cycles, m->name, mapping_ask(m, full));
	}
	return NULL;
}

/* Takes the order over, and answers. */
static const char *place_order(struct supervisor *s, const char *mapping, struct order order,
			       struct json *out)
{
	struct mapping *m = supervisor_mapping(s, mapping);
	cleanup_free char *sentence = NULL;
	int64_t cycle;

	if (!m) {
		order_release(&order);
		return no_such_mapping(mapping, out);
	}
	cycle = mapping_order(m, order);
	if (cycle < 0) {
		sentence = xasprintf("mapping '%s' has %d requests waiting: try again when some "
				     "are done",
				     mapping, ORDERS_MAX);
		json_add_str(out, "sentence", sentence);
		return INTERFACE ".Busy";
	}
	json_add_int(json_add_object(out, "cycles"), m->name, cycle);
	return NULL;
}

static const char *run_commit(void *payload, const struct json *parameters, struct json *out)
{
	const char *name = json_str(parameters, "mapping");
	const char *summary = json_str(parameters, "summary");
	struct order order = { .repeatable = true };

	if (!name)
		return varlink_invalid(out, "mapping");
	if (summary && !summary[strspn(summary, " \t\r\n")])
		return varlink_invalid(out, "summary");
	order.name = xstrdup("the commit");
	order.members = json_object();
	json_add_bool(order.members, "commit", true);
	if (summary)
		json_add_str(order.members, "summary", summary);
	return place_order(payload, name, order, out);
}

static const char *run_confirm(void *payload, const struct json *parameters, struct json *out)
{
	const char *name = json_str(parameters, "mapping");
	const char *token = json_str(parameters, "token");
	struct order order = { 0 };

	if (!name)
		return varlink_invalid(out, "mapping");
	if (!token || !*token || strlen(token) > TOKEN_MAX)
		return varlink_invalid(out, "token");
	order.name = xasprintf("the confirmation of %s", token);
	order.members = json_object();
	json_add_str(order.members, "confirm", token);
	return place_order(payload, name, order, out);
}

static const char *run_create_branch(void *payload, const struct json *parameters, struct json *out)
{
	const char *name = json_str(parameters, "mapping");
	const char *from = json_str(parameters, "from");
	struct order order = { 0 };

	if (!name)
		return varlink_invalid(out, "mapping");
	if ((json_get(parameters, "from") && !from) || (from && strlen(from) > NAME_MAX_BYTES))
		return varlink_invalid(out, "from");
	order.name = xstrdup("the new branch");
	order.members = json_object();
	json_add_str(order.members, "create_from", from ? from : "");
	return place_order(payload, name, order, out);
}

static const char *run_adopt(void *payload, const struct json *parameters, struct json *out)
{
	const char *name = json_str(parameters, "mapping");
	const char *path = json_str(parameters, "path");
	const char *from = json_str(parameters, "from");
	const char *what = json_str(parameters, "what");
	enum cycle_source source;
	struct order order = { 0 };
	struct json *adopt;

	if (!name)
		return varlink_invalid(out, "mapping");
	if (!path || path_check(path, NULL))
		return varlink_invalid(out, "path");
	if (!cycle_source_parse(from, &source))
		return varlink_invalid(out, "from");
	if (!what || cycle_source_check(source, what, NULL))
		return varlink_invalid(out, "what");
	order.name = xasprintf("the other version of '%s'", path);
	order.members = json_object();
	adopt = json_add_object(order.members, "adopt");
	json_add_str(adopt, "path", path);
	json_add_str(adopt, "from", from);
	json_add_str(adopt, "what", what);
	return place_order(payload, name, order, out);
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
	{ "Status", run_status },   { "Sync", run_sync },
	{ "Commit", run_commit },   { "CreateBranch", run_create_branch },
	{ "Confirm", run_confirm }, { "Adopt", run_adopt },
	{ "Reload", run_reload },
};

struct varlink_service api_service(void)
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
	};
}
