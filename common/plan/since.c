/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of versions. In doubt the answer is that nothing is known: then both places count as
 * edited, which costs a question or a copy, and never a version.
 */

#include "plan/since.h"

/* The newest version that the workspace is known to have held, or that is agreed, newer than the
 * branch's base; count: none, or the base is not there. */
static size_t find_proof(const struct since_version *versions, size_t count)
{
	size_t proof = count, base = 1;

	while (base < count && !versions[base].is_git_base)
		base++;
	if (base >= count)
		return count;
	for (size_t i = base; i-- > 0;)
		if (versions[i].in_workspace || versions[i].is_agreed)
			proof = i;
	return proof;
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

enum since_answer since_judge(const struct since_version *versions, size_t count, size_t *at)
{
	size_t proof = find_proof(versions, count), lag = find_lag(versions, count);

	if (lag < count && lag <= proof) {
		*at = lag;
		return SINCE_WORKSPACE;
	}
	if (proof < count) {
		*at = proof;
		return SINCE_GIT;
	}
	return SINCE_UNKNOWN;
}
