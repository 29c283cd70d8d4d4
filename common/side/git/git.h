/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The Git side: a branch of a remote repository. */

#include "side/side.h"

/* Contacts nobody yet. The caller frees it with its close(). */
struct side *git_side_new(struct side_context *c);
