/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Outputs and execution counts: what a run left behind in a notebook. */

#include "notebook/ipynb/cell.h"
#include "notebook/json/jemit.h"

/* Whether the file is one of Databricks (its metadata says so). */
bool ipynb_is_databricks(const struct notebook *nb);
