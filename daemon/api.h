/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* org.nbsync.Daemon: the methods of the control socket, and their description. */

#include "daemon/varlink.h"

struct supervisor;

/* The service whose methods act on s (borrowed). */
struct varlink_service api_service(struct supervisor *s);
