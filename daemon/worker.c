/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The happy path of a worker:
 * - spawned; its configuration and the first cycle are written to its stdin;
 * - progress lines move the deadline, a result line ends the cycle, any number of times;
 * - told to stop, it exits; exit and end of output are seen, handles are closed, gone() is called.
 *
 * Possible failure modes are:
 * - it cannot be started: the handles are closed and gone() is called, by the same path;
 * - it exits or is killed by itself: gone() says so;
 * - no line arrives for deadline_ms during a cycle, or one that is no JSON or too long: SIGTERM,
 *   and gone() says why;
 * - it ignores a request to stop or a SIGTERM: the next harder means follows after the grace;
 * - its output stays open after its exit (a child of its own holds it): closed after the grace.
 */

#include "daemon/worker.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/frames.h"
#include "log/log.h"
#include "path/path.h"
#include "version.h"

/* How far the ending of a worker has got. */
enum worker_end { END_NONE, END_ASKED, END_TERM, END_KILL };

struct worker {
	struct worker_handlers handlers;
	void *owner; /* borrowed */
	int64_t deadline_ms;

	uv_process_t process;
	uv_pipe_t in;     /* its stdin */
	uv_pipe_t out;    /* its stdout */
	uv_timer_t timer; /* the deadline, or the grace of the current step of ending */
	unsigned open;    /* handles whose close callback is still to come */

	struct frames lines; /* what it sends */
	bool running;        /* a cycle runs */
	enum worker_end end;
	unsigned awaited; /* exit and end of output: gone when both were seen */
	bool exited;
	int64_t exit_status;
	int exit_signal;
	int fault; /* why we ended it ourselves, as err code … */
	char *why; /* … and sentence; owned, NULL when we did not */
};

static void on_handle_closed(uv_handle_t *handle)
{
	struct worker *w = handle->data;

	if (--w->open > 0)
		return;
	w->handlers.gone(w->owner, w->fault, w->why);
	frames_release(&w->lines);
	free(w->why);
	free(w);
}

static void set_fault(struct worker *w, int code, char *owned)
{
	if (w->why) {
		free(owned);
		return;
	}
	w->fault = code;
	w->why = owned;
}

