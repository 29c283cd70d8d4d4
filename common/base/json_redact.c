/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masking in JSON, text by text, before it is printed. Depth is bounded where values come from.
 */

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/secret.h"

static void redact_text(cJSON *item)
{
	cleanup_buf struct buf text = BUF_INIT(SIZE_MAX / 2);

	buf_add_str(&text, item->valuestring);
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
