/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of versions. In doubt the answer is that nothing is known: then both places count as
 * edited, which costs a question or a copy, and never a version.
 */

#include "plan/since.h"

static bool has_agreed(const struct since_version *v)
{
	return v->is_agreed;
}

static bool has_proof(const struct since_version *v)
{
	return v->in_workspace || v->is_agreed;
}

/* The newest version of which that is so, newer than the branch's base; count: none, or the base is not
 * there. */
static size_t find_newest(const struct since_version *versions, size_t count,
			  bool (*is)(const struct since_version *v))
{
	size_t newest = count, base = 1;

	while (base < count && !versions[base].is_git_base)
		base++;
	if (base >= count)
		return count;
	for (size_t i = base; i-- > 0;)
		if (is(&versions[i]))
			newest = i;
	return newest;
}

/* The newest version that the workspace holds now, where the branch has a newer one, and what the
 * workspace held before is older. If that is newer or not there, somebody put an old version into the
 * workspace, or another one. */
static size_t find_lag(const struct since_version *versions, size_t count)
{
	size_t lag = 1;

	while (lag < count && !versions[lag].is_workspace)
		lag++;
	for (size_t i = lag + 1; i < count; i++)
		if (versions[i].is_workspace_base)
			return lag;
	return count;
}

/* While the workspace lags, what it was proven to have held says nothing about what is agreed, into which
 * the branch's edit is merged. */
struct since_answer since_judge(const struct since_version *versions, size_t count)
{
	size_t proof = find_newest(versions, count, has_proof), lag = find_lag(versions, count);

	if (lag < count && lag <= proof)
		return (struct since_answer){ lag, find_newest(versions, count, has_agreed) };
	return (struct since_answer){ count, proof };
}
