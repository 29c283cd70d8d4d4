/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masking in JSON, text by text, before it is printed. A program goes on with the names in it, so
 * those are left whole unless a whole secret stands in them; everything else is words. A member
 * that is not known to be a name is not taken for one. Depth is bounded where values come from.
 */

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "format/json.h"
#include "secret/secret.h"

/* Names and ids, in whatever answer they are. */
static bool is_name(const char *member)
{
	static const char *const names[] = { "path", "file",    "config_file", "mapping",
					     "name", "confirm", "revision" };

	for (size_t i = 0; member && i < ARRAY_SIZE(names); i++)
		if (str_eq(member, names[i]))
			return true;
	return false;
}

static void redact_text(cJSON *item)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;

	buf_add_str(&text, item->valuestring);
	if (is_name(item->string))
		secret_redact_whole(&text);
	else
		secret_redact(&text);
	if (str_eq(buf_str(&text), item->valuestring))
		return;
	if (!cJSON_SetValuestring(item, buf_str(&text)))
		abort();
}

static void redact_item(cJSON *item)
{
	cJSON *child;

	if (cJSON_IsString(item) && item->valuestring)
		redact_text(item);
	cJSON_ArrayForEach(child, item) redact_item(child);
}

void json_redact(struct json *v)
{
	redact_item((cJSON *)(void *)v);
}
