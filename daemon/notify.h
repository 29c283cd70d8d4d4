/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * sd_notify(3) without libsystemd: datagrams to the socket that NOTIFY_SOCKET names. Without one,
 * every function does nothing. Errors in sending are ignored, as the service manager's absence must
 * never stop us.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

struct notify {
	int fd;              /* connected to the service manager; -1: there is none */
	int64_t watchdog_ms; /* how long it waits for a sign of life; 0: it does not */
	char *status;        /* owned; the last status sent */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and removes all three from the environment,
 * so that no child speaks for us. A path, or "@name" for an abstract socket. */
void notify_init(struct notify *n);
void notify_release(struct notify *n);

/* Configuration and mappings are set up; says nothing about the network. */
void notify_ready(struct notify *n);
/* A reload begins; notify_ready() ends it. */
void notify_reloading(struct notify *n);
void notify_stopping(struct notify *n);
void notify_alive(struct notify *n); /* the watchdog's sign of life; every watchdog_ms / 2 */

/* One line for "systemctl status"; sent only when it differs from the last one. */
void notify_status(struct notify *n, const char *line);
