/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "config/config.h"

/* config_load(), with every problem logged, not only the first: the caller logs none of them. */
int load_config(struct config **out, const char *file, struct err *e);
