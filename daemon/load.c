/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever mends a configuration wants to see all that is wrong with it at once. */

#include "daemon/load.h"

#include <string.h>

#include "log/log.h"

int load_config(struct config **out, const char *file, struct err *e)
{
	cleanup_buf struct buf problems = BUF_INIT(CONFIG_FILE_MAX);
	char *rest;
	const char *problem;
	int r = config_load(out, file, &problems, e);

	if (!r)
		return ERR_OK;
	if (!problems.len)
		log_error("%s", e->text);
	rest = problems.data;
	while ((problem = strsep(&rest, "\n")))
		if (*problem)
			log_error("%s", problem);
	return r;
}
