/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live secrets. Each is in a list that secret_redact() masks. One thread only, like the
 * processes that hold secrets.
 *
 * Not done here: memory (secret_pages.c), files (secret_file.c), origins (http.c binds a token to
 * its host).
 */

#include "secret/secret.h"

#include <string.h>

#include "secret/redact.h"

static struct {
	struct redact_secret *items; /* owned; the texts belong to each struct secret */
	size_t count, cap;
	struct redact_needles needles; /* of the items, unless changed */
	bool changed;
} live;

void secret_set(struct secret *s, const char *text, size_t len)
{
	char *copy = secret_pages_new(len); /* first: text may be our own old text */

	memcpy(copy, text, len);
	secret_release(s);
	s->text = copy;
	s->len = len;
	live.items = array_grow(live.items, live.count, &live.cap, sizeof(*live.items));
	live.items[live.count++] = (struct redact_secret){ .text = copy, .len = len };
	live.changed = true;
}

static void unregister(const char *text)
{
	for (size_t i = 0; i < live.count; i++) {
		if (live.items[i].text == text) {
			live.items[i] = live.items[--live.count];
			live.changed = true;
			/* At once, not at the next secret_find(): the needles hold the secret,
			 * too. */
			redact_needles_release(&live.needles);
			return;
		}
	}
}

void secret_release(struct secret *s)
{
	if (s->text)
		unregister(s->text);
	secret_pages_free(s->text, s->len);
	*s = (struct secret){ 0 };
}

bool secret_find_whole(const char *text, size_t len, bool *hide)
{
	return redact_find_whole(live.items, live.count, text, len, hide);
}

bool secret_find(const char *text, size_t len, bool *hide)
{
	if (live.changed && live.count)
		redact_needles_set(&live.needles, live.items, live.count);
	live.changed = false;
	return redact_find(&live.needles, text, len, hide);
}
