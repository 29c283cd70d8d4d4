/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a user does in the browser, behind the API's back. Used by the control endpoints and by the
 * fault rules that let somebody edit a notebook between a client's look and its import.
 */

#include "base/err.h"
#include "format/json.h"

struct emulator;
struct node;

/* {"path", "content" | "content_base64", "format": SOURCE | JUPYTER | AUTO | RAW, "language"}: saves a
 * notebook (or with AUTO and RAW a file), creating it and its folders. format is that of content; a
 * notebook that exists keeps its own. SOURCE is the default, PYTHON the default of language. */
int browser_edit(struct emulator *em, const struct json *v, struct node **out, struct err *e);

/* {"path"}: with everything below it. */
int browser_delete(struct emulator *em, const struct json *v, struct err *e);

/* {"from", "to"}: the object keeps its id. ERR_CONFLICT when something is in the way. */
int browser_rename(struct emulator *em, const struct json *v, struct err *e);

/* {"edit": {...}} or {"delete": {...}} or {"rename": {...}}. */
int browser_act(struct emulator *em, const struct json *v, struct err *e);
