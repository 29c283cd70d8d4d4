/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Progress for people. Phases come from a cycle, perhaps by way of the daemon, and are cut and
 * escaped like everything that did.
 */

#include "ctl/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log/escape.h"

#define PHASE_MAX 100 /* bytes */

void progress_show(const char *phase, int64_t done, int64_t total)
{
	cleanup_buf struct buf line = BUF_INIT(PHASE_MAX);

	if (!isatty(STDERR_FILENO))
		return;
	escape_masked_str(&line, phase);
	if (total > 0)
		buf_addf(&line, " %lld/%lld", (long long)done, (long long)total);
	fprintf(stderr, "\r\033[K%s", buf_str(&line));
	fflush(stderr);
}

void progress_end(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}
