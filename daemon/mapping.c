/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a mapping in the supervisor. Every change of state passes mapping_move(); every
 * decision is made in mapping_update() from the schedule, which knows no I/O; every callback only
 * notes what happened. A result and the end of a worker in the middle of a cycle take the same
 * path, cycle_ended(), so that a crash is nothing but a cycle that failed.
 */

#include "daemon/mapping.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/util.h"
#include "log/log.h"

static int64_t now_ms(const struct mapping *m)
{
	return (int64_t)uv_now(m->host->loop);
}

/* The one way into a state. */
static void mapping_move(struct mapping *m, enum mapping_state to)
{
	assert(mapping_state_may(m->state, to));
	log_debug("mapping '%s': %s -> %s", m->name, mapping_state_name(m->state),
		  mapping_state_name(to));
	m->state = to;
	m->dirty = true;
}

char *mapping_configuration(const struct config *c, const struct config_mapping *m)
{
	struct config part = *c;
	struct config_workspace workspace = { 0 };
	struct config_mapping mapping = *m;
	struct buf text = BUF_INIT(CONFIG_FILE_MAX);

	part.mappings = &mapping;
	part.mapping_count = 1;
	part.workspaces = NULL;
	part.workspace_count = 0;
	if (m->workspace && config_workspace(c, m->workspace)) {
		workspace = *config_workspace(c, m->workspace);
		part.workspaces = &workspace;
		part.workspace_count = 1;
	}
	config_dump(&part, &text);
	return buf_steal(&text, NULL);
}

/* ---- what the watch and the timer tell ---- */

static void on_hint(void *owner, const char *rel, enum pending_how how)
{
	struct mapping *m = owner;

	pending_add(&m->pending, rel, how, now_ms(m));
	m->dirty = true;
}

static void on_full(void *owner)
{
	struct mapping *m = owner;

	pending_add_full(&m->pending, now_ms(m));
	m->dirty = true;
}

static void on_timer(uv_timer_t *timer)
{
	struct mapping *m = timer->data;

	m->dirty = true;
}

/* ---- the end of a cycle ---- */

/* The first failure, a different one, and then every doubling of their number. */
static void log_failure(const struct mapping *m, const char *sentence)
{
	int64_t n = m->report.failures;

	if (m->report.sentence && str_eq(m->report.sentence, sentence) && (n & (n - 1)))
		return;
	if (n > 1)
		log_warning("mapping '%s': %s (%lld times in a row)", m->name, sentence,
			    (long long)n);
	else
		log_warning("mapping '%s': %s", m->name, sentence);
}

static void report_end(struct mapping *m, int code, const char *sentence)
{
	struct mapping_report *r = &m->report;

	r->code = code;
	r->cycles++;
	r->last_cycle_ms = clock_unix_ms();
	r->phase[0] = '\0';
	if (code) {
		r->failures++;
		log_failure(m, sentence);
		free(r->sentence);
		r->sentence = xstrdup(sentence);
		return;
	}
	if (r->failures)
		log_notice("mapping '%s': works again after %lld failed cycles", m->name,
			   (long long)r->failures);
	r->failures = 0;
	r->last_success_ms = r->last_cycle_ms;
	free(steal(&r->sentence));
}

/* Whoever asked is told. A commit whose cycle failed for a reason that passes is done by a later
 * cycle. One that fails until a human does something is dropped, and so is any other order: it
 * must not be carried out hours later, when nobody expects it. */
static void settle_order(struct mapping *m, int code, const char *sentence,
			 const struct json *result, enum mapping_state next)
{
	struct order order = m->running_order;

	m->running_order = (struct order){ 0 };
	if (m->running_asked || (order.members && !order.repeated))
		ends_add(&m->report.ends, m->report.cycles, code, sentence, result, &order);
	if (next == MAPPING_BACKOFF)
		orders_again(&m->orders, order);
	else
		order_release(&order);
	if (orders_urgent(&m->orders))
		schedule_ask(&m->schedule, true);
}

/* result: what the worker said, NULL when it said nothing. */
static void cycle_ended(struct mapping *m, int code, const char *sentence,
			const struct json *result)
{
	bool full = json_bool(result, "full", m->running_full);
	int64_t next_ms = json_int(result, "next_ms", -1);
	enum mapping_state next = schedule_ended(&m->schedule, code, next_ms, full, now_ms(m));

	report_end(m, code, sentence);
	settle_order(m, code, sentence, result, next);
	m->idle_since = now_ms(m);
	mapping_move(m, next);
}

/* ---- what the worker tells ---- */

static void on_worker_progress(void *owner, const char *phase, int64_t done, int64_t total)
{
	struct mapping *m = owner;

	snprintf(m->report.phase, sizeof(m->report.phase), "%s", phase);
	m->report.done = done;
	m->report.total = total;
}

