/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Environments as values: copied, compared, merged. How a block or an ipynb spells them, block.c
 * and ipynb/environment.c know. Nothing here looks at text: a block is carried along as it is, and
 * its rest is compared as one value.
 */

#include "notebook/environment/environment.h"

#include <stdlib.h>
#include <string.h>

const char *environment_key_name(enum environment_key key)
{
	static const char *const names[] = { "base_environment", "environment_version", "client",
					     "project_environment" };

	return names[key];
}

static void release_dependencies(struct environment *env)
{
	for (size_t i = 0; i < env->count; i++)
		free(env->dependencies[i]);
	free(env->dependencies);
	env->dependencies = NULL;
	env->count = env->cap = 0;
}

void environment_release(struct environment *env)
{
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		free(env->values[i]);
	release_dependencies(env);
	free(env->block);
	free(env->rest);
	memset(env, 0, sizeof(*env));
}

void environment_depend(struct environment *env, const char *name, size_t len)
{
	env->dependencies = array_grow(env->dependencies, env->count, &env->cap,
				       sizeof(*env->dependencies));
	env->dependencies[env->count++] = xstrndup(name, len);
}

static void copy_dependencies(struct environment *to, const struct environment *from)
{
	for (size_t i = 0; i < from->count; i++)
		environment_depend(to, from->dependencies[i], strlen(from->dependencies[i]));
}

static void copy_rest(struct environment *to, const struct environment *from)
{
	to->whole = from->whole;
	to->opaque = from->opaque;
	to->block = xstrdup(from->block);
	to->rest = xstrdup(from->rest);
}

void environment_copy(struct environment *to, const struct environment *from)
{
	memset(to, 0, sizeof(*to));
	to->known = from->known;
	to->noted = from->noted;
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		to->values[i] = xstrdup(from->values[i]);
	copy_dependencies(to, from);
	copy_rest(to, from);
}

/* ---- comparing ---- */

bool environment_list_equal(const struct environment *a, const struct environment *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->dependencies[i], b->dependencies[i]) != 0)
			return false;
	return true;
}

bool environment_has_keys(const struct environment *env)
{
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		if (env->values[i])
			return true;
	return env->count > 0;
}

bool environment_keys_equal(const struct environment *a, const struct environment *b)
{
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		if (!str_eq(a->values[i], b->values[i]))
			return false;
	return environment_list_equal(a, b);
}

bool environment_rest_equal(const struct environment *a, const struct environment *b)
{
	return str_eq(a->rest, b->rest);
}

bool environment_equal(const struct environment *a, const struct environment *b)
{
	return environment_keys_equal(a, b) && environment_rest_equal(a, b);
}

/* Whether one's keys are only what Databricks notes of itself, and the other has none. */
static bool is_note_of(const struct environment *a, const struct environment *b)
{
	return a->noted && !environment_has_keys(b);
}

static bool keys_agree(const struct environment *a, const struct environment *b)
{
	if (!a->known || !b->known || environment_keys_equal(a, b))
		return true;
	return is_note_of(a, b) || is_note_of(b, a);
}

bool environment_agree(const struct environment *a, const struct environment *b)
{
	return keys_agree(a, b) && (!a->whole || !b->whole || environment_rest_equal(a, b));
}

static void add_fact(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(out, "%s %zu\n", name, strlen(value));
	buf_add_str(out, value);
	buf_add_char(out, '\n');
}

void environment_canonical(const struct environment *env, struct buf *out)
{
	if (!environment_has_keys(env) && !env->rest)
		return;
	buf_add_str(out, "environment\n");
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		add_fact(out, environment_key_name((enum environment_key)i), env->values[i]);
	for (size_t i = 0; i < env->count; i++)
		add_fact(out, "dependency", env->dependencies[i]);
	add_fact(out, "block", env->rest);
}

/* ---- merging ---- */

struct merge {
	struct environment *out;
	const struct environment *base, *ours, *theirs;
	bool theirs_wins;
	bool conflict;
};

