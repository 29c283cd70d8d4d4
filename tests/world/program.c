/* SPDX-License-Identifier: Apache-2.0 */
/* Random programs: numbers to make them of, and playing one apart. */

#include "tests/world/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/util.h"
#include "tests/world/files.h"

#define ANSWER_MAX (1024u * 1024)
#define PLAY_S     120 /* a program that takes longer hangs */
#define HEX_DIGITS "0123456789abcdef"

uint64_t program_chance(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

static void play_and_tell(char *(*play)(const void *), const void *program, int to)
{
	char *wrong;
	size_t len;

	alarm(PLAY_S);
	wrong = play(program);
	len = wrong ? strlen(wrong) : 0;
	if (wrong && write(to, wrong, len) != (ssize_t)len)
		_exit(3);
	_exit(wrong ? 1 : 0);
}

char *program_play_apart(char *(*play)(const void *), const void *program)
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
		play_and_tell(play, program, fds[1]);
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

bool program_answers_alike(const char *a, const char *b)
{
	for (;; a++, b++) {
		a += strspn(a, HEX_DIGITS);
		b += strspn(b, HEX_DIGITS);
		if (*a != *b || !*a || *a == '\n')
			return *a == *b;
	}
}