static void log_deeds(const struct mapping *m, const struct json *message)
{
	struct totals t = { 0 };
	int64_t written = 0, deleted = 0;

	totals_add(&t, message);
	if (!totals_any(&t))
		return;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		written += t.written[s];
		deleted += t.deleted[s];
	}
	log_info("mapping '%s': %lld written, %lld deleted, %lld commits, %lld pushes in %lld ms",
		 m->name, (long long)written, (long long)deleted, (long long)t.commits,
		 (long long)t.pushes, (long long)json_int(message, "duration_ms", 0));
}

static void on_worker_result(void *owner, const struct json *message, const char *text, size_t len)
{
	struct mapping *m = owner;
	const char *sentence = json_str(message, "sentence");
	int code = err_parse(json_str(message, "code"));

	if (m->state != MAPPING_RUNNING)
		return;
	free(m->report.result);
	m->report.result = xstrndup(text, len);
	totals_add(&m->report.totals, message);
	log_deeds(m, message);
	if (!sentence || !*sentence)
		sentence = "the cycle failed";
	cycle_ended(m, code, sentence, message);
	if (++m->worker_cycles >= WORKER_CYCLES_MAX)
		worker_stop(m->worker);
}

static void on_worker_gone(void *owner, int code, const char *why)
{
	struct mapping *m = owner;

	m->worker = NULL;
	m->dirty = true;
	if (m->state == MAPPING_RUNNING) {
		cleanup_free char *sentence = xasprintf("the worker %s", *why ? why : "ended");

		m->report.crashes++;
		cycle_ended(m, code ? code : ERR_RETRY, sentence, NULL);
	} else if (m->state != MAPPING_STOPPING && *why) {
		log_warning("mapping '%s': the idle worker %s", m->name, why);
	}
}

/* ---- deciding ---- */

static struct schedule_decision decide_next(const struct mapping *m, bool with_linger)
{
	struct schedule_situation at = {
		.state = m->state,
		.now = now_ms(m),
		.hints_at = pending_due(&m->pending),
		.hints_full = pending_full(&m->pending),
		.linger_at = SCHEDULE_NEVER,
	};

	if (with_linger && m->worker && !worker_stopping(m->worker))
		at.linger_at = m->idle_since + m->host->worker_idle_ms;
	return schedule_decide(&m->schedule, &at);
}

static void take_hints(struct mapping *m, bool all)
{
	const char *paths[PENDING_MAX];
	size_t count = pending_take(&m->pending, now_ms(m), all, paths);

	if (!m->hints)
		m->hints = json_array();
	for (size_t i = 0; i < count; i++)
		json_add_str(m->hints, NULL, paths[i]);
}

static void queue(struct mapping *m)
{
	uv_timer_stop(m->timer);
	m->queued = uv_hrtime();
	mapping_move(m, MAPPING_QUEUED);
}

static void set_timer(struct mapping *m, int64_t moment)
{
	int64_t now = now_ms(m);

	if (moment == SCHEDULE_NEVER)
		uv_timer_stop(m->timer);
	else
		uv_timer_start(m->timer, on_timer, moment > now ? (uint64_t)(moment - now) : 0, 0);
}

void mapping_update(struct mapping *m)
{
	struct schedule_decision next = decide_next(m, true);

	m->dirty = false;
	if (next.what == SCHEDULE_STOP_WORKER) {
		worker_stop(m->worker);
		next = decide_next(m, true);
	}
	switch (next.what) {
	case SCHEDULE_FULL:
		m->schedule.full = true;
		queue(m);
		break;
	case SCHEDULE_HINTS:
	case SCHEDULE_ALL_HINTS:
		take_hints(m, next.what == SCHEDULE_ALL_HINTS);
		queue(m);
		break;
	case SCHEDULE_WAIT:
	case SCHEDULE_STOP_WORKER:
		set_timer(m, next.wake_at);
		break;
	}
}

int64_t mapping_next_ms(const struct mapping *m)
{
	int64_t at = decide_next(m, false).wake_at;
	int64_t now = now_ms(m);

	if (at == SCHEDULE_NEVER)
		return -1;
	return at > now ? at - now : 0;
}

/* ---- doing ---- */

static void spawn_worker(struct mapping *m)
{
	struct worker_options options = {
		.loop = m->host->loop,
		.binary = m->host->worker_binary,
		.mapping = m->name,
		.configuration = m->configuration,
		.deadline_ms = m->host->worker_deadline_ms,
		.handlers = { on_worker_progress, on_worker_result, on_worker_gone },
		.owner = m,
	};

	m->worker = worker_new(&options);
	m->worker_cycles = 0;
}

/* What the cycle is to look at: everything, or the hints taken when it was queued and since; and
 * what else it is to do. */
static struct json *make_request(struct mapping *m)
{
	struct json *request = json_object();