/* Whose version of something counts. */
static const struct environment *choose(struct merge *m, bool by_ours, bool by_theirs, bool equal)
{
	if (by_ours && by_theirs && !equal)
		m->conflict = true;
	return by_theirs && (!by_ours || m->theirs_wins) ? m->theirs : m->ours;
}

static void merge_strings(struct merge *m)
{
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++) {
		const char *b = m->base->values[i], *o = m->ours->values[i],
			   *t = m->theirs->values[i];

		m->out->values[i] = xstrdup(
			choose(m, !str_eq(b, o), !str_eq(b, t), str_eq(o, t))->values[i]);
	}
}

/* A project excludes the other keys; a result that has both, and neither side had, is none. */
static bool contradicts(const struct environment *env)
{
	bool others = env->count > 0;

	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++)
		if (i != ENVIRONMENT_PROJECT && env->values[i])
			others = true;
	return env->values[ENVIRONMENT_PROJECT] && others;
}

static void take_keys(struct environment *out, const struct environment *from)
{
	for (size_t i = 0; i < ENVIRONMENT_STRINGS; i++) {
		free(out->values[i]);
		out->values[i] = xstrdup(from->values[i]);
	}
	release_dependencies(out);
	copy_dependencies(out, from);
	out->known = from->known;
	out->noted = from->noted;
}

static void merge_keys(struct merge *m)
{
	struct environment *out = m->out;

	if (!m->theirs->known || !m->ours->known) {
		take_keys(out, m->ours->known ? m->ours : m->theirs);
		return;
	}
	merge_strings(m);
	copy_dependencies(out, choose(m, !environment_list_equal(m->base, m->ours),
				      !environment_list_equal(m->base, m->theirs),
				      environment_list_equal(m->ours, m->theirs)));
	out->known = true;
	if (contradicts(out) && !contradicts(m->ours) && !contradicts(m->theirs)) {
		m->conflict = true;
		take_keys(out, m->theirs_wins ? m->theirs : m->ours);
	}
	out->noted = (m->ours->noted && environment_keys_equal(out, m->ours)) ||
		     (m->theirs->noted && environment_keys_equal(out, m->theirs));
}

/* Where both say the same, the spelling is that of the side that counts. */
static void merge_rest(struct merge *m)
{
	bool by_ours = m->ours->whole && !environment_rest_equal(m->base, m->ours);
	bool by_theirs = m->theirs->whole && !environment_rest_equal(m->base, m->theirs);
	const struct environment *from = choose(m, by_ours, by_theirs,
						environment_rest_equal(m->ours, m->theirs));

	bool unchanged = !by_ours && !by_theirs;
	bool theirs_count = !m->ours->whole ||
			    (m->theirs_wins && environment_rest_equal(m->ours, m->theirs));

	if (unchanged && m->theirs->whole && theirs_count)
		from = m->theirs;
	copy_rest(m->out, from);
	m->out->whole = m->ours->whole || m->theirs->whole;
}

static bool merge_all(struct merge *m)
{
	memset(m->out, 0, sizeof(*m->out));
	merge_keys(m);
	merge_rest(m);
	return m->conflict;
}

/* Nothing in common: the one that says more, if they agree. */
static bool join(struct environment *out, const struct environment *ours,
		 const struct environment *theirs)
{
	bool agree = environment_agree(ours, theirs);
	bool more = !ours->known ||
		    (agree && ours->known && theirs->known && !environment_has_keys(ours));

	environment_copy(out, ours);
	if (more && theirs->known)
		take_keys(out, theirs);
	if (!ours->whole) {
		free(out->block);
		free(out->rest);
		copy_rest(out, theirs);
	}
	return !agree;
}

bool environment_merge(struct environment *out, const struct environment *base,
		       const struct environment *ours, const struct environment *theirs)
{
	struct merge m = { .out = out, .base = base, .ours = ours, .theirs = theirs };

	return base ? merge_all(&m) : join(out, ours, theirs);
}

void environment_lift(struct environment *out, const struct environment *whole,
		      const struct environment *told, const struct environment *raw)
{
	struct merge m = { .out = out,
			   .base = told ? told : whole,
			   .ours = whole,
			   .theirs = raw,
			   .theirs_wins = true };

	merge_all(&m);
}
