/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token list. Comparing in constant time would be theatre here: the emulator listens on
 * loopback and hands its content to anybody who asks the control endpoint.
 */

#include "tests/emulator/tokens.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void tokens_release(struct tokens *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i].text);
	free(t->items);
	*t = (struct tokens){ 0 };
}

static struct token *find(const struct tokens *t, const char *text)
{
	for (size_t i = 0; i < t->count; i++)
		if (str_eq(t->items[i].text, text))
			return &t->items[i];
	return NULL;
}

void tokens_add(struct tokens *t, const char *text, int64_t expires_ns)
{
	struct token *token = find(t, text);

	t->enforced = true;
	if (!token) {
		t->items = array_grow(t->items, t->count, &t->cap, sizeof(*t->items));
		token = &t->items[t->count++];
		token->text = xstrdup(text);
	}
	token->expires_ns = expires_ns;
}

void tokens_remove(struct tokens *t, const char *text)
{
	struct token *token = find(t, text);

	if (!token)
		return;
	free(token->text);
	*token = t->items[--t->count];
}

bool tokens_allow(const struct tokens *t, const char *authorization, int64_t now_ns)
{
	static const char scheme[] = "Bearer ";
	const struct token *token;

	if (!authorization || strncasecmp(authorization, scheme, strlen(scheme)) != 0 ||
	    !authorization[strlen(scheme)])
		return false;
	if (!t->enforced)
		return true;
	token = find(t, authorization + strlen(scheme));
	return token && (token->expires_ns == 0 || now_ns < token->expires_ns);
}
