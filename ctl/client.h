/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asks the running daemon: one Varlink call over its control socket, blocking. */

#include "base/err.h"
#include "base/json.h"

#define CLIENT_TIMEOUT_S 5                  /* of silence, in each direction */
#define CLIENT_REPLY_MAX (64 * 1024 * 1024) /* bytes */

/*
 * Calls method ("org.nbsync.Daemon.Status") with params (an object; NULL: none). *reply receives
 * the parameters of the answer, an object that the caller frees with json_free(); NULL on error.
 * ERR_ABSENT: no daemon answers on socket, and the sentence says how to start it (EXIT_NO_DAEMON).
 * ERR_CONFIG: the socket is somebody else's, or the daemon refused; ERR_RETRY: it answers too
 * slowly; ERR_INVALID: the method's own error, or no Varlink service.
 */
int client_call(const char *socket, const char *method, const struct json *params,
		struct json **reply, struct err *e);

/*
 * The socket to use: path as given by --socket, or, when that is NULL, the one of the configuration
 * file (NULL: the usual places), or, when there is none, that of nbsyncd@USER.service if there is
 * one. ERR_CONFIG when the configuration cannot be read. The caller frees it.
 */
int client_socket(char **out, const char *path, const char *config_file, struct err *e);
