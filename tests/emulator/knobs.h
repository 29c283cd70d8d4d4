/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Server-wide modes: where Databricks' behaviour is unknown or differs between workspaces, a test
 * chooses. One table (knobs.c) gives each its name, kind, default and explanation; GET
 * /__emulator/knobs shows it, POST changes it. What breaks single requests is a fault, not a knob.
 */

#include "base/buf.h"
#include "base/err.h"
#include "format/json.h"

enum knob {
	KNOB_EXISTS_SHAPE,  /* enum exists_shape */
	KNOB_STALE_CLASHES, /* overwriting imports that still fail "already exists" */
	KNOB_HEADER_LAX,    /* bool: what AUTO takes for a notebook header */
	KNOB_JSON_MAX,      /* bytes, and so on below */
	KNOB_SOURCE_MAX,
	KNOB_IPYNB_MAX,
	KNOB_FILE_MAX,
	KNOB_EXPORT_MAX,
	KNOB_TOO_LARGE_STATUS, /* HTTP status of an export over a limit */
	KNOB_EXPORT_DISABLED,
	KNOB_OUTPUTS_NONE,   /* enum outputs_none */
	KNOB_LIST_FORMATS,   /* bool: a list tells formats, too */
	KNOB_AUTO_FILES,     /* notebooks that AUTO still takes for files */
	KNOB_DUPLICATE_KEYS, /* bool: "output_type" twice, as the real export has it */
	KNOB_SIZE_OMITTED,   /* percent */
	KNOB_SHUFFLE,
	KNOB_GZIP_OVER,     /* bytes; -1: never */
	KNOB_IMPORTS_PER_S, /* 0: no limit */
	KNOB_EXPORTS_PER_S,
	KNOB_COUNT
};

enum exists_shape {
	EXISTS_400_CODE,
	EXISTS_409_CODE,
	EXISTS_409_BARE,
	EXISTS_400_EMPTY_CODE,
	EXISTS_400_PREFIXED,
};

/* What becomes of outputs=NONE in an export. */
enum outputs_none { OUTPUTS_NONE_HONOURED, OUTPUTS_NONE_IGNORED, OUTPUTS_NONE_REFUSED };

/* Subtrees with less than full access. */
enum knob_access {
	ACCESS_DENIED,    /* every request: 403 */
	ACCESS_READ_ONLY, /* changing requests: 403 */
	ACCESS_HIDDEN,    /* 404, and left out of listings */
	ACCESS_COUNT
};

/* A bucket that refills at a rate and holds one second's worth. */
struct knob_bucket {
	double tokens;
	int64_t filled_ns;
};

struct knobs {
	int64_t value[KNOB_COUNT];
	struct json *paths[ACCESS_COUNT]; /* owned arrays of paths; NULL: none */
	struct knob_bucket imports, exports;
};

void knobs_init(struct knobs *k); /* all at their defaults */
void knobs_release(struct knobs *k);

static inline int64_t knob(const struct knobs *k, enum knob which)
{
	return k->value[which];
}

/* Takes the members of a JSON object; "reset": true goes first. ERR_INVALID names what is unknown
 * or of the wrong kind; what stood before it has been taken. */
int knobs_set(struct knobs *k, const struct json *values, struct err *e);

/* Every knob with its value and explanation, as a JSON object. */
void knobs_print(const struct knobs *k, struct buf *out);

/* Whether path lies in one of the subtrees of that kind. */
bool knobs_access(const struct knobs *k, enum knob_access kind, const char *path);

/* Takes one token of a bucket of rate per second; true when there was one, or when rate is 0. */
bool knobs_take(struct knob_bucket *b, int64_t rate, int64_t now_ns);
