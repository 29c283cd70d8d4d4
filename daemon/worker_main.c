/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbsyncd-worker: one mapping's cycles, on request of the supervisor. JSON lines in on stdin, JSON
 * lines out on stdout, the log on stderr; see docs/architecture/daemon.md for the lines.
 *
 * Straight-line and blocking. It stays alive between cycles so that connections, tokens and the
 * table of paths stay warm; it ends on {"do":"stop"}, on end of input, and soon after SIGTERM.
 * Nothing secret is on its command line or in its environment.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frames.h"
#include "format/json.h"
#include "git/libgit2/start.h"
#include "log/log.h"
#include "path/path.h"
#include "secret/secret.h"
#include "sync/cycle.h"
#include "sync/source.h"

#define LINE_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define PROGRESS_MS    200

static volatile int stop_requested;

struct worker {
	const char *mapping;
	struct config *config;
	struct cycle *cycle;
	struct frames input;
	bool line_taken; /* the first of the input was obeyed */
	int64_t last_progress_ms;
};

static void on_signal(int signo)
{
	(void)signo;
	stop_requested = 1;
}

/* ---- lines ---- */

static void send(struct json *message)
{
	cleanup_free char *text = NULL;

	json_redact(message);
	text = json_print(message, false);
	/* A supervisor that is gone will be noticed at the next read. */
	if (puts(text) >= 0)
		fflush(stdout);
}

/* Waits for input or for a signal, with no gap in between in which a signal could get lost: it is
 * blocked from the look at the flag until ppoll() waits. */
static bool wait_for_input(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t stops, before;
	int n = -1;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTERM);
	sigaddset(&stops, SIGINT);
	sigprocmask(SIG_BLOCK, &stops, &before);
	do
		n = stop_requested ? 0 : ppoll(&fd, 1, NULL, &before);
	while (n < 0 && errno == EINTR);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return n > 0;
}

/* The next complete line, borrowed until the next call; NULL at the end of the input, when a
 * line is too long, and when asked to stop. */
static const char *next_line(struct worker *w)
{
	enum frames_state state;
	char *line;
	size_t len;

	if (w->line_taken)
		frames_drop(&w->input);
	w->line_taken = false;
	while ((state = frames_first(&w->input, &line, &len)) == FRAMES_NONE) {
		char chunk[65536];
		ssize_t n;

		if (!wait_for_input())
			return NULL;
		n = read(STDIN_FILENO, chunk, sizeof(chunk));
		if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
			return NULL;
		if (n > 0)
			frames_add(&w->input, chunk, (size_t)n);
	}
	w->line_taken = state == FRAMES_MESSAGE;
	return w->line_taken ? line : NULL;
}

static void send_progress(void *payload, const char *phase, size_t done, size_t total)
{
	struct worker *w = payload;
	cleanup_json struct json *line = NULL;

	if (clock_monotonic_ms() - w->last_progress_ms < PROGRESS_MS)
		return;
	w->last_progress_ms = clock_monotonic_ms();
	line = json_object();
	json_add_str(line, "event", "progress");
	json_add_str(line, "phase", phase);
	json_add_int(line, "done", (int64_t)done);
	json_add_int(line, "total", (int64_t)total);
	send(line);
}

/* ---- commands ---- */

static int configure(struct worker *w, const struct json *command, struct err *e)
{
	const char *text;
	int r = json_need_str(command, "config", &text, e);

	if (r)
		return r;
	return config_parse(&w->config, text, strlen(text), "configuration", NULL, e);
}

/* A failure to open is the result of the cycle that wanted it; the next one tries again. */
static int open_cycle(struct worker *w, struct err *e)
{
	struct cycle_options options = {
		.config = w->config,
		.mapping = w->mapping,
		.cancel = &stop_requested,
		.progress = send_progress,
		.payload = w,
	};

	if (w->cycle)
		return ERR_OK;
	if (!w->config)
		return err_set(e, ERR_BUG, "no configuration was sent");
	return cycle_open(&w->cycle, &options, e);
}

