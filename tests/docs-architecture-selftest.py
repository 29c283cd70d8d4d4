#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs-architecture.py must find what it is there to find: plants one mistake of each kind in a
small book, and expects exactly that sentence.
"""

import contextlib
import importlib
import io
import os
import sys
import tempfile

sys.dont_write_bytecode = True
program = importlib.import_module("docs-architecture")

program.layers.MAY_INCLUDE = {
    "common/base": "", "config": "base", "common/side/local": "base config",
    "daemon": "base config side/local", "ctl": "base side/local config"}

BASE, SIDE, README, STORY = (
    "docs/architecture/base.md", "docs/architecture/side-local.md", "docs/architecture/README.md",
    "docs/architecture/story.md")

TREE = {
    "common/base/fs.c": "struct walk {\n};\nint walk(void)\n{\n\tgetenv(\"WALK_SLOWLY\");\n}\n",
    "common/base/fs.h": "int walk(void);\n",
    "common/base/log.c": "",
    "common/side/local/look.c": "static int look_now;\n",
    "config/keys.c": 'DAEMON("git_poll", DURATION)\n',
    "ctl/main.c": '{ "sync", cmd_sync, "" },\n{ "once", no_argument },\n',
    "daemon/main.c": '{ "config", required_argument },\n',
    "tests/unit/test-walk.c": "",
    "tests/e2e/test_walk.py": "",
    "tests/model/run": "$SEED --replay\n",
    "systemd/unit": "",
    "packaging/rpm": "",
}
# A book in which everything is right, with names of each kind.
BOOK = {
    BASE: "# The base\n`fs.[ch]`, `common/base/log.c`, `walk()`, `struct walk`, `WALK_SLOWLY=1`;\n"
          "not `common/side/local`, but `fs.c`.\n",
    SIDE: "# The local side\n`look.c`, `look_now`, `base/fs.h`, `/etc/x.c y`, `fs*.c`.\n",
    "docs/architecture/config.md": "# Keys\n`keys.c` knows `git_poll` and `git_poll = 1m`.\n",
    "docs/architecture/ctl.md": "# The command\n`main.c`; `nbsync sync --once`, `git gc --auto`.\n",
    "docs/architecture/daemon.md": "# The daemon\n`main.c`; `nbsyncd --config=FILE`.\n",
    STORY: "# A story\n`common/base` has `fs.c`, `config` has `keys.c`; `test-walk`,\n"
           "`test_walk.py`, `test-walk 3`, `SEED=1 tests/model/run --replay 3`,\n"
           "`story.md`, `etl/a.py`, `refs/x/y`.\n",
    README: "# The book\n`common/base`, `common/side/local`, `config`, `ctl`, `daemon`,\n"
            "`systemd`, `packaging/`, `tests`.\n\n"
            "<!-- index: tests/docs-architecture.py --index -->\n"
            "* [A story](story.md)\n* [The base](base.md)\n* [Keys](config.md)\n"
            "* [The local side](side-local.md)\n* [The daemon](daemon.md)\n"
            "* [The command](ctl.md)\n<!-- end of the index -->\n\n"
            "| folder | may include | home of |\n|---|---|---|\n| `common/base` | | libc |\n"
            "| `config` | base | |\n| `common/side/local` | as config, and config | |\n"
            "| `daemon` | as side/local, and side/local | |\n| `ctl` | as daemon | |\n",
}

# what is added to a page of the book | what is said of it, after the page
NAMES = [
    (BASE, "`look.c`", "4: 'look.c' does not exist in 'common/base', which"),
    (BASE, "`log.[ch]`", "4: 'log.[ch]' does not exist in 'common/base', which"),
    (BASE, "`common/base/gone.h`", "4: 'common/base/gone.h' does not exist"),
    (BASE, "`common/base/gone*.h`", "4: 'common/base/gone*.h' does not exist"),
    (BASE, "`common/gone/`", "4: 'common/gone/' does not exist"),
    (BASE, "`gone/fs.h`", "4: 'gone/fs.h' does not exist"),
    (BASE, "`gone*.c`", "4: 'gone*.c' fits no file"),
    (BASE, "`run()`", "4: 'run()' is no function"),
    (BASE, "`struct run`", "4: 'struct run' is not defined"),
    (BASE, "`walk_fast`", "4: 'walk_fast' is mentioned nowhere else"),
    (BASE, "`WALK_FAST`", "4: 'WALK_FAST' is mentioned nowhere else"),
    (BASE, "`WALK_FAST=1 nbsync sync`", "4: 'WALK_FAST=1 nbsync sync' has a variable that nothing"),
    (BASE, "`git_pull = 1m`", "4: 'git_pull = 1m' is no key"),
    (BASE, "`nbsync pull`", "4: 'nbsync pull' is no subcommand"),
    (BASE, "`nbsync sync --twice`", "4: 'nbsync sync --twice' has no option --twice"),
    (BASE, "`nbsyncd --once`", "4: 'nbsyncd --once' has no option --once"),
    (BASE, "`tests/model/run --again`", "4: 'tests/model/run --again' has no option --again"),
    (BASE, "`tests/model/walk 1`", "4: 'tests/model/walk 1' is no program"),
    (BASE, "`test-run`", "4: 'test-run' is no test"),
    (BASE, "`test-run 3`", "4: 'test-run 3' is no test"),
    (BASE, "`test_run.py`", "4: 'test_run.py' is no test"),
    (BASE, "`gone.md`", "4: 'gone.md' does not exist"),
    (STORY, "`common/base` has `look.c`", "5: 'look.c' does not exist in 'common/base'"),
    (STORY, "\n" * 196, "201: a newcomer reads 200 lines"),
]
# files that are replaced (None: taken away) | what is said
BOOKS = [
    ({BASE: None, README: BOOK[README].replace("* [The base](base.md)\n", "")},
     f"{BASE}: there is no page of 'common/base'"),
    ({BASE: BOOK[BASE].replace("`common/base/log.c`, ", "")},
     f"{BASE}:1: does not name 'log.c' of 'common/base'"),
    ({SIDE: BOOK[SIDE].replace("# The", "# A")},
     f"{README}:5: the index is not what --index prints"),
    ({STORY: "A story\n", README: BOOK[README].replace("* [A story]", "* [None]")},
     f"{STORY}:1: has no heading"),
    ({STORY: BOOK[STORY].replace("# A story\n", "# A story\n`fs.c`\n")},
     f"{STORY}:2: 'fs.c' is a file of no folder that was named before"),
    ({README: BOOK[README].replace("<!-- end", "<!-- END")}, f"{README}: has no index between"),
    ({README: BOOK[README].replace("| folder |", "| the folder |")},
     f"{README}: has no table '| folder | may include | home of |'"),
    ({README: BOOK[README].replace("as config, and config", "as config")},
     f"{README}:18: by tests/layers.py 'common/side/local' may include 'base config'"),
    ({README: BOOK[README].replace("| as daemon", "| as daemon, and cell")},
     f"{README}:20: by tests/layers.py 'ctl' may include 'base side/local config'"),
    ({README: BOOK[README].replace("| `ctl` | as daemon | |\n", "")},
     f"{README}:15: the table has no row of 'ctl'"),
    ({README: BOOK[README] + "| `tests` | base | |\n"},
     f"{README}:21: tests/layers.py has no row of 'tests'"),
    ({README: BOOK[README].replace("`packaging/`, ", "")},
     "docs/architecture: does not mention 'packaging'"),
    ({"common/base/new.c": ""}, f"{BASE}:1: does not name 'new.c' of 'common/base'"),
]


def say(files, *arguments):
    """What the program says of a tree of these files, and its exit status."""
    with tempfile.TemporaryDirectory() as root, contextlib.redirect_stdout(io.StringIO()) as said:
        for path, text in files.items():
            if text is not None:
                os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
                with open(f"{root}/{path}", "w", encoding="utf-8") as file:
                    file.write(text)
        status = program.main([*arguments, root])
        os.chdir("/")
    return said.getvalue().splitlines(), status


def failures():
    whole_page = {STORY: BOOK[STORY] + "\n" * 196}  # 200 lines
    for files in (BOOK, {**BOOK, **whole_page}):
        said = say({**TREE, **files})
        if said != (["docs-architecture: 7 pages in order"], 0):
            yield f"what is right is refused: {said}"
    said = say({**TREE, **BOOK}, "--index")
    if said != ([line for line in BOOK[README].splitlines() if line.startswith("*")], 0):
        yield f"the index is {said}"
    cases = [({**BOOK, page: BOOK[page] + text + "\n"}, f"{page}:{sentence}")
             for page, text, sentence in NAMES]
    cases += [({**BOOK, **files}, sentence) for files, sentence in BOOKS]
    for files, sentence in cases:
        lines, status = say({**TREE, **files})
        if len(lines) != 1 or not lines[0].startswith(sentence) or status != 1:
            yield f"expected only '{sentence}', found {lines}, {status}"


def main():
    wrong = list(failures())
    for line in wrong:
        print(f"docs-architecture-selftest: {line}", file=sys.stderr)
    if wrong:
        return 1
    print("docs-architecture-selftest: every planted mistake was found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
