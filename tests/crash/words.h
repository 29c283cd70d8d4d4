/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The words in which the tables of scenarios are written. */

#include "tests/crash/scenario.h"

#define L SIDE_LOCAL
#define W SIDE_WORKSPACE
#define G SIDE_GIT

/* clang-format off */
#define WRITE(s, file, t) { .verb = ACT_WRITE, .side = s, .path = file, .text = t }
#define WRITE_MANY(s, start, count) { .verb = ACT_WRITE_MANY, .side = s, .path = start, .n = count }
#define DELETE(s, file) { .verb = ACT_DELETE, .side = s, .path = file }
#define DELETE_MANY(s, start, count) { .verb = ACT_DELETE_MANY, .side = s, .path = start, .n = count }
#define RENAME(s, from, to) { .verb = ACT_RENAME, .side = s, .path = from, .text = to }
#define MKDIR(s, folder) { .verb = ACT_MKDIR, .side = s, .path = folder }
#define FAULT(which, file) { .verb = ACT_FAULT, .path = file, .n = which }
#define SETTLE { .verb = ACT_SETTLE }
#define PASS(hours) { .verb = ACT_PASS, .n = hours }
#define DELETE_COPIES { .verb = ACT_DELETE_COPIES }
#define EVERYWHERE(file, t) { .verb = EVERYWHERE, .path = file, .text = t }
#define NOWHERE(file) { .verb = EVERYWHERE, .path = file }
#define CONTAINS(s, file, t) { .verb = CONTAINS, .side = s, .path = file, .text = t }
#define HAS(s, file, t) { .verb = HAS, .side = s, .path = file, .text = t }
#define HAS_NOT(s, file) { .verb = HAS, .side = s, .path = file }
#define COPIES(count) { .verb = HAS_COPIES, .n = count }
#define ALL_MANY(start, count) { .verb = HAS_MANY, .path = start, .text = "", .n = count }
#define NONE_MANY(start, count) { .verb = HAS_MANY, .path = start, .n = count }
#define HELD { .verb = HELD }
/* clang-format on */

/* A notebook of three cells, and edits of it that touch one cell each. */
#define CELLS(a, b, c) PY a "\n" NEXT b "\n" NEXT c "\n"
#define OLD            CELLS("first = 1", "second = 2", "third = 3")
#define EDIT_1         CELLS("first = 10", "second = 2", "third = 3")
#define EDIT_2         CELLS("first = 1", "second = 20", "third = 3")
#define EDIT_3         CELLS("first = 1", "second = 2", "third = 30")
#define OTHER_1        CELLS("first = 11", "second = 2", "third = 3")
#define THIRD_1        CELLS("first = 12", "second = 2", "third = 3")
#define EDIT_12        CELLS("first = 10", "second = 20", "third = 3")
#define EDIT_123       CELLS("first = 10", "second = 20", "third = 30")
#define FOUR(a, b)     PY a "\n" NEXT b "\n" NEXT "value_9 = 391518031\n" NEXT "value_106 = 310767655\n"
#define GIVEN          .given = { WRITE(L, "etl/a.py", OLD), WRITE(L, "b.py", PY "b = 1\n") }
#define GIVEN_TOP      .given = { WRITE(L, "a.py", OLD), WRITE(L, "b.py", PY "b = 1\n") }

/* A script that is no notebook, in mappings where such travel. */
#define MODULE    "def a():\n    return 1\n"
#define FILES_ALL .options = { .config = "files = all\n" }

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
	   "first = 1\n" NEXT second "\n" NEXT "third = 3\n"
#define RICH_IS_WHOLE(file)                                                                 \
	CONTAINS(W, file, "out-1"), CONTAINS(W, file, "out-3"), CONTAINS(W, file, "tag-2"), \
		CONTAINS(W, file, "wid-1"), CONTAINS(W, file, "das-1"),                     \
		CONTAINS(W, file, "env-1"), CONTAINS(W, file, "second = 20")
