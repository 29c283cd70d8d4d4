/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* org.nbsync.Daemon: the methods of the control socket, and their description. */

#include "daemon/control/varlink.h"

/* The service. Its methods act on the struct supervisor that becomes its payload. */
struct varlink_service api_service(void);
