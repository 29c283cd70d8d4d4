/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The effective configuration, every default spelled out, in the syntax it was read in. Files that
 * hold secrets are named, never opened.
 */

#include "config/values.h"

static void dump_section(struct buf *out, enum config_scope scope, const char *name,
			 const void *section)
{
	buf_addf(out, "%s[%s%s%s]\n", out->len ? "\n" : "", config_scope_names[scope],
		 name ? " " : "", name ? name : "");
	for (size_t i = 0; i < config_key_count; i++) {
		cleanup_buf struct buf value = BUF_INIT(CONFIG_LINE_MAX);

		if (config_keys[i].scope == scope && value_print(&config_keys[i], section, &value))
			buf_addf(out, "%s = %s\n", config_keys[i].name, buf_str(&value));
	}
}

void config_dump(const struct config *c, struct buf *out)
{
	dump_section(out, CONFIG_DAEMON, NULL, &c->daemon);
	for (size_t i = 0; i < c->workspace_count; i++)
		dump_section(out, CONFIG_WORKSPACE, c->workspaces[i].name, &c->workspaces[i]);
	for (size_t i = 0; i < c->mapping_count; i++)
		dump_section(out, CONFIG_MAPPING, c->mappings[i].name, &c->mappings[i]);
}
