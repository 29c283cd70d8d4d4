/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop. Callbacks note what happened; on_turn(), which runs each time before the loop goes to
 * sleep, lets every mapping that has news decide, starts what may start, and frees what has ended.
 * So there is one order of things, no recursion between callbacks, and an idle daemon has nothing
 * to wake for but the polls and the watchdog.
 *
 * Failure modes: a configuration that cannot be read on reload leaves everything as it was; a
 * second instance is refused by the lock before anything is started; on SIGTERM all workers are
 * stopped at once and the loop ends when the last handle is closed, which is asserted.
 */

#include "daemon/supervisor.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "daemon/load.h"
#include "daemon/queue.h"
#include "daemon/status.h"
#include "fs/fs.h"
#include "log/log.h"

struct mapping *supervisor_mapping(const struct supervisor *s, const char *name)
{
	for (size_t i = 0; i < s->mapping_count; i++)
		if (s->mappings[i]->state != MAPPING_STOPPING && str_eq(s->mappings[i]->name, name))
			return s->mappings[i];
	return NULL;
}

/* ---- the turn of the loop ---- */

static bool update_dirty(struct supervisor *s)
{
	bool any = false;

	for (size_t i = 0; i < s->mapping_count; i++) {
		if (!s->mappings[i]->dirty)
			continue;
		mapping_update(s->mappings[i]);
		any = true;
	}
	return any;
}

static void free_stopped(struct supervisor *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->mapping_count; i++) {
		if (mapping_stopped(s->mappings[i]))
			mapping_free(s->mappings[i]);
		else
			s->mappings[kept++] = s->mappings[i];
	}
	s->mapping_count = kept;
}

/* Nothing is left to do: with these handles closed, uv_run() returns. */
static void close_handles(struct supervisor *s)
{
	uv_handle_t *handles[] = { (uv_handle_t *)&s->turn, (uv_handle_t *)&s->hangup,
				   (uv_handle_t *)&s->terminate, (uv_handle_t *)&s->interrupt,
				   (uv_handle_t *)&s->watchdog };

	for (size_t i = 0; i < ARRAY_SIZE(handles); i++)
		if (!uv_is_closing(handles[i]))
			uv_close(handles[i], NULL);
}

static void tell_status(struct supervisor *s)
{
	cleanup_free char *line = status_line(s);

	notify_status(&s->notify, line);
}

static void on_turn(uv_prepare_t *turn)
{
	struct supervisor *s = turn->data;
	bool any = false;

	while (update_dirty(s)) {
		any = true;
		queue_run(s->mappings, s->mapping_count, s->config->daemon.workers);
	}
	if (any) {
		free_stopped(s);
		if (!s->stopping)
			tell_status(s);
	}
	if (s->stopping && s->mapping_count == 0)
		close_handles(s);
}

/* ---- configuration ---- */

static void take_settings(struct supervisor *s)
{
	const struct config_daemon *d = &s->config->daemon;
	enum log_level level = LOG_LEVEL_INFO;

	log_level_parse(d->log_level, &level);
	log_init(level, NULL);
	s->host.worker_idle_ms = d->worker_idle_ms;
	s->host.worker_deadline_ms = d->worker_deadline_ms;
}

static void append(struct supervisor *s, struct mapping *m)
{
	s->mappings = array_grow(s->mappings, s->mapping_count, &s->mapping_cap,
				 sizeof(*s->mappings));
	s->mappings[s->mapping_count++] = m;
}

/* Takes the mapping of that name with that very configuration out of a list; NULL: none. */
static struct mapping *take_same(struct mapping **list, size_t count, const char *name,
				 const char *configuration)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] && list[i]->state != MAPPING_STOPPING && str_eq(list[i]->name, name) &&
		    str_eq(list[i]->configuration, configuration))
			return steal(&list[i]);
	return NULL;
}

/* A new mapping in the place of the one of that name, if there was one, which stops. */
static struct mapping *replace_mapping(struct supervisor *s, const struct config_mapping *c,
				       char *configuration, struct mapping *const *old,
				       size_t count)
{
	struct mapping *m = mapping_new(&s->host, c, configuration);

	for (size_t i = 0; i < count; i++) {
		if (!old[i] || old[i]->state == MAPPING_STOPPING || !str_eq(old[i]->name, c->name))
			continue;
		mapping_stop(old[i], false, "the configuration of the mapping was changed");
		mapping_succeed(m, old[i]);
	}
	return m;
}

/* Brings the mappings into line with the configuration: those it describes as before go on
 * undisturbed, the others are stopped and, if still described, begun anew. */
static void take_mappings(struct supervisor *s)
{
	struct mapping **old = steal(&s->mappings);
	size_t old_count = s->mapping_count;

	s->mapping_count = s->mapping_cap = 0;
	for (size_t i = 0; i < s->config->mapping_count; i++) {
		const struct config_mapping *c = &s->config->mappings[i];
		char *configuration = mapping_configuration(s->config, c);
		struct mapping *m = take_same(old, old_count, c->name, configuration);

		if (m) {
			free(configuration);
			mapping_ask(m, true);
		} else {
			m = replace_mapping(s, c, configuration, old, old_count);
		}
		append(s, m);
	}
	for (size_t i = 0; i < old_count; i++) {
		if (!old[i])
			continue;
		mapping_stop(old[i], false, "the mapping was taken out of the configuration");
		append(s, old[i]);
	}
	free(old);
}

