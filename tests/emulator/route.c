/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of API families and the search through it. Some twenty string comparisons a request
 * cost less than one system call, so there is no cleverer structure.
 */

#include "tests/emulator/route.h"

#include <string.h>

static const struct route *const families[] = {
	workspace_routes,       import_routes, export_routes,
	workspace_files_routes, scim_routes,   control_routes,
};

static bool matches(const struct route *route, const char *method, const char *url,
		    const char **rest)
{
	if (!str_eq(route->method, method))
		return false;
	if (!(route->flags & ROUTE_REST))
		return str_eq(route->path, url);
	if (!str_starts(url, route->path))
		return false;
	*rest = url + strlen(route->path);
	return true;
}

const struct route *route_find(const char *method, const char *url, const char **rest)
{
	*rest = "";
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		for (const struct route *route = families[i]; route->method; route++)
			if (matches(route, method, url, rest))
				return route;
	return NULL;
}
