/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inside of workspace/: the API's ObjectInfo. */

#include "format/json.h"
#include "workspace/workspace.h"

/* The folder that a canonical path is in: "/a" for "/a/b", "/" for "/a". Owned by the caller. */
char *object_parent(const char *path);

/* Reads one object. ERR_RETRY when it has no path or type: the reply is broken, not the object. */
int object_read(struct workspace_object *out, const struct json *from, struct err *e);
