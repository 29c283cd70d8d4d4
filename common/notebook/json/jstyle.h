/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The style that a JSON file already has. */

#include "notebook/json/jemit.h"
#include "notebook/json/jscan.h"

/* White space, from the first members of the object that data is. Spans point into data. */
void jstyle_detect(struct jstyle *style, const char *data, size_t len);

/* Escapes, from some validated texts of the file; spans without text are passed over. */
void jstyle_escapes(struct jstyle *style, const struct span *texts, size_t count);
