/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What Git makes of the text of a commit message. Opens no repository; git_start() comes first.
 */

#include <stdbool.h>

#include "base/buf.h"

/* Appends the message as git commit would keep it: no blanks at the ends of lines, no blank lines in
 * front and behind, one where there are several; ends with a newline unless nothing is left. */
void git_text_tidy(struct buf *out, const char *message);

/* Whether Git takes a paragraph, if it is the last one of a message and not the first, for trailers
 * ("Signed-off-by: …"; git-interpret-trailers(1)). */
bool git_text_is_trailers(const char *paragraph);
