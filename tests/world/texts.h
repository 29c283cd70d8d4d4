/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Notebooks, and edits of them, that many tests of cycles begin with. */

#include "tests/source_text.h"

/* A notebook of three cells, and edits of it that touch one cell each. */
#define CELLS(a, b, c) PY a SEP b SEP c "\n"
#define OLD            CELLS("first = 1", "second = 2", "third = 3")
#define EDIT_1         CELLS("first = 10", "second = 2", "third = 3")
#define EDIT_2         CELLS("first = 1", "second = 20", "third = 3")
#define EDIT_3         CELLS("first = 1", "second = 2", "third = 30")
#define OTHER_1        CELLS("first = 11", "second = 2", "third = 3")
#define THIRD_1        CELLS("first = 12", "second = 2", "third = 3")
#define EDIT_12        CELLS("first = 10", "second = 20", "third = 3")
#define EDIT_123       CELLS("first = 10", "second = 20", "third = 30")
#define FOUR(a, b)     PY a SEP b SEP "value_9 = 391518031" SEP "value_106 = 310767655\n"

/* A script that is no notebook. */
#define MODULE "def a():\n    return 1\n"

#define IPYNB(source, outputs)                                                               \
	"{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n   \"execution_count\": 1,\n"   \
	"   \"id\": \"c1\",\n   \"metadata\": {},\n   \"outputs\": [" outputs                \
	"],\n   \"source\": [\"" source "\"]\n  }\n ],\n \"metadata\": {\"language_info\": " \
	"{\"name\": \"python\"}},\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n"
#define OUTPUT "{\"name\": \"stdout\", \"output_type\": \"stream\", \"text\": [\"1\\n\"]}"

/* A notebook that says all that one can, as Jupyter of the workspace and as source of it; the second
 * cell is what is edited. */
#define RICH_CELL(source, name)                                                                   \
	"{\"cell_type\": \"code\", \"execution_count\": 1, \"metadata\": {\"tags\": [\"tag-" name \
	"\"]}, \"outputs\": [{\"name\": \"stdout\", \"output_type\": \"stream\", \"text\": "      \
	"[\"out-" name "\\n\"]}], \"source\": [\"" source "\"]}"
#define RICH(second)                                                                            \
	"{\"cells\": [" RICH_CELL("first = 1", "1") ", " RICH_CELL(second, "2") ", " RICH_CELL( \
		"third = 3",                                                                    \
		"3") "], \"metadata\": {\"application/vnd.databricks.v1+notebook\": "           \
		     "{\"dashboards\": [{\"title\": \"das-1\"}], \"environmentMetadata\": "     \
		     "{\"base_environment\": \"databricks_ai_v4\", \"dependencies\": "          \
		     "[\"env-1\"], "                                                            \
		     "\"environment_version\": \"4\"}, \"language\": \"python\", \"widgets\": " \
		     "{\"day\": "                                                               \
		     "{\"currentValue\": \"wid-1\"}}}, \"language_info\": {\"name\": "          \
		     "\"python\"}}, "                                                           \
		     "\"nbformat\": 4, \"nbformat_minor\": 4}\n"
#define RICH_SOURCE(second)                                                             \
	PY "# /// script\n# [tool.databricks.environment]\n"                            \
	   "# base_environment = \"databricks_ai_v4\"\n# environment_version = \"4\"\n" \
	   "# dependencies = [\n#   \"env-1\",\n# ]\n# ///\n"                           \
	   "first = 1" SEP second SEP "third = 3\n"
