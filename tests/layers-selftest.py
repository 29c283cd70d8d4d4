#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""layers.py must find what it is there to find: plants one violation of each kind in a small tree
of its own and expects exactly that sentence.
"""

import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import layers  # noqa: E402 (it stands beside this file)

C_LICENCE = "/* SPDX-License-Identifier: Apache-2.0 */"

# A tree in which everything is allowed: also what must not be mistaken for a violation.
CLEAN = {
    "common/base/util.h": "#pragma once\nvoid use(int now);",
    # What only has the name of another file's function ties nothing: a member, a tag, a comment.
    "common/base/util.c": '#include "base/util.h"\n#include "base/fs.h"\nvoid use(int now)\n{\n'
                          "\tstruct walk *w;\n\tw->walk(w.walk); /* walk() */\n}",
    "common/base/fs.h": "#pragma once\nint walk(void);\nint stroll(void);",
    "common/base/fs.c": '#include "base/fs.h"\n#include "base/log.h"\n#include "base/util.h"\n'
                        "static void look(void)\n{\n}\nint walk(void)\n{\n\tuse(1);\n}\n"
                        "int stroll(void)\n{\n\tsay(1, 1);\n}",
    "common/base/log.h": "#pragma once\nvoid say(int walk);",
    # Nor does a static function, or a variable in a file that does not see the declaration.
    "common/base/log.c": '#include "base/fs.h"\n#include "base/log_line.h"\n'
                         "static int walk(void)\n{\n}\n"
                         "void say(int how)\n{\n\twalk();\n\tsay_line();\n}",
    "common/base/log_line.h": "#pragma once\nvoid say_line(void);",
    "common/base/log_line.c": '#include "base/log_line.h"\n'
                              "void say_line(void)\n{\n\tint stroll = 1;\n}",
    "common/secret/secret.c": '#include "base/util.h"',
    "common/log/log.c": '#include "secret/secret.h"',
    "common/path/path.c": '#include "log/escape.h"',
    "common/fs/fs.c": '#include "path/path.h"',
    "common/http/curl.c": '#include <curl/curl.h>\n#include "log/log.h"',
    "common/format/json.c": "#include <cjson/cJSON.h>",
    "common/format/ini.c": "#include <ini.h>",
    "common/base/long.c": "int f(void)\n{\n" + "\tg();\n" * 59 + "}",
    "common/notebook/cells.c": '#include "base/util.h"\n#include "notebook/notebook.h"',
    "common/policy/policy_file.c": '#include <sys/stat.h>\n#include "fs/fs.h"',
    "common/workspace/list.c": '#include "notebook/notebook.h"',
    "common/git/hub.c": "#include <git2.h>\n#include <git2/sys/mempack.h>",
    "common/plan/table.h": '#include "base/util.h"\n#include "config/side.h"',
    "common/filter/names.c": "#include <time.h>",
    "common/filter/glob.c": '#include "plan/table.h"\n#include "filter/glob.h"',
    "common/memory/cache.c": '#include "git/hub.h"\n#include "filter/glob.h"',
    "common/memory/state/state.c": '#include "git/hub.h"',
    "common/side/root.c": '#include "memory/state.h"\nstatic void look(void)\n{\n}',
    "common/side/local/look.c": '#include "side/local/look.h"\n#include "side/side.h"\n'
                                '#include "git/hub.h"\nstatic void look(void)\n{\n}',
    "common/side/workspace/look.c": '#include "workspace/list.h"\n#include "side/side.h"',
    "common/side/git/look.c": '#include "git/remote/remote.h"\n#include "policy/policy.h"',
    "common/sync/cycle.c": '#include "side/side.h"\n#include "git/hub.h"\n'
                           '#include "config/config.h"',
    "config/config.c": '#include "policy/policy.h"',
    "daemon/main.c": '#include <uv.h>\n#include "daemon/loop.h"\n#include "version.h"\n'
                     "int main(void)\n{\n\tsecret_forbid_dumps();\n\treturn 0;\n}",
    "ctl/status.c": '#include "sync/cycle.h"\n#include "policy/policy.h"',
    "tests/emulator/main.c": '#include <microhttpd.h>\n#include "server.h"',
    "tests/unit/test-a.c": '#include <cmocka.h>\n#include "plan/plan.h"',
    "tests/bench/json.c": "#include <cjson/cJSON.h>",
}
SCRIPT = "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"

# file | one line to put there | how the complaint begins
INCLUDES = """
common/base/a.c|#include "log/log.h"|'common/base' must not include
common/path/a.c|#include "fs/fs.h"|'common/path' must not include
common/base/a.c|#include "git/hub.h"|'common/base' must not include 'git/hub.h'
common/notebook/a.c|#include "policy/policy.h"|'common/notebook' must not include
common/policy/a.c|#include "notebook/notebook.h"|'common/policy' must not include
common/policy/a.c|#include "workspace/workspace.h"|'common/policy' must not include
common/workspace/a.c|# include  "git/hub.h"|'common/workspace' must not include
common/workspace/a.c|#include "config/config.h"|'common/workspace' must not include
common/git/a.h|#include "plan/plan.h" /* why */|'common/git' must not include
common/git/a.c|#include "policy/policy.h"|'common/git' must not include
config/a.c|#include "plan/plan.h"|'config' must not include
config/a.c|#include "notebook/sub/a.h"|'config' must not include
common/plan/a.c|#include "filter/glob.h"|'common/plan' must not include
common/filter/a.c|#include "git/hub.h"|'common/filter' must not include
common/memory/a.c|#include "side/side.h"|'common/memory' must not include
common/side/a.c|#include "side/local/look.h"|'common/side' must not include
common/side/local/a.c|#include "local/look.h"|'common/side/local' must not include
common/side/local/a.c|#include "side/git/look.h"|'common/side/local' must not include
common/side/local/a.c|#include "workspace/list.h"|'common/side/local' must not include
common/side/workspace/a.c|#include "side/local/look.h"|'common/side/workspace' must not include
common/side/git/a.c|#include "sync/cycle.h"|'common/side/git' must not include
common/side/local/a.c|#include "git/remote/remote.h"|"git/remote/remote.h" belongs to
common/sync/a.c|#include "side/local/look.h"|"side/local/look.h" belongs to
common/side/a.c|#include "sync/internal.h"|'common/side' must not include
common/sync/a.c|#include "daemon/loop.h"|'common/sync' must not include
daemon/a.c|#include "ctl/ctl.h"|'daemon' must not include
daemon/a.c|#include "policy/policy.h"|'daemon' must not include
daemon/a.c|#include "side/git/look.h"|'daemon' must not include
ctl/a.c|#include "workspace/list.h"|'ctl' must not include
ctl/a.c|#include "daemon/loop.h"|'ctl' must not include
ctl/a.c|#include "ctl.h"|'ctl.h' must be included with its folder
ctl/sub/a.c|#include "daemon/loop.h"|'ctl' must not include
common/workspace/a.c|#include <curl/curl.h>|<curl/curl.h> belongs to
common/format/a.c|#include <curl/curl.h>|<curl/curl.h> belongs to
common/sync/a.c|#include <git2.h>|<git2.h> belongs to
common/sync/a.c|#include <git2/sys/mempack.h>|<git2/sys/mempack.h> belongs to
common/workspace/a.c|#include <cjson/cJSON.h>|<cjson/cJSON.h> belongs to
config/a.c|#include <ini.h>|<ini.h> belongs to
ctl/a.c|#include <uv.h>|<uv.h> belongs to
tests/unit/test-b.c|#include <uv.h>|<uv.h> belongs to
daemon/a.c|#include <microhttpd.h>|<microhttpd.h> belongs to
common/base/a.c|#include <cmocka.h>|<cmocka.h> belongs to
common/notebook/a.c|#include <unistd.h>|a pure file must not include 'unistd.h'
common/plan/a.c|#include "fs/fs.h"|a pure file must not include 'fs/fs.h'
common/policy/a.c|#include <sys/stat.h>|a pure file must not include 'sys/stat.h'
common/plan/a.c|#include <time.h>|a pure file must not include 'time.h'
common/filter/names.c|#include <unistd.h>|a pure file must not include 'unistd.h'
common/filter/a.c|#include <time.h>|a pure file must not include 'time.h'
common/filter/a.c|#include "fs/fs.h"|a pure file must not include 'fs/fs.h'
""".strip().split("\n")

# what | files to put there (None: the folder is taken away) | where and how the complaint begins
OTHERS = [
    ("a source file without licence", {"daemon/x.c": "int x;\n"},
     "daemon/x.c:1: the first line must be"),
    ("a script without licence", {"check": "#!/bin/sh\nexit 0\n"},
     "check:1: the first line must be"),
    ("a file of 500 lines", {"ctl/big.c": C_LICENCE + "\n" * 500},
     "ctl/big.c:500: a file must have fewer"),
    ("a function of 60 lines",
     {"ctl/big.c": C_LICENCE + "\nint f(void)\n{\n" + "\tf();\n" * 60 + "}\n"},
     "ctl/big.c:3: a function must have fewer than 60 lines, this one has 60"),
    ("a program that may leave a core for a while",
     {"daemon/main.c": C_LICENCE + "\nint main(int argc, char **argv)\n{\n\tint n = argc;\n\n"
      "\tsecret_forbid_dumps();\n\treturn n;\n}\n"},
     "daemon/main.c:4: a program begins with"),
    ("a 17th source",
     {f"common/git/{name}.c": C_LICENCE + "\n" for name in "abcdefghijklmnop"},
     "common/git/a.c:1: 'common/git' has 17 sources"),
    ("a folder without a row", {"common/extra/a.c": C_LICENCE + "\n"},
     "common/extra/a.c:1: 'common/extra' has no row"),
    ("a row without a folder", {"common/side/git": None},
     f"tests/layers.py:{layers.line_of_row('common/side/git')}: the table has a row for "
     "'common/side/git', which does not exist"),
    ("a circle by calls",
     {"common/base/util.c":
      C_LICENCE + '\n#include "base/fs.h"\nvoid use(int a)\n{\n\twalk();\n}\n'},
     "common/base/fs.c:10: files need each other in a circle: "
     "common/base/fs.c common/base/util.c; here 'use' of common/base/util.c"),
    ("a circle by an object, over three files",
     {"ctl/a.h": C_LICENCE + "\nextern const int a;\nint b(void);\nint c(void);\n",
      "ctl/a.c": C_LICENCE + '\n#include "ctl/a.h"\nconst int a = 1;\nstatic int n = b();\n',
      "ctl/b.c": C_LICENCE + '\n#include "ctl/a.h"\nint b(void)\n{\n\treturn c();\n}\n',
      "ctl/c.c": C_LICENCE + '\n#include "ctl/a.h"\nint c(void)\n{\n\treturn a;\n}\n'},
     "ctl/a.c:4: files need each other in a circle: ctl/a.c ctl/b.c ctl/c.c; here 'b' of ctl/b.c"),
    ("a circle by includes",
     {"ctl/a.h": C_LICENCE + '\n#include "ctl/b.h"\n',
      "ctl/b.h": C_LICENCE + '\n#include "ctl/a.h"\n'},
     "ctl/a.h:2: headers include each other in a circle: ctl/a.h ctl/b.h"),
    ("two static functions of one name",
     {"common/base/trust.c": C_LICENCE + "\n\nstatic const char *look(int a)\n{\n}\n"},
     "common/base/fs.c:5: a static function 'look' is also in common/base/trust.c"),
    ("an exception that is not needed any more",
     {layers.EXCEPTIONS: "# why\nlong ctl/status.c\n"},
     "tests/layers-exceptions:2: 'long ctl/status.c' is no longer so: delete this line"),
    ("an absent folder that is there", {layers.EXCEPTIONS: "absent common/plan\n"},
     "tests/layers-exceptions:1: 'absent common/plan' is no longer so"),
]

# what | the exception | files that then pass
EXCEPTED = [
    ("absent common/side/git", {"common/side/git": None}),
    ("long ctl/big.c", {"ctl/big.c": C_LICENCE + "\n" * 500}),
    ("circle ctl/a.h ctl/b.h", {"ctl/a.h": C_LICENCE + '\n#include "ctl/b.h"\n',
                                "ctl/b.h": C_LICENCE + '\n#include "ctl/a.h"\n'}),
    ("twins ctl", {"ctl/a.c": C_LICENCE + "\nstatic int f(void)\n{\n}\n",
                   "ctl/b.c": C_LICENCE + "\nstatic int f(void)\n{\n}\n"}),
    ("full common/git", {f"common/git/{name}.c": C_LICENCE + "\n" for name in "abcdefghijklmnop"}),
]


def put(path, text):
    """Writes a file of the tree, in which we stand; None takes it away, or a folder."""
    if text is not None:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    elif os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.remove(path)


def plant_clean_tree():
    for path, text in CLEAN.items():
        if not os.path.isfile(path):
            put(path, f"{C_LICENCE}\n{text}\n")


def run():
    """What the program itself says, and its exit status."""
    done = subprocess.run([sys.executable, layers.__file__, "."], stdout=subprocess.PIPE, text=True,
                          check=False)
    return done.stdout.splitlines() + [done.returncode]


def violations(planted, check=lambda: layers.check_tree(".")[0]):
    """Those of the tree with these files in it; it is clean again afterwards."""
    for path, text in planted.items():
        put(path, text)
    found = check()
    for path in planted:
        if os.path.isfile(path):
            put(path, None)
    plant_clean_tree()
    return found


def failures():
    plant_clean_tree()
    found = violations({"check": SCRIPT}, run)
    if found != ["layers: 33 product files and 3 test files in order", 0]:
        yield f"the clean tree is refused: {found}"
    found = violations({"check": "exit 0\n"}, run)
    if found[1:] != ["layers: 1 violations", 1]:
        yield f"the program with one violation: {found}"
    cases = [(f"{path} gets {line}", {path: f"{C_LICENCE}\n{line}\n"}, f"{path}:2: {start}")
             for path, line, start in (row.split("|") for row in INCLUDES)]
    for what, planted, start in cases + OTHERS:
        found = violations(planted)
        if len(found) != 1 or not found[0].startswith(start):
            yield f"{what}: expected only '{start}', found {found}"
    for line, planted in EXCEPTED:
        found = violations({layers.EXCEPTIONS: f"# why\n\n{line}\n", **planted})
        if found:
            yield f"the exception '{line}' is refused: {found}"


def main():
    with tempfile.TemporaryDirectory() as root:
        os.chdir(root)
        wrong = list(failures())
        os.chdir("/")
    for line in wrong:
        print(f"layers-selftest: {line}", file=sys.stderr)
    if wrong:
        return 1
    print("layers-selftest: every planted violation was found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
