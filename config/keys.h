/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The key table: everything the configuration knows about each key, in one place. The parser, the
 * defaults, the dump, the release of memory and the test of the manual page all go through it, so a
 * new key is one line here and one member in config.h.
 */

#include "config/config.h"

#define CONFIG_KEYS_MAX 32 /* keys of one kind of section */
#define CONFIG_VALUE_MAX \
	7900 /* bytes of a value, so that "key = value" is a line that can be read */

/* The kinds of sections. */
enum config_scope {
	CONFIG_DAEMON,    /* [daemon] */
	CONFIG_WORKSPACE, /* [workspace NAME] */
	CONFIG_MAPPING,   /* [mapping NAME] */
	CONFIG_SCOPES
};

enum config_type {
	CONFIG_TEXT,     /* char *; must be one of words, when there are words */
	CONFIG_FILE,     /* char *: an absolute path; "~/" is expanded */
	CONFIG_NUMBER,   /* int64_t */
	CONFIG_DURATION, /* int64_t, milliseconds */
	CONFIG_SIZE,     /* int64_t, bytes */
	CONFIG_ENUM,     /* an enum, in whose order words are */
	CONFIG_OWN,      /* several members, by functions of its own */
};

struct config_key;

/* What value_read(), value_print() and value_release() do for a key of the type CONFIG_OWN. */
struct config_own {
	int (*read)(const struct config_key *key, void *section, const char *text, struct err *e);
	bool (*print)(const void *section, struct buf *out);
	void (*release)(void *section); /* NULL: nothing is owned */
};

struct config_key {
	enum config_scope scope;
	const char *name;
	enum config_type type;
	size_t offset, size;  /* of the member in its struct */
	const char *fallback; /* as it would be written; NULL: unset, or found out at run time */
	int64_t min, max;     /* of numbers, durations and sizes, inclusive */
	const char *zero;  /* another word for 0, which is then allowed whatever min says; NULL */
	bool zero_by_word; /* … and "0" itself is refused, as it would read as its opposite */
	const char *const *words;     /* NULL-terminated */
	bool credential;              /* a file that may lie below ${CREDENTIALS_DIRECTORY} */
	const struct config_own *own; /* of CONFIG_OWN */
	/* Further rules for a text; may replace it by its normal form. */
	int (*check)(char **text, struct err *e);
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* "daemon", "workspace", "mapping" */
extern const char *const config_scope_names[CONFIG_SCOPES];

/* NULL when the section has no such key. */
const struct config_key *config_key_find(enum config_scope scope, const char *name);

/* The key's place among those of its scope, below CONFIG_KEYS_MAX. */
size_t config_key_index(const struct config_key *key);

/* Gives every key of the section its default; the section is zeroed. */
void config_section_init(enum config_scope scope, void *section);
/* Frees what the keys of the section own. */
void config_section_release(enum config_scope scope, void *section);