/* What a human asked for is not guessed at: all members, each as it must be. */
static int read_adopt(struct cycle_adopt *out, const struct json *adopt, struct err *e)
{
	const char *from;
	int r;

	if ((r = json_need_str(adopt, "path", &out->path, e)) ||
	    (r = json_need_str(adopt, "from", &from, e)) ||
	    (r = json_need_str(adopt, "what", &out->what, e)))
		return r;
	if (!cycle_source_parse(from, &out->from))
		return err_set(e, ERR_INVALID, "there is no source '%s' of versions", from);
	r = path_check(out->path, e);
	if (r)
		return r;
	return cycle_source_check(out->from, out->what, e);
}

static void run_cycle(struct worker *w, const struct json *command, const struct cycle_adopt *adopt)
{
	struct cycle_request request = {
		.full = json_bool(command, "full", false),
		.fetch = json_bool(command, "fetch", false),
		.commit = json_bool(command, "commit", false),
		.summary = json_str(command, "summary"),
		.confirm = json_str(command, "confirm"),
		.create_from = json_str(command, "create_from"),
		.adopt = adopt,
	};
	const struct json *hints = json_get(command, "hints");
	const char **paths = xcalloc(json_count(hints), sizeof(*paths));
	cleanup_json struct json *line = NULL;
	struct report report;
	struct err e = ERR_INIT;

	for (const struct json *h = json_first(hints); h; h = json_next(h))
		if (json_is_str(h))
			paths[request.hint_count++] = json_text(h);
	request.hints = paths;
	if (open_cycle(w, &e)) {
		report_init(&report);
		report.code = e.code;
		report.sentence = xstrdup(e.text);
		log_error("%s", e.text);
	} else {
		cycle_run(w->cycle, &request, &report);
	}
	line = report_json(&report);
	send(line);
	report_release(&report);
	free(paths);
}

/* False ends the worker. */
static bool obey(struct worker *w, const char *text)
{
	cleanup_json struct json *command = NULL;
	const struct json *wanted = NULL;
	struct cycle_adopt adopt = { 0 };
	struct err e = ERR_INIT;
	const char *what;

	if (json_parse(&command, text, strlen(text), LINE_MAX_BYTES, &e) ||
	    json_need_str(command, "do", &what, &e) ||
	    ((wanted = json_get(command, "adopt")) && read_adopt(&adopt, wanted, &e))) {
		log_error("the supervisor sent something odd: %s", e.text);
		return false;
	}
	if (str_eq(what, "cycle")) {
		run_cycle(w, command, wanted ? &adopt : NULL);
		return true;
	}
	if (!str_eq(what, "configure"))
		return false; /* "stop" */
	if (configure(w, command, &e) == ERR_OK)
		return true;
	log_error("%s", e.text);
	return false;
}

/* ---- process ---- */

/* When the system has to kill something for want of memory, a worker is what costs least. Raising
 * that is always allowed; where it is not, the supervisor may be chosen instead. */
static void offer_to_be_killed(void)
{
	cleanup_fd int fd = -1;

	/* /proc/self is root's while we leave no dumps. No secret has been read yet. */
	prctl(PR_SET_DUMPABLE, 1);
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	secret_forbid_dumps();
	if (fd >= 0 && write(fd, "500", 3) < 0)
		log_debug("cannot change oom_score_adj");
}

static void confine(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	memory_exit_status(WORKER_EXIT_MEMORY);
	offer_to_be_killed();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	/* The supervisor's end is ours: whoever restarts it starts new workers. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static int worker_program(int argc, char **argv)
{
	struct worker w = { .input = FRAMES_INIT('\n', LINE_MAX_BYTES) };
	struct err e = ERR_INIT;
	const char *line;

	if (argc != 2 || !argv[1][0] || argv[1][0] == '-') {
		fprintf(stderr, "nbsyncd-worker is started by nbsyncd\n");
		return EXIT_USAGE;
	}
	w.mapping = argv[1];
	log_init(LOG_LEVEL_INFO, w.mapping);
	confine();
	if (git_start(&e)) {
		log_error("%s", e.text);
		return err_exit(e.code);
	}
	while ((line = next_line(&w)) && obey(&w, line))
		continue;
	cycle_close(w.cycle);
	config_free(w.config);
	frames_release(&w.input);
	git_stop();
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	secret_forbid_dumps();
	return worker_program(argc, argv);
}
