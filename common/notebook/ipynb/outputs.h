/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Outputs and execution counts: what a run left behind in a notebook. */

#include "notebook/ipynb/ipynb.h"
#include "notebook/json/jemit.h"

/*
 * The notebook's bytes with outputs an empty list and execution_count what it was before the first
 * run (0 in a file of Databricks, else null) in every cell, and without what options->run_state says;
 * with NOTEBOOK_OUTPUTS_KEEP_TAGGED except in cells tagged keep_output. Nothing else changes.
 */
void ipynb_strip_outputs(const struct notebook *nb, const struct notebook_options *options,
			 struct buf *out);

/* Whether the file is one of Databricks (its metadata says so). */
bool ipynb_is_databricks(const struct notebook *nb);
