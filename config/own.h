/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The keys of the type CONFIG_OWN. */

#include "config/keys.h"

extern const struct config_own config_folder;    /* workspace and workspace_path of a mapping */
extern const struct config_own config_direction; /* accepts and receives of a mapping */
