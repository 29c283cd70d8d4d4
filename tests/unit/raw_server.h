/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server for unit tests that has each connection to itself before a byte of it was read: for what
 * goes wrong before a request is whole. On 127.0.0.1, a thread a connection.
 */

#include "base/util.h"

struct raw_server;

/* Called on a thread with a new connection, which is closed after it. */
typedef void (*raw_handler)(int fd, void *payload);

/* receive_buffer: of the connections, in bytes; 0: the system's. */
struct raw_server *raw_server_start(raw_handler handler, void *payload, int receive_buffer);
void raw_server_stop(struct raw_server *s); /* ends the connections, joins the threads */
/* Owned by the caller. */
char *raw_server_url(const struct raw_server *s, const char *scheme, const char *path);

/* False: the peer, or the server, is gone. */
bool raw_send(int fd, const void *data, size_t len);
bool raw_read(int fd, size_t len); /* reads so many bytes and forgets them */
bool raw_read_head(int fd);        /* to the empty line that ends a request's headers */
bool raw_is_open(int fd);          /* even while there is something to read */
