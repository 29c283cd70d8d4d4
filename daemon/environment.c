/* SPDX-License-Identifier: Apache-2.0 */
/* A table. Variables that hold no secret (profiles, hosts, file names) are left alone. */

#include "daemon/environment.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/util.h"
#include "log/log.h"

static const struct {
	const char *name;
	bool warn; /* a user may have meant it for us */
} secrets[] = {
	{ "DATABRICKS_TOKEN", true },
	{ "DATABRICKS_PASSWORD", true },
	{ "DATABRICKS_CLIENT_SECRET", true },
	{ "ARM_CLIENT_SECRET", true },
	{ "AZURE_DEVOPS_EXT_PAT", false },
	{ "GITHUB_TOKEN", false },
	{ "GH_TOKEN", false },
	{ "GITLAB_TOKEN", false },
	{ "AWS_SECRET_ACCESS_KEY", false },
	{ "AWS_SESSION_TOKEN", false },
};

void environment_clean(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		if (secrets[i].warn && getenv(secrets[i].name))
			log_warning("%s in the environment of a service is ignored: name a "
				    "'profile' or a 'token_file' in the [workspace] section",
				    secrets[i].name);
		unsetenv(secrets[i].name);
	}
}
