/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Removes from our environment, and so from that of every worker, the variables in which tools look
 * for secrets: a service's environment is inherited, listed and logged. A warning names each that
 * nbsync would have used, and what to use instead.
 */
void environment_clean(void);
