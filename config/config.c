/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration once it is there: look-ups and its end.
 */

#include "config/config.h"

#include <stdlib.h>

#include "config/keys.h"
#include "path/path.h"

/* Tells our commits on this machine from people's; no server accepts it. */
#define AUTHOR_EMAIL_HERE "nbsync@localhost"

bool config_has_side(const struct config_mapping *m, enum side_id side)
{
	switch (side) {
	case SIDE_GIT:
		return m->git;
	case SIDE_WORKSPACE:
		return m->workspace;
	default:
		return m->local;
	}
}

int config_author_email(const struct config_mapping *m, const char **out, struct err *e)
{
	*out = m->author_email;
	if (!*out && m->git && str_starts(m->git, "file://"))
		*out = AUTHOR_EMAIL_HERE;
	if (*out)
		return ERR_OK;
	return err_set(e, ERR_CONFIG,
		       "nothing can be committed without an address that the Git server knows: set "
		       "author_email in section [mapping %s]",
		       m->name);
}

const struct config_mapping *config_mapping(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->mapping_count; i++)
		if (str_eq(c->mappings[i].name, name))
			return &c->mappings[i];
	return NULL;
}

const struct config_workspace *config_workspace(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->workspace_count; i++)
		if (str_eq(c->workspaces[i].name, name))
			return &c->workspaces[i];
	return NULL;
}

char *config_state_dir(const struct config *c, const struct config_mapping *m)
{
	return path_join(c->daemon.state, m->name);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	config_section_release(CONFIG_DAEMON, &c->daemon);
	for (size_t i = 0; i < c->workspace_count; i++) {
		config_section_release(CONFIG_WORKSPACE, &c->workspaces[i]);
		free(c->workspaces[i].name);
	}
	for (size_t i = 0; i < c->mapping_count; i++) {
		config_section_release(CONFIG_MAPPING, &c->mappings[i]);
		free(c->mappings[i].name);
	}
	free(c->workspaces);
	free(c->mappings);
	free(c->file);
	free(c);
}
