/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

struct version plan_text_version(char c)
{
	struct version version = { .format = NOTEBOOK_SOURCE };

	if (c == '.')
		return version;
	version.blob.id[0] = (unsigned char)c;
	version.canon.id[0] = (unsigned char)(c | 0x20);
	return version;
}

char plan_text_letter(const struct version *version)
{
	return version_absent(version) ? '.' : (char)version->blob.id[0];
}

struct plan_input plan_text_input(const char *text)
{
	struct plan_input in = { .agreed = plan_text_version(text[0]) };

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		char there = text[6 + s];

		in.base[s] = plan_text_version(text[2 + s]);
		in.held[s] = there == '!';
		in.blocked[s] = there == '/';
		in.side[s] = plan_text_version(in.held[s] || in.blocked[s] ? '.' : there);
	}
	return in;
}

char *plan_text_outcome(const struct plan_outcome *out, const char *names, unsigned sides)
{
	static const char actions[] = { '-', '=', 'x', 'p', 'd' };
	struct buf text = BUF_INIT(64);

	buf_addf(&text, "%c ", plan_text_letter(&out->agreed));
	for (unsigned s = 0; s < sides; s++)
		buf_add_char(&text, actions[out->action[s]]);
	buf_add_char(&text, ' ');
	for (unsigned s = 0; s < sides; s++)
		buf_add_char(&text, out->merged[s] ? (char)(names[s] - 'a' + 'A')
				    : out->lost[s] ? names[s]
						   : '-');
	if (out->edit_beat_delete)
		buf_add_str(&text, " +");
	return buf_steal(&text, NULL);
}

struct plan_rules plan_text_two_way(enum config_conflict conflict)
{
	return (struct plan_rules){ .accepts = { true, true, true },
				    .receives = { true, true, true },
				    .conflict = conflict };
}

bool plan_text_merge(void *payload, const struct version *base, const struct version *ours,
		     const struct version *theirs, struct version *out)
{
	(void)payload;
	assert_false(version_same(base, ours) || version_same(base, theirs));
	assert_false(version_absent(ours) || version_absent(theirs));
	*out = plan_text_version('m');
	return true;
}
