/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model test of two machines: what random people do in four places, and when two machines that
 * share a folder and a branch are awake, played against the real cycle.
 *
 *   test-twins [--runs N] [--jobs N] [--seed N]   so many sequences
 *   test-twins --replay FILE...                   programs, as they were printed
 *   test-twins --print                            the program that the seed makes
 *   --shrink with the second                      and the shortest one that still goes wrong
 *   --law solo|moved|cells|wild                   with the first and the last: only lanes of that
 *   --ignore TEXT                                 what is wrong and says this is passed over
 *
 * Sequences are the lanes of programs. When one goes wrong, the shortest program that still does is
 * printed, with what was wrong; the exit status is 1.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/twins/shrink.h"
#include "tests/twins/twins.h"
#include "tests/world/files.h"

#define PROGRAM_MAX (1024u * 1024) /* bytes of a file */

struct options {
	uint64_t runs, seed;
	unsigned jobs;
	size_t ignored;
	enum law law;
	bool replay, shrink, print;
};

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

/* ---- one program ---- */

static int replay_one(const char *file, bool shorten)
{
	cleanup_buf struct buf text = BUF_INIT(PROGRAM_MAX);
	char *wrong;
	struct program p;
	unsigned line;
	int status;

	if (!files_read(file, &text))
		files_die("there is no '%s'", file);
	if (!program_parse(&p, buf_str(&text), &line)) {
		fprintf(stderr, "%s:%u: no step\n", file, line);
		return 2;
	}
	wrong = twins_play(&p);
	printf("%s: %s\n", file, wrong ? wrong : "all is well");
	status = wrong != NULL;
	if (wrong && shorten)
		tell(&p, wrong);
	else
		free(wrong);
	program_release(&p);
	return status;
}

static int print(const struct options *o)
{
	cleanup_buf struct buf text = BUF_INIT(PROGRAM_MAX);
	struct program p;

	program_random(&p, o->seed, o->law);
	program_print(&text, &p);
	fputs(buf_str(&text), stdout);
	program_release(&p);
	return 0;
}

/* ---- many ---- */

/* Every n-th program, until one goes wrong. */
static int work(const struct options *o, unsigned job)
{
	uint64_t programs = (o->runs + LANES - 1) / LANES;

	for (uint64_t i = job; i < programs; i += o->jobs) {
		struct program p;
		char *wrong;

		program_random(&p, o->seed + i, o->law);
		wrong = shrink_play(&p);
		if (wrong) {
			printf("program %" PRIu64 " goes wrong: %s\n", o->seed + i, wrong);
			fflush(stdout);
			return tell(&p, wrong);
		}
		program_release(&p);
	}
	return 0;
}

static int run(const struct options *o)
{
	time_t began = time(NULL);
	int bad = 0;

	printf("seed %" PRIu64 "\n", o->seed);
	fflush(stdout);
	for (unsigned job = 0; job < o->jobs; job++) {
		pid_t pid = fork();

		if (pid < 0)
			files_die("cannot fork");
		if (pid == 0) {
			int status = work(o, job);

			fflush(stdout);
			_exit(status);
		}
	}
	for (unsigned left = o->jobs; left; left--) {
		int status;

		wait(&status);
		bad |= status != 0;
	}
	printf("%" PRIu64 " sequences in %lld s\n", o->runs, (long long)(time(NULL) - began));
	return bad;
}

static int usage(void)
{
	fputs("test-twins [--runs N] [--jobs N] [--seed N] [--law NAME] [--ignore TEXT]... "
	      "[--replay [--shrink] FILE... | --print]\n",
	      stderr);
	return 2;
}

static enum law law_named(const char *name)
{
	enum law law = LAW_SOLO;

	while (law < LAWS && !str_eq(law_names[law], name))
		law++;
	return law;
}

static bool parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "runs", required_argument, NULL, 'r' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "seed", required_argument, NULL, 's' },
		{ "replay", no_argument, NULL, 'f' },
		{ "print", no_argument, NULL, 'p' },
		{ "law", required_argument, NULL, 'l' },
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
		else if (option == 'l' && law_named(optarg) < LAWS)
			o->law = law_named(optarg);
		else if (option == 'f')
			o->replay = true;
		else if (option == 'p')
			o->print = true;
		else if (option == 'h')
			o->shrink = true;
		else if (option == 'x' && o->ignored < TWINS_IGNORED)
			twins_ignored[o->ignored++] = optarg;
		else
			return false;
	}
	return o->replay == (optind < argc) && o->jobs;
}

int main(int argc, char **argv)
{
	struct options o = { .runs = 800, .seed = 1, .jobs = 2, .law = LAWS };
	int status = 0;

	if (!parse(&o, argc, argv))
		return usage();
	world_begin();
	if (o.print)
		status = print(&o);
	else if (!o.replay)
		status = run(&o);
	for (int i = optind; i < argc; i++)
		status |= replay_one(argv[i], o.shrink);
	world_end();
	return status;
}
