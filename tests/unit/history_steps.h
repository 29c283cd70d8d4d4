/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The histories of a mapping that tests make, step by step, and what a walk tells of them. Include
 * cmocka.h before this. */

#include <stdlib.h>

#include "git_world.h"
#include "memory/history.h"
#include "tests/source_text.h"

#define NB(text) PY text "\n"

/* A mapping owns its strings; here they are arrays of the block. */
#define WORD(text) ((char[]){ text })
#define MAPPING(folder)                      \
	((struct config_mapping){            \
		.name = WORD("etl"),         \
		.branch = WORD("main"),      \
		.git_path = WORD(folder),    \
		.include = WORD("**"),       \
		.exclude = WORD(""),         \
		.max_notebook = 1024 * 1024, \
	})

/* One commit that puts content (NULL: deletes) at path, on top of a reference; second parent
 * optional. */
static inline struct oid step(struct world *w, const char *ref, const char *path,
			      const char *content, const struct oid *second, const char *message,
			      int64_t when_s)
{
	struct commit_spec spec = { .parents = second,
				    .parent_count = second ? 1 : 0,
				    .message = message,
				    .committer_name = "Ana",
				    .committer_email = "ana@acme.example",
				    .when_s = when_s };
	struct err e = ERR_INIT;

	if (second)
		world_ok(hub_commit_tree(w->hub, second, &spec.tree, &e), &e);
	return world_grow(w, ref, path, content, spec);
}

struct story {
	struct buf text;
	size_t limit; /* items after which to stop; 0: never */
	size_t count;
};

static inline bool note(void *payload, const struct history_item *item)
{
	static const char *const verbs[] = { "add", "update", "delete" };
	struct story *s = payload;

	buf_addf(&s->text, "%d %s %s %s%s%s (%s)\n", (int)item->when_s,
		 history_origin_name(item->origin), verbs[item->verb], item->path,
		 item->author ? " by " : "", item->author ? item->author : "", item->subject);
	return ++s->count != s->limit;
}

static inline void check_walk(struct world *w, const struct config_mapping *m, const char *path,
			      size_t limit, const char *expected)
{
	struct story s = { .text = BUF_INIT(100000), .limit = limit };
	struct err e = ERR_INIT;

	world_ok(history_walk(w->hub, m, path, note, &s, &e), &e);
	assert_string_equal(buf_str(&s.text), expected);
	buf_release(&s.text);
}

static inline char *hex_of(const struct oid *id)
{
	char *hex = xcalloc(1, 41);

	oid_hex(id, hex);
	return hex;
}
