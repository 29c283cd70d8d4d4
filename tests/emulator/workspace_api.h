/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the handlers of workspace objects share. */

#include "tests/emulator/request.h"
#include "tests/emulator/store.h"

/* The object that the request's path names; NULL when it replied 400 or 404 already. */
struct node *workspace_find(struct request *r);

/* Appends an ObjectInfo as an array element. path is what the reply calls it. */
void workspace_print_object(struct request *r, const struct node *n, const char *path,
			    bool export_info);

/* One object to import, wherever its bytes came from. */
struct import {
	const char *format;   /* NULL: SOURCE */
	const char *language; /* NULL: none */
	bool overwrite;
	const char *data; /* borrowed */
	size_t len;
};

/* Imports to the request's path. *out is the object; NULL when it replied an error. */
void workspace_import(struct request *r, const struct import *in, struct node **out);
