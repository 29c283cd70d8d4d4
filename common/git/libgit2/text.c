/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commit messages as Git reads them. Which lines are trailers follows rules that only Git's own code
 * has in full (a quarter of the lines is enough where one is a sign-off), so libgit2 is asked, which
 * took that code over. What a message should say is not decided here.
 */

#include "git/libgit2/text.h"

#include <git2/message.h>

#include "git/libgit2/libgit2.h"

void git_text_tidy(struct buf *out, const char *message)
{
	git_buf text = { 0 };

	if (git_message_prettify(&text, message, 0, '#') == 0)
		buf_add(out, text.ptr, text.size);
	git_buf_dispose(&text);
}

bool git_text_is_trailers(const char *paragraph)
{
	cleanup_free char *message = xasprintf("subject\n\n%s\n", paragraph);
	git_message_trailer_array found = { 0 };
	bool any = git_message_trailers(&found, message) == 0 && found.count > 0;

	git_message_trailer_array_free(&found);
	return any;
}
