/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What notebooks in source format are written of in tests, as the workspace writes it. */

#define PY  "# Databricks notebook source\n" /* the first line; an R notebook has the same */
#define SQL "-- Databricks notebook source\n"
/* Between two cells; the end of the first one's last line is in it. */
#define SEP "\n\n# COMMAND ----------\n\n"