/* What an exit means that nobody asked for; the worker's exit code is err_exit() of its trouble. */
static void explain_exit(struct worker *w)
{
	static const int codes[] = { ERR_CONFIG, ERR_DENIED, ERR_RETRY };

	if (w->exit_signal) {
		set_fault(w, ERR_BUG,
			  xasprintf("was killed by signal %d (%s)%s", w->exit_signal,
				    strsignal(w->exit_signal),
				    w->exit_signal == SIGKILL
					    ? ", as the system does when memory runs out: see the "
					      "kernel's log"
					    : ""));
		return;
	}
	if (w->exit_status == WORKER_EXIT_MEMORY) {
		set_fault(w, ERR_RETRY,
			  xstrdup("ran out of memory: raise the limit of the service (MemoryMax=, "
				  "LimitAS=), or see in the log what it was working at"));
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (w->exit_status == err_exit(codes[i]))
			set_fault(w, codes[i],
				  xasprintf("ended with exit code %d", (int)w->exit_status));
	set_fault(w, ERR_BUG,
		  xasprintf("ended unexpectedly with exit code %d", (int)w->exit_status));
}

static void close_all(struct worker *w)
{
	uv_handle_t *handles[] = { (uv_handle_t *)&w->process, (uv_handle_t *)&w->in,
				   (uv_handle_t *)&w->out, (uv_handle_t *)&w->timer };

	if (w->exited && w->end == END_NONE)
		explain_exit(w);
	if (!w->why)
		w->why = xstrdup("");
	for (size_t i = 0; i < ARRAY_SIZE(handles); i++)
		if (!uv_is_closing(handles[i]))
			uv_close(handles[i], on_handle_closed);
}

/* One of exit and end of output was seen. */
static void seen(struct worker *w)
{
	if (--w->awaited == 0)
		close_all(w);
}

static void on_worker_timer(uv_timer_t *timer);

static void restart_timer(struct worker *w, int64_t ms)
{
	uv_timer_start(&w->timer, on_worker_timer, (uint64_t)ms, 0);
}

static void on_exit_seen(uv_process_t *process, int64_t status, int signal)
{
	struct worker *w = process->data;

	w->exited = true;
	w->exit_status = status;
	w->exit_signal = signal;
	restart_timer(w, WORKER_GRACE_MS);
	seen(w);
}

static void fail(struct worker *w, int code, char *owned)
{
	set_fault(w, code, owned);
	worker_terminate(w);
}

static void on_worker_timer(uv_timer_t *timer)
{
	struct worker *w = timer->data;

	if (w->exited)
		close_all(w);
	else if (w->end == END_NONE && w->awaited < 2)
		fail(w, ERR_BUG, xstrdup("closed its output without ending and was stopped"));
	else if (w->end == END_NONE)
		fail(w, ERR_RETRY,
		     xasprintf("made no progress for %.4g s and was stopped",
			       (double)w->deadline_ms / 1000));
	else if (w->end == END_ASKED)
		worker_terminate(w);
	else
		worker_kill(w);
}

static void take_progress(struct worker *w, const struct json *message)
{
	const char *phase = json_str(message, "phase");

	if (!w->running)
		return;
	if (w->end == END_NONE)
		restart_timer(w, w->deadline_ms);
	w->handlers.progress(w->owner, phase ? phase : "", json_int(message, "done", 0),
			     json_int(message, "total", 0));
}

static void take_result(struct worker *w, const struct json *message, const char *text, size_t len)
{
	if (!w->running)
		return;
	w->running = false;
	if (w->end == END_NONE)
		uv_timer_stop(&w->timer);
	w->handlers.result(w->owner, message, text, len);
}

static void take_line(struct worker *w, const char *text, size_t len)
{
	cleanup_json struct json *message = NULL;
	const char *event;
	struct err e;

	if (json_parse(&message, text, len, WORKER_LINE_MAX, &e)) {
		fail(w, ERR_BUG, xasprintf("sent a line that cannot be read: %s", e.text));
		return;
	}
	event = json_str(message, "event");
	if (str_eq(event, "progress"))
		take_progress(w, message);
	else if (str_eq(event, "result"))
		take_result(w, message, text, len);
	else
		log_debug("worker %d: an event that is not known was ignored", w->process.pid);
}

static void take_output(struct worker *w, const char *data, size_t size)
{
	enum frames_state state;
	char *text;
	size_t len;

	if (w->why)
		return;
	frames_add(&w->lines, data, size);
	while (!w->why && (state = frames_first(&w->lines, &text, &len)) != FRAMES_NONE) {
		if (state == FRAMES_TOO_LONG) {
			fail(w, ERR_BUG, xstrdup("sent a line above 16 MiB"));
			return;
		}
		take_line(w, text, len);
		frames_drop(&w->lines);
	}
}

/* One buffer for all workers: libuv fills it and hands it to on_output() before the next is asked. */
static void on_output_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	static char buffer[64 * 1024];

	(void)handle;
	(void)suggested;
	*out = uv_buf_init(buffer, sizeof(buffer));
}

static void on_output(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	struct worker *w = stream->data;

	if (n > 0) {
		take_output(w, bytes->base, (size_t)n);
		return;
	}
	if (n == 0)
		return;
	uv_read_stop(stream);
	/* A worker that runs without output can no longer tell a result: stop it after the
	 * grace. */
	if (!w->exited && w->end == END_NONE)
		restart_timer(w, WORKER_GRACE_MS);
	seen(w);
}

struct request {
	uv_write_t write;
	char *text; /* owned */
};

static void on_request_written(uv_write_t *write, int status)
{
	struct request *r = (struct request *)write;

	/* A write that failed is explained by the exit that caused it. */
	(void)status;
	free(r->text);
	free(r);
}

static void send_line(struct worker *w, const struct json *message)
{
	struct request *r = xcalloc(1, sizeof(*r));
	cleanup_free char *text = json_print(message, false);
	uv_buf_t line;

	r->text = xasprintf("%s\n", text);
	line = uv_buf_init(r->text, (unsigned)strlen(r->text));
	if (uv_write(&r->write, (uv_stream_t *)&w->in, &line, 1, on_request_written) < 0)
		on_request_written(&r->write, -1);
}

