/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Plans in a few characters. An input is "a aaa ab!": the agreed version, then for git, workspace and
 * local what their bases and then what they hold. '.' is absent, a letter a version; the same letter
 * in upper case is another spelling of it. As side '!' says that it is held, '/' that something else
 * than a notebook stands there.
 */

#include "plan/plan.h"

#define PLAN_TEXT_INPUT 10 /* bytes of "a aaa ab!" */

struct version plan_text_version(char c);
char plan_text_letter(const struct version *version);
struct plan_input plan_text_input(const char *text);

/*
 * "b p=p --z +": the agreed version, each side's action (- nothing, = settled, p put, x blocked, d
 * delete), each side's letter of names when it lost against another edit and in upper case when it was
 * merged (its base moves with the agreed state), then + if an edit beat a deletion. Of the first
 * sides only. Owned by the caller.
 */
char *plan_text_outcome(const struct plan_outcome *out, const char *names, unsigned sides);

/* Sides that take part in both directions. */
struct plan_rules plan_text_two_way(enum config_conflict conflict);
/* A merge that always succeeds, and says so by its letter: m. Fails a test that is asked to merge
 * what needs none. */
bool plan_text_merge(void *payload, const struct version *base, const struct version *ours,
		     const struct version *theirs, struct version *out);
