/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The daemon itself: one libuv loop that owns time, children, signals and the control socket, and
 * never blocks on anything remote. It holds no token and reads no notebook.
 */

#include <uv.h>

#include "daemon/control/control.h"
#include "daemon/mapping.h"
#include "daemon/notify.h"

struct supervisor_options {
	const char *config_file;        /* as given by --config; NULL: the usual places */
	const char *worker_binary;      /* NULL: worker_binary() */
	struct varlink_service service; /* of the control socket; payload becomes the supervisor */
};

struct supervisor {
	struct supervisor_options options;
	uv_loop_t loop;
	struct config *config; /* owned; the one that is in force */
	struct mapping_host host;
	char *worker_binary; /* owned */
	struct mapping *
		*mappings; /* owned; in the order of the configuration, stopping ones last */
	size_t mapping_count;
	size_t mapping_cap;

	struct control *control;
	struct varlink_service service;
	struct notify notify;
	uv_prepare_t turn; /* runs before the loop sleeps: decides everything */
	uv_signal_t hangup, terminate, interrupt;
	uv_timer_t watchdog;
	int lock; /* of the state directory */

	bool stopping;
	int64_t started_ms;  /* Unix time */
	int64_t reloaded_ms; /* of the last reload that succeeded; 0: none */
	char *reload_error;  /* owned; why the last reload was refused, NULL when it was not */
};

/* Runs until SIGTERM or SIGINT. config is taken over. ERR_RETRY: another instance uses the state
 * directory or the socket; ERR_CONFIG: they cannot be used. */
int supervisor_run(const struct supervisor_options *options, struct config *config, struct err *e);

/* Reads the configuration anew. On an error the old one stays in force, and status says so. */
int supervisor_reload(struct supervisor *s, struct err *e);

/* NULL when there is none, or only one that is stopping. */
struct mapping *supervisor_mapping(const struct supervisor *s, const char *name);