/* Returns 0 or a libuv error code. A process group of its own, so that SIGKILL reaches what the
 * worker started too and a terminal's Ctrl-C reaches only us, who stop it in order. */
static int spawn(struct worker *w, uv_loop_t *loop, const char *binary, const char *mapping)
{
	char program[] = "nbsyncd-worker";
	cleanup_free char *name = xstrdup(mapping);
	char *argv[] = { program, name, NULL };
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
		  .data.stream = (uv_stream_t *)&w->in },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
		  .data.stream = (uv_stream_t *)&w->out },
		{ .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO },
	};
	uv_process_options_t options = {
		.file = binary,
		.args = argv,
		.stdio = stdio,
		.stdio_count = 3,
		.exit_cb = on_exit_seen,
		.flags = UV_PROCESS_DETACHED,
	};
	int r = uv_spawn(loop, &w->process, &options);

	if (!r)
		uv_read_start((uv_stream_t *)&w->out, on_output_buffer, on_output);
	return r;
}

static void send_configuration(struct worker *w, const char *configuration)
{
	cleanup_json struct json *message = json_object();

	json_add_str(message, "do", "configure");
	json_add_str(message, "config", configuration);
	send_line(w, message);
}

struct worker *worker_new(const struct worker_options *o)
{
	struct worker *w = xcalloc(1, sizeof(*w));
	int r;

	*w = (struct worker){
		.handlers = o->handlers,
		.owner = o->owner,
		.deadline_ms = o->deadline_ms,
		.lines = FRAMES_INIT('\n', WORKER_LINE_MAX),
		.open = 4,
		.awaited = 2,
	};
	uv_pipe_init(o->loop, &w->in, 0);
	uv_pipe_init(o->loop, &w->out, 0);
	uv_timer_init(o->loop, &w->timer);
	r = spawn(w, o->loop, o->binary, o->mapping);
	w->process.data = w->in.data = w->out.data = w->timer.data = w;
	if (r) {
		set_fault(w, r == UV_EAGAIN || r == UV_ENOMEM ? ERR_RETRY : ERR_CONFIG,
			  xasprintf("cannot be started from '%s': %s", o->binary, uv_strerror(r)));
		w->end = END_KILL;
		close_all(w);
		return w;
	}
	send_configuration(w, o->configuration);
	return w;
}

void worker_cycle(struct worker *w, const struct json *request)
{
	if (w->end != END_NONE)
		return; /* it could not be started: gone() is on its way */
	assert(!w->running);
	w->running = true;
	restart_timer(w, w->deadline_ms);
	send_line(w, request);
}

void worker_stop(struct worker *w)
{
	cleanup_json struct json *message = NULL;

	if (w->end >= END_ASKED || w->exited)
		return;
	w->end = END_ASKED;
	message = json_object();
	json_add_str(message, "do", "stop");
	send_line(w, message);
	restart_timer(w, WORKER_GRACE_MS);
}

void worker_terminate(struct worker *w)
{
	if (w->end >= END_TERM || w->exited)
		return;
	w->end = END_TERM;
	uv_process_kill(&w->process, SIGTERM);
	restart_timer(w, WORKER_GRACE_MS);
}

void worker_kill(struct worker *w)
{
	if (w->exited || w->end == END_KILL)
		return;
	w->end = END_KILL;
	/* Its whole group: it was not waited for yet, so the number still is its own. */
	if (kill(-w->process.pid, SIGKILL) < 0)
		uv_process_kill(&w->process, SIGKILL);
}

bool worker_stopping(const struct worker *w)
{
	return w->end != END_NONE || w->exited || w->awaited < 2;
}

int worker_pid(const struct worker *w)
{
	return w->process.pid;
}

char *worker_binary(void)
{
	cleanup_free char *self = xcalloc(1, 4096);
	cleanup_free char *dir = NULL;
	char *beside;

	if (readlink("/proc/self/exe", self, 4095) > 0) {
		dir = path_dir(self);
		beside = path_join(dir, "nbsyncd-worker");
		if (access(beside, X_OK) == 0)
			return beside;
		free(beside);
	}
	return xstrdup(NBSYNC_LIBEXECDIR "/nbsyncd-worker");
}
