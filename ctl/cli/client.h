/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asks the running daemon: one Varlink call over its control socket, blocking. */

#include "base/err.h"
#include "config/config.h"
#include "format/json.h"

#define CLIENT_TIMEOUT_S 5                  /* of silence, in each direction */
#define CLIENT_REPLY_MAX (64 * 1024 * 1024) /* bytes */

/*
 * Calls method ("org.nbsync.Daemon.Status") with params (an object; NULL: none). *reply receives
 * the parameters of the answer, an object that the caller frees with json_free(); NULL on error.
 * ERR_ABSENT: no daemon answers on socket, and the sentence says how to start it (EXIT_NO_DAEMON).
 * ERR_CONFIG: the socket is somebody else's, or the daemon refused; ERR_RETRY: it answers too
 * slowly; ERR_CANCELLED: it ended the connection, and what became of the call is not known;
 * ERR_INVALID: the method's own error, or no Varlink service.
 */
int client_call(const char *socket, const char *method, const struct json *params,
		struct json **reply, struct err *e);

/* The socket that the configuration names, or, when nothing is there, that of nbsyncd@USER.service
 * if there is one. The caller frees it. */
char *client_socket(const struct config *config);
