/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The HTTP side: the only user of libmicrohttpd. One thread, one loop, loopback only. */

#include "base/err.h"

struct emulator;
struct server;

/* Listens on 127.0.0.1; port 0 takes a free one. em is borrowed. */
int server_start(struct server **out, struct emulator *em, uint16_t port, struct err *e);
uint16_t server_port(const struct server *s);

/* Serves until em->stop is set or signal_fd (a signalfd) is readable. */
int server_run(struct server *s, int signal_fd, struct err *e);

/* Closes every connection, finished or not. */
void server_stop(struct server *s);
