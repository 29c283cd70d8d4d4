/* SPDX-License-Identifier: Apache-2.0 */
/* The list of what is wrong with a configuration. */

#include "config/problem.h"

#include <string.h>

#include "base/utf8.h"

#define PROBLEMS_MAX 100 /* lines; after that a file is not a configuration */

void problem_add(struct problems *p, const char *file, unsigned line, const char *fmt, ...)
{
	cleanup_free char *sentence = NULL;
	cleanup_free char *where = NULL;
	va_list ap;

	if (++p->count > PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	sentence = xvasprintf(fmt, ap);
	va_end(ap);
	utf8_mend_cuts(sentence);
	for (char *tab = sentence; (tab = strchr(tab, '\t'));) /* a key or a value may have one */
		*tab = ' ';
	if (file && line)
		where = xasprintf("%s:%u: ", file, line);
	else
		where = xasprintf("%s%s", file ? file : "", file ? ": " : "");
	if (p->count == 1)
		err_set(&p->first, ERR_CONFIG, "%s%s", where, sentence);
	if (p->text)
		buf_addf(p->text, "%s%s\n", where, sentence);
	if (p->text && p->count == PROBLEMS_MAX)
		buf_add_str(p->text, "and possibly more\n");
}
