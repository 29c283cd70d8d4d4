/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Profiles of ~/.databrickscfg (or DATABRICKS_CONFIG_FILE), read as Databricks' own tools read it:
 * sections are profiles, [DEFAULT] is the fallback profile and is not inherited, a '#' or ';' opens
 * a comment only at a line's start or after white space, a host without scheme gets https://.
 */

#include "base/err.h"
#include "secret/secret.h"

struct profile {
	char *host;          /* owned; canonical origin */
	struct secret token; /* PAT; unset when the profile has none */
	char *auth_type;     /* owned; NULL when not given */
};

/* name NULL or "": DATABRICKS_CONFIG_PROFILE, else default_profile of the file's [__settings__], else
 * DEFAULT. file NULL or "": DATABRICKS_CONFIG_FILE, else ~/.databrickscfg; a leading "~/" is
 * expanded. Symbolic links are followed; the file must belong to root or to us, and only its owner
 * may read it when the profile holds a token.
 * ERR_CONFIG: "<file> has no <name> profile configured", no such file, no usable host, or a line
 * that cannot be read ("<file>:<line>: …"). *out is empty then. */
int profile_load(struct profile *out, const char *file, const char *name, struct err *e);

/* The same for a text that is at hand, of a file called so: asks neither the environment nor the file
 * system. name NULL or "": what the text's settings say, else DEFAULT. */
int profile_parse(struct profile *out, const char *text, size_t len, const char *file,
		  const char *name, struct err *e);
void profile_release(struct profile *p);
