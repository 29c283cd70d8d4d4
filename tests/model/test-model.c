/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model test: what random people do on three sides at once, played against the real cycle.
 *
 *   test-model [--runs N] [--jobs N] [--seed N]   so many sequences; 0 runs: for ever
 *   test-model --replay FILE...                   programs, as they were printed
 *   test-model --print                            the program that the seed makes
 *   --rich with the first and the last            rich programs only
 *   --shrink with the second                      and the shortest one that still goes wrong
 *   --ignore TEXT                                 what is wrong and says this is passed over
 *
 * Sequences are the lanes of programs (steps.h). When one goes wrong, the shortest program that still
 * does is printed, with what was wrong; the exit status is 1.
 */

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/model/model.h"
#include "tests/model/shrink.h"
#include "tests/world/files.h"

#define JOBS_MAX    64
#define PROGRAM_MAX (1024u * 1024) /* bytes of a file */

struct options {
	uint64_t runs, seed;
	unsigned jobs, rich_of_four;
	size_t ignored;
	bool replay, shrink, print;
	char *const *files;
	size_t file_count;
};

/* What the processes tell each other: which program each one plays. */
struct board {
	volatile uint64_t playing[JOBS_MAX], done[JOBS_MAX];
	volatile bool stop;
};

static uint64_t program_count(const struct options *o)
{
	return o->runs ? (o->runs + STEPS_LANES - 1) / STEPS_LANES : UINT64_MAX;
}

/* Every n-th program. Returns normally only when all went well. */
static void work(const struct options *o, struct board *board, unsigned job)
{
	for (uint64_t i = job; i < program_count(o) && !board->stop; i += o->jobs) {
		struct program p;
		char *wrong;

		board->playing[job] = i;
		program_random(&p, o->seed + i, STEPS_LANES, o->rich_of_four);
		wrong = model_play(&p);
		program_release(&p);
		if (wrong)
			_exit(1);
		board->done[job]++;
	}
}

static void start(const struct options *o, struct board *board, pid_t *pids)
{
	for (unsigned job = 0; job < o->jobs; job++) {
		pids[job] = fork();
		if (pids[job] < 0)
			files_die("cannot fork");
		if (pids[job])
			continue;
		work(o, board, job);
		world_end();
		exit(0);
	}
}

/* Waits for all; the first program that went wrong, or UINT64_MAX. */
static uint64_t wait_for_all(const struct options *o, struct board *board, const pid_t *pids)
{
	uint64_t bad = UINT64_MAX;

	for (unsigned left = o->jobs; left; left--) {
		int status;
		pid_t pid = wait(&status);

		for (unsigned job = 0; job < o->jobs; job++) {
			if (pids[job] != pid || (WIFEXITED(status) && !WEXITSTATUS(status)))
				continue;
			board->stop = true;
			if (board->playing[job] < bad)
				bad = board->playing[job];
		}
	}
	return bad;
}

/* ---- what went wrong ---- */

static int tell(struct program *p, char *wrong)
{
	cleanup_buf struct buf text = BUF_INIT(PROGRAM_MAX);

	shrink(p, &wrong);
	program_print(&text, p);
	printf("the shortest program that goes wrong, for --replay:\n\n%s\n%s\n", buf_str(&text),
	       wrong);
	free(wrong);
	return 1;
}

static int explain(const struct options *o, uint64_t bad)
{
	struct program p;
	char *wrong;
	int status;

	program_random(&p, o->seed + bad, STEPS_LANES, o->rich_of_four);
	printf("program %" PRIu64 " goes wrong\n", o->seed + bad);
	fflush(stdout);
	wrong = shrink_play(&p);
	if (wrong) {
		status = tell(&p, wrong);
	} else {
		printf("but not a second time\n");
		status = 1;
	}
	program_release(&p);
	return status;
}

/* ---- one program ---- */

static int replay_one(const char *file, bool shorten)
{
	cleanup_buf struct buf text = BUF_INIT(PROGRAM_MAX);
	cleanup_free char *wrong = NULL;
	struct program p;
	unsigned line;
	int status;

	if (!files_read(file, &text))
		files_die("there is no '%s'", file);
	if (!program_parse(&p, buf_str(&text), &line)) {
		fprintf(stderr, "%s:%u: no step\n", file, line);
		return 2;
	}
	wrong = model_play(&p);
	printf("%s: %s\n", file, wrong ? wrong : "all is well");
	fflush(stdout);
	status = wrong != NULL;
	if (wrong && shorten)
		tell(&p, steal(&wrong));
	program_release(&p);
	return status;
}

static int replay(const struct options *o)
{
	int status = 0;

	for (size_t i = 0; i < o->file_count; i++) {
		int one = replay_one(o->files[i], o->shrink);

		status = one > status ? one : status;
	}
	return status;
}

static int print(const struct options *o)
{
	cleanup_buf struct buf text = BUF_INIT(PROGRAM_MAX);
	struct program p;

	program_random(&p, o->seed, STEPS_LANES, o->rich_of_four);
	program_print(&text, &p);
	fputs(buf_str(&text), stdout);
	program_release(&p);
	return 0;
}

static int run(const struct options *o)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	time_t began = time(NULL);
	pid_t pids[JOBS_MAX];
	uint64_t bad, done = 0;

	if (board == MAP_FAILED)
		files_die("no memory");
	printf("seed %" PRIu64 "\n", o->seed);
	fflush(stdout);
	start(o, board, pids);
	bad = wait_for_all(o, board, pids);
	for (unsigned job = 0; job < o->jobs; job++)
		done += board->done[job];
	printf("%" PRIu64 " sequences in %lld s\n", done * STEPS_LANES,
	       (long long)(time(NULL) - began));
	munmap(board, sizeof(*board));
	return bad == UINT64_MAX ? 0 : explain(o, bad);
}

static int usage(void)
{
	fputs("test-model [--runs N] [--jobs N] [--seed N] [--rich] [--ignore TEXT]... "
	      "[--replay [--shrink] FILE... | --print]\n",
	      stderr);
	return 2;
}

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "runs", required_argument, NULL, 'r' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "seed", required_argument, NULL, 's' },
		{ "replay", no_argument, NULL, 'f' },
		{ "print", no_argument, NULL, 'p' },
		{ "rich", no_argument, NULL, 'i' },
		{ "ignore", required_argument, NULL, 'x' },
		{ "shrink", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'r')
			o->runs = strtoull(optarg, NULL, 10);
		else if (option == 'j')
			o->jobs = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 's')
			o->seed = strtoull(optarg, NULL, 10);
		else if (option == 'f')
			o->replay = true;
		else if (option == 'p')
			o->print = true;
		else if (option == 'i')
			o->rich_of_four = 4;
		else if (option == 'h')
			o->shrink = true;
		else if (option == 'x' && o->ignored < MODEL_IGNORED)
			model_ignored[o->ignored++] = optarg;
		else
			return false;
	}
	o->files = argv + optind;
	o->file_count = (size_t)(argc - optind);
	return o->replay == (o->file_count > 0) && o->jobs && o->jobs <= JOBS_MAX;
}

int main(int argc, char **argv)
{
	struct options o = { .runs = 1600, .seed = 1, .jobs = 2, .rich_of_four = RICH_OF_FOUR };
	int status;

	if (!parse(&o, argc, argv))
		return usage();
	world_begin();
	status = o.replay ? replay(&o) : o.print ? print(&o) : run(&o);
	world_end();
	return status;
}
