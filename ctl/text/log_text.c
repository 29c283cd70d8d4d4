/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One revision, on one line. Whoever can push to the branch chooses the words in it: message and author
 * of a commit may hold any bytes.
 */

#include "ctl/text/log_text.h"

#include <string.h>
#include <time.h>

#include "format/json.h"
#include "log/escape.h"

#define SHORT_DIGITS 10 /* of a revision */

static const char *const verb_names[] = {
	[MESSAGE_ADD] = "add",
	[MESSAGE_UPDATE] = "update",
	[MESSAGE_DELETE] = "delete",
};

void log_json(const struct history_item *item, struct buf *out)
{
	cleanup_json struct json *line = json_object();
	cleanup_free char *text = NULL;
	char hex[41];

	oid_hex(&item->revision, hex);
	json_add_str(line, "revision", hex);
	json_add_int(line, "when_s", item->when_s);
	json_add_str(line, "origin", history_origin_name(item->origin));
	json_add_str(line, "verb", verb_names[item->verb]);
	json_add_str(line, "path", item->path);
	json_add_str(line, "author", item->author);
	json_add_str(line, "subject", item->subject);
	json_redact(line);
	text = json_print(line, false);
	buf_add_str(out, text);
}

/* What a commit says and who made it; other revisions have only a verb, and no words of people's. */
void log_text(const struct history_item *item, struct buf *out)
{
	cleanup_free char *line = NULL;
	time_t when = (time_t)item->when_s;
	struct tm local;
	char hex[41], moment[64] = "?";
	bool said = item->author != NULL;

	oid_hex(&item->revision, hex);
	if (localtime_r(&when, &local))
		strftime(moment, sizeof(moment), "%Y-%m-%d %H:%M:%S", &local);
	line = xasprintf("%.*s  %s  %-9s  %-6s  %s%s%s%s%s%s", SHORT_DIGITS, hex, moment,
			 history_origin_name(item->origin), verb_names[item->verb], item->path,
			 said ? "  " : "", said && item->subject ? item->subject : "",
			 said ? " (" : "", said ? item->author : "", said ? ")" : "");
	escape_masked_str(out, line);
}