	json_add_str(request, "do", "cycle");
	m->running_full = !m->hints || m->schedule.full || m->running_order.members;
	if (m->running_full) {
		if (m->watch)
			watch_look(m->watch);
		pending_clear(&m->pending);
		json_add_bool(request, "full", true);
		if (m->running_asked)
			json_add_bool(request, "fetch", true);
	} else {
		take_hints(m, false);
		json_add_copy(request, "hints", m->hints);
	}
	json_free(steal(&m->hints));
	for (const struct json *member = json_first(m->running_order.members); member;
	     member = json_next(member))
		json_add_copy(request, json_key(member), member);
	return request;
}

void mapping_start(struct mapping *m)
{
	cleanup_json struct json *request = NULL;

	m->running_order = orders_take(&m->orders);
	m->running_asked = m->asked;
	m->asked = false;
	request = make_request(m);
	m->report.phase[0] = '\0';
	schedule_started(&m->schedule, now_ms(m));
	mapping_move(m, MAPPING_RUNNING);
	if (!m->worker)
		spawn_worker(m);
	worker_cycle(m->worker, request);
}

/* The number of the next cycle that starts. */
static int64_t next_cycle(const struct mapping *m)
{
	return m->report.cycles + (m->state == MAPPING_RUNNING ? 2 : 1);
}

int64_t mapping_ask(struct mapping *m, bool full)
{
	schedule_ask(&m->schedule, full);
	m->asked = true;
	m->dirty = true;
	return next_cycle(m);
}

int64_t mapping_order(struct mapping *m, struct order o)
{
	if (!orders_add(&m->orders, o))
		return -1;
	schedule_ask(&m->schedule, true);
	m->dirty = true;
	return next_cycle(m) + (int64_t)m->orders.count - 1;
}

struct mapping *mapping_new(const struct mapping_host *host, const struct config_mapping *c,
			    char *configuration)
{
	static const struct watch_handlers handlers = { on_hint, on_full };
	struct mapping *m = xcalloc(1, sizeof(*m));

	m->host = host;
	m->name = xstrdup(c->name);
	m->configuration = configuration;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		m->has_side[s] = config_has_side(c, s);
	m->timer = xcalloc(1, sizeof(*m->timer));
	m->timer->data = m;
	uv_timer_init(host->loop, m->timer);
	pending_init(&m->pending, c->settle_ms);
	schedule_init(&m->schedule, c->poll_ms);
	if (m->has_side[SIDE_LOCAL])
		m->watch = watch_new(host->loop, c->local, c->files == CONFIG_FILES_ALL, &handlers,
				     m);
	m->dirty = true;
	return m;
}

/* Each cycle whose number somebody was given counts as ended now, with an answer. */
static void drop_orders(struct mapping *m, const char *why)
{
	if (m->state == MAPPING_RUNNING) {
		m->report.cycles++;
		ends_add(&m->report.ends, m->report.cycles, ERR_CANCELLED, why, NULL,
			 &m->running_order);
		if (m->running_order.members)
			log_warning("mapping '%s': %s may be incomplete: %s", m->name,
				    m->running_order.name, why);
	}
	if (m->asked && !m->orders.count) {
		m->report.cycles++;
		ends_add(&m->report.ends, m->report.cycles, ERR_CANCELLED, why, NULL, NULL);
	}
	while (m->orders.count) {
		struct order order = orders_take(&m->orders);
		cleanup_json struct json *nothing = json_object();

		m->report.cycles++;
		ends_add(&m->report.ends, m->report.cycles, ERR_CANCELLED, why, nothing, &order);
		log_warning("mapping '%s': %s was dropped: %s", m->name, order.name, why);
		order_release(&order);
	}
}

void mapping_stop(struct mapping *m, bool hard, const char *why)
{
	if (m->state != MAPPING_STOPPING) {
		drop_orders(m, why);
		mapping_move(m, MAPPING_STOPPING);
	}
	uv_timer_stop(m->timer);
	watch_free(steal(&m->watch));
	if (!m->worker)
		return;
	if (hard)
		worker_kill(m->worker);
	else
		worker_terminate(m->worker);
}

void mapping_succeed(struct mapping *m, struct mapping *old)
{
	m->report.cycles = old->report.cycles;
	m->report.ends = old->report.ends;
	old->report.ends = (struct ends){ 0 };
}

bool mapping_stopped(const struct mapping *m)
{
	return m->state == MAPPING_STOPPING && !m->worker;
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle);
}

void mapping_free(struct mapping *m)
{
	if (!m)
		return;
	assert(mapping_stopped(m));
	uv_close((uv_handle_t *)m->timer, on_timer_closed);
	pending_release(&m->pending);
	orders_release(&m->orders);
	order_release(&m->running_order);
	ends_release(&m->report.ends);
	json_free(m->hints);
	free(m->report.result);
	free(m->report.sentence);
	free(m->configuration);
	free(m->name);
	free(m);
}
