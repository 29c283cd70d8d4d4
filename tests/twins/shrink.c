/* SPDX-License-Identifier: Apache-2.0 */
/* The shortest program that still goes wrong: one lane, then without ever shorter runs of steps, then
 * with steps at once instead of in a cycle. */

#include "tests/twins/shrink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/twins/twins.h"
#include "tests/world/files.h"

#define ANSWER_MAX (1024u * 1024)
#define PLAY_S     120 /* a program that takes longer hangs */

static void play_and_tell(const struct program *p, int to)
{
	char *wrong;
	size_t len;

	alarm(PLAY_S);
	wrong = twins_play(p);
	len = wrong ? strlen(wrong) : 0;
	if (wrong && write(to, wrong, len) != (ssize_t)len)
		_exit(3);
	_exit(wrong ? 1 : 0);
}

char *shrink_play(const struct program *p)
{
	cleanup_buf struct buf answer = BUF_INIT(ANSWER_MAX);
	char chunk[4096];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	fflush(NULL);
	if (pipe(fds) < 0 || (pid = fork()) < 0)
		files_die("cannot start a process");
	if (pid == 0)
		play_and_tell(p, fds[1]);
	close(fds[1]);
	while ((n = read(fds[0], chunk, sizeof(chunk))) > 0)
		buf_add(&answer, chunk, (size_t)n);
	close(fds[0]);
	if (waitpid(pid, &status, 0) != pid)
		files_die("cannot wait for a process");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return NULL;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1 && answer.len)
		return buf_steal(&answer, NULL);
	return xasprintf("it ended with %s %d", WIFSIGNALED(status) ? "signal" : "status",
			 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

#define DIGITS "0123456789abcdef"

/* Whether two answers say the same, but for numbers and hashes. */
static bool alike(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, DIGITS);
		b += strspn(b, DIGITS);
		if (*a != *b || !*a)
			return *a == *b;
	}
}

/* Whether the candidate goes wrong too; then it takes the place of the program. Releases it. */
static bool adopt(struct program *p, struct program *candidate, char **wrong)
{
	char *answer = shrink_play(candidate);

	if (!answer || !alike(answer, *wrong)) {
		free(answer);
		program_release(candidate);
		return false;
	}
	program_release(p);
	*p = *candidate;
	free(*wrong);
	*wrong = answer;
	return true;
}

/* The steps but for some, and of lanes only those of this one (LANES: all). */
static struct program without(const struct program *p, size_t from, size_t count, unsigned lane)
{
	struct program out = { .conflict = p->conflict };

	for (size_t i = 0; i < p->count; i++)
		if ((i < from || i >= from + count) &&
		    (lane == LANES || !step_has_lane(&p->steps[i]) || p->steps[i].lane == lane))
			program_add(&out, &p->steps[i]);
	return out;
}

static bool take_away(struct program *p, char **wrong)
{
	bool any = false;

	for (size_t n = p->count / 2 + 1; n; n /= 2) {
		for (size_t at = 0; at < p->count;) {
			struct program candidate = without(p, at, n, LANES);

			if (adopt(p, &candidate, wrong))
				any = true;
			else
				at += n;
		}
	}
	return any;
}

static bool make_plainer(struct program *p, char **wrong)
{
	bool any = false;

	for (size_t i = 0; i < p->count; i++) {
		struct program candidate;

		if (p->steps[i].verb == VERB_KILL || !p->steps[i].during)
			continue;
		candidate = without(p, p->count, 0, LANES);
		candidate.steps[i].during = PHASE_NONE;
		any |= adopt(p, &candidate, wrong);
	}
	return any;
}

void shrink(struct program *p, char **wrong)
{
	for (unsigned lane = 0; lane < LANES; lane++) {
		struct program candidate = without(p, p->count, 0, lane);

		if (adopt(p, &candidate, wrong))
			break;
	}
	for (bool shorter = true; shorter;) {
		shorter = take_away(p, wrong);
		shorter |= make_plainer(p, wrong);
	}
}
