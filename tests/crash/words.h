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
