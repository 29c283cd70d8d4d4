/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One version of one notebook, as the sides are compared: the whole of it in all its facets, as a
 * blob of the hub, and the hash of its canonical form. The blob is .ipynb as soon as it has something
 * that source cannot say, otherwise in the format it came in. Two versions are the same when
 * their canonical forms are; equal blobs are a short cut to that. A zero blob is absence.
 *
 * A file that is no notebook has versions as well (files = all). It is its bytes: no canonical form,
 * no format, and the same only when the blobs are.
 */

#include "base/oid.h"
#include "config/config.h"
#include "notebook/notebook.h"

enum version_kind { VERSION_NOTEBOOK, VERSION_FILE };

struct version {
	struct oid blob;
	struct oid canon; /* zero: not computed; then only equal blobs count as the same */
	enum notebook_format format : 8;
	enum notebook_language language : 8;
	enum version_kind kind : 8;
	/* Of what a side holds: its own bytes say less than this, or something else that it could not
	 * be given. What they said when it last agreed is no edit; see state.h. */
	bool partial : 1;
};

static inline bool version_absent(const struct version *v)
{
	return oid_is_zero(&v->blob);
}

static inline bool version_same(const struct version *a, const struct version *b)
{
	if (version_absent(a) || version_absent(b))
		return version_absent(a) && version_absent(b);
	if (a->kind != b->kind)
		return false;
	/* An ipynb says its language itself; a source file's is that of its name. */
	if (oid_equal(&a->blob, &b->blob) &&
	    (a->format == NOTEBOOK_IPYNB || a->language == b->language))
		return true;
	return !oid_is_zero(&a->canon) && oid_equal(&a->canon, &b->canon);
}

/* The format in which a new notebook appears on a side, by the side's key of the mapping; agreed: that
 * of the version, which "keep" asks for. */
enum notebook_format version_fresh_format(const struct config_mapping *m, enum side_id side,
					  enum notebook_format agreed);

/* A version's file name: path and the extension of its format and language. Owned by the caller. */
char *version_file(const char *path, const struct version *v);
