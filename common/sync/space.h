/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether there is room for the state of a mapping; see space.c. */

#include "config/config.h"

/* ERR_RETRY with a sentence when there is too little. */
int space_check(const struct config *config, const struct config_mapping *m, struct err *e);