static void keep_restart_settings(const struct supervisor *s, const struct config *new)
{
	if (!str_eq(s->config->daemon.state, new->daemon.state) ||
	    !str_eq(s->config->daemon.socket, new->daemon.socket))
		log_warning("'state' and 'socket' in [daemon] are read at the start only: restart "
			    "nbsyncd to change them");
}

static int reload(struct supervisor *s, struct err *e)
{
	struct config *new;
	int r;

	if (s->stopping)
		return err_set(e, ERR_CANCELLED, "nbsyncd is stopping");
	r = load_config(&new, s->options.config_file, e);
	if (r)
		return r;
	keep_restart_settings(s, new);
	config_free(s->config);
	s->config = new;
	take_settings(s);
	take_mappings(s);
	return r;
}

int supervisor_reload(struct supervisor *s, struct err *e)
{
	int r;

	notify_reloading(&s->notify);
	r = reload(s, e);
	free(steal(&s->reload_error));
	if (r) {
		s->reload_error = xstrdup(e->text);
		log_error("the new configuration is refused, the old one stays in force");
	} else {
		s->reloaded_ms = clock_unix_ms();
		log_notice("read the configuration '%s' anew (mappings: %zu)", s->config->file,
			   s->config->mapping_count);
	}
	notify_ready(&s->notify);
	return r;
}

/* ---- signals and the watchdog ---- */

static void on_hangup(uv_signal_t *handle, int signal)
{
	struct err e;

	(void)signal;
	supervisor_reload(handle->data, &e);
}

/* The first signal lets workers end their cycle's current step, a second one does not wait. */
static void on_terminate(uv_signal_t *handle, int signal)
{
	struct supervisor *s = handle->data;
	bool again = s->stopping;

	log_notice("stopping (signal %d)", signal);
	s->stopping = true;
	notify_stopping(&s->notify);
	control_free(steal(&s->control));
	for (size_t i = 0; i < s->mapping_count; i++) {
		mapping_stop(s->mappings[i], again, "nbsyncd is stopping");
		s->mappings[i]->dirty = true;
	}
}

static void on_watchdog(uv_timer_t *timer)
{
	struct supervisor *s = timer->data;

	notify_alive(&s->notify);
}

static void start_handles(struct supervisor *s)
{
	uint64_t half = (uint64_t)s->notify.watchdog_ms / 2;

	s->turn.data = s->hangup.data = s->terminate.data = s->interrupt.data = s;
	s->watchdog.data = s;
	uv_prepare_init(&s->loop, &s->turn);
	uv_signal_init(&s->loop, &s->hangup);
	uv_signal_init(&s->loop, &s->terminate);
	uv_signal_init(&s->loop, &s->interrupt);
	uv_timer_init(&s->loop, &s->watchdog);
	uv_prepare_start(&s->turn, on_turn);
	uv_signal_start(&s->hangup, on_hangup, SIGHUP);
	uv_signal_start(&s->terminate, on_terminate, SIGTERM);
	uv_signal_start(&s->interrupt, on_terminate, SIGINT);
	if (half)
		uv_timer_start(&s->watchdog, on_watchdog, half, half);
}

/* ---- start and end ---- */

static int take_places(struct supervisor *s, struct err *e)
{
	const struct config_daemon *d = &s->config->daemon;
	int r;

	r = fs_mkdirs(d->state, 0700, e);
	if (r)
		return r;
	r = fs_lock(&s->lock, d->state, e);
	if (r)
		return r == ERR_RETRY ? err_wrap(e, "another nbsyncd uses '%s'", d->state) : r;
	return control_new(&s->control, &s->loop, d->socket, &s->service, e);
}

static void end(struct supervisor *s)
{
	int r;

	control_free(steal(&s->control));
	close_handles(s);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	r = uv_loop_close(&s->loop);
	assert(r == 0);
	(void)r;
	cleanup_fd_p(&s->lock);
	notify_release(&s->notify);
	config_free(s->config);
	free(s->mappings);
	free(s->worker_binary);
	free(s->reload_error);
}

int supervisor_run(const struct supervisor_options *options, struct config *config, struct err *e)
{
	struct supervisor s = { .options = *options, .config = config, .lock = -1 };
	int r;

	uv_loop_init(&s.loop);
	s.started_ms = clock_unix_ms();
	s.worker_binary = options->worker_binary ? xstrdup(options->worker_binary)
						 : worker_binary();
	s.host = (struct mapping_host){ .loop = &s.loop, .worker_binary = s.worker_binary };
	s.service = options->service;
	s.service.payload = &s;
	notify_init(&s.notify);
	start_handles(&s);
	r = take_places(&s, e);
	if (!r) {
		take_settings(&s);
		take_mappings(&s);
		log_notice("started with '%s' (mappings: %zu)", config->file, s.mapping_count);
		notify_ready(&s.notify);
		uv_run(&s.loop, UV_RUN_DEFAULT);
		log_notice("stopped");
	}
	end(&s);
	return r;
}
