#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""layers.py [ROOT]: the law of the layers (docs/architecture/README.md) as a test.

Nobody includes upwards, each foreign library is included only from its home, pure folders touch no
system, files, functions and folders stay small, no files need each other in a circle, no two static
functions of a folder have the same name, every program forbids core dumps first of all, every file
says its licence. Each violation is one line "file:line: sentence".

What does not keep the law yet is listed in tests/layers-exceptions. That list only gets shorter: a
line of it that is no longer needed is a violation, too.
"""

import os
import re
import sys
from collections import defaultdict
from fnmatch import fnmatchcase
from functools import cache

FILE_LINES = 500      # a file has fewer
FUNCTION_LINES = 60   # a function has fewer, without its braces
FOLDER_SOURCES = 16   # a folder of common/ has at most so many .c files, folders in it not counted
LICENCE = "SPDX-License-Identifier: Apache-2.0"
EXCEPTIONS = "tests/layers-exceptions"

# What a folder may include besides itself, as the folders are named in an #include.
LOW = "base secret log path fs format"
PLAN = "base path fs notebook config"
FILTER = PLAN + " plan"
MEMORY = FILTER + " secret log filter git"
SIDE = MEMORY + " format memory"
SYNC = SIDE + " side side/local side/workspace side/git"
MAY_INCLUDE = {
    "common/base": "",
    "common/secret": "base",
    "common/log": "base secret",
    "common/path": "base log",
    "common/fs": "base secret path",
    "common/format": "base secret",
    "common/http": "base secret log",
    "common/notebook": "base",
    "common/policy": "base fs format",
    "common/workspace": LOW + " http notebook",
    "common/git": "base secret log path fs http",
    "config": "base path fs format policy",
    "common/plan": PLAN,
    "common/filter": FILTER,
    "common/memory": MEMORY,
    "common/memory/state": MEMORY + " memory",
    "common/side": SIDE,
    "common/side/local": SIDE + " side",
    "common/side/workspace": SIDE + " side http workspace",
    "common/side/git": SIDE + " side http policy",
    "common/sync": SYNC,
    "daemon": SIDE + " side sync",
    "ctl": SIDE + " side sync policy",
}

# Where a header may be included: pattern of the header, patterns of the files. The first that knows
# the header decides. A header of ours is named so when its folder alone would allow too much.
HOMES = [
    ("git2.h", "common/git/*"),
    ("git2/*", "common/git/*"),
    ("zlib.h", "common/git/*"),
    ("curl/*", "common/http/*.c"),
    ("cjson/*", "common/format/json*.c"),
    ("cJSON.h", "common/format/json*.c"),
    ("ini.h", "common/format/ini.c"),
    ("utf8proc.h", "common/path/path_fold.c"),
    ("uv.h", "daemon/*"),
    ("microhttpd.h", "tests/emulator/*"),
    ("cmocka.h", "tests/*"),
    ("git/remote/remote.h", "common/git/* common/side/git/*"),
    # Only one file says which sides there are.
    ("side/local/*", "common/side/local/* common/sync/open.c"),
    ("side/workspace/*", "common/side/workspace/* common/sync/open.c"),
    ("side/git/*", "common/side/git/* common/sync/open.c"),
    ("sync/internal.h", "common/sync/*"),
    ("git/remote/*", "common/git/*"),
]
# A benchmark or a fuzz target may call a library to compare us with it.
COMPARISONS = "tests/bench/* tests/fuzz/*"

# Folders and files that compute and nothing else, but for those that read.
PURE = "common/notebook/* common/policy/* common/plan/* common/filter/*"
NOT_PURE = "common/policy/policy_file* common/plan/table.h"
# What they must not include: what opens, waits, asks the time, or reaches the outside.
IMPURE = ("unistd.h fcntl.h dirent.h poll.h time.h sys/stat.h sys/socket.h sys/time.h "
          "base/clock.h fs/fs.h http/http.h log/log.h secret/secret.h").split()
# Writes a time down that it is given.
TIME_GIVEN = "common/filter/names.c"

PRODUCT = ("common/", "config/", "daemon/", "ctl/")
SCRIPTS = ("check", "quickstart", ".ci/run", "packaging/build-deb",
           "packaging/install-dependencies")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)', re.M)
# One piece of C that is no code: a comment, a string or a character.
NO_CODE = re.compile(r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)")
TAG = re.compile(r"\b(?:struct|union|enum)\s+\w+")
NAME = re.compile(r"(?<![\w.])(?<!->)[A-Za-z_]\w*")
OBJECT = re.compile(r"^(?!static\b|extern\b|typedef\b)(?:[A-Za-z_]\w*[ *]+)*[A-Za-z_]\w*[ *]+"
                    r"(?<!struct )(?<!union )(?<!enum )([A-Za-z_]\w*)(?:\[[^\]]*\])*\s*[=;]", re.M)


@cache
def matches(path, patterns):
    return any(fnmatchcase(path, pattern) for pattern in patterns.split())


def folder_of(path):
    return path.rpartition("/")[0]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def blank(match):
    """Nothing where something was, but as many lines."""
    return " " + "\n" * match.group().count("\n")


class File:
    """A .c or .h file and what can be said of it alone. Paths are relative to the root."""

    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8", errors="replace") as file:
            self.text = file.read()
        # Line, whether in quotes, and name.
        self.includes = [(line_of(self.text, m.start()), m[1] == '"', m[2])
                         for m in INCLUDE.finditer(self.text)]

    def read_names(self):
        """Functions and objects that the file defines (with their lines), and what it mentions."""
        code = NO_CODE.sub(blank, self.text)
        self.statics, self.globals = {}, {}
        plain = ATTRIBUTE.sub(blank, DIRECTIVE.sub(blank, code))
        for m in re.finditer(r"\n\{", plain):
            start = max(plain.rfind(end, 0, m.start()) for end in ";}") + 1
            name = re.search(r"(\w+)\s*\(", plain[start:m.start()])
            if name:
                kind = self.statics if "static" in plain[start:m.start()].split() else self.globals
                kind[name[1]] = line_of(plain, start + name.start())
        for m in OBJECT.finditer(plain):
            self.globals[m[1]] = line_of(plain, m.start(1))
        self.code = TAG.sub(blank, INCLUDE.sub(blank, code))
        self.names = set(NAME.findall(self.code))

    def line_of_name(self, name):
        return next(line_of(self.code, m.start()) for m in NAME.finditer(self.code) if m[0] == name)


class Law:
    """Collects violations; those that are listed as known count only when they are not there."""

    def __init__(self):
        self.violations = []
        self.known = {}
        if os.path.exists(EXCEPTIONS):
            with open(EXCEPTIONS, encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    if line.strip() and not line.startswith("#"):
                        self.known[" ".join(line.split())] = number
        self.met = set()

    def complain(self, path, line, sentence, known_as=None):
        if known_as in self.known:
            self.met.add(known_as)
        else:
            self.violations.append((path, line, sentence))

    def complain_of_the_list(self):
        for what, line in self.known.items():
            if what not in self.met:
                self.complain(EXCEPTIONS, line, f"'{what}' is no longer so: delete this line")


# ---- where files are ----

def find_files():
    """All C files, and all scripts, in order."""
    sources, scripts = [], [path for path in SCRIPTS if os.path.isfile(path)]
    for top, folders, names in os.walk("."):
        folders[:] = [f for f in folders if f not in (".git", ".cache") and
                      not f.startswith("build") and not f.endswith("-samples")]
        for name in names:
            path = os.path.join(top, name)[2:]
            if path.endswith((".sh", ".py")):
                scripts.append(path)
            elif path.endswith((".c", ".h")) and path.startswith(PRODUCT + ("tests/",)):
                sources.append(path)
    return sorted(sources), sorted(scripts)


@cache
def law_folder(folder):
    """The folder whose row in the table holds: a room of a folder goes by its folder's, unless it
    has a row of its own. Without any row, the folder itself."""
    whole = folder
    while folder and folder not in MAY_INCLUDE:
        folder = folder.rpartition("/")[0]
    return folder or whole


def included_folder(folder):
    """The folder of an included header, as MAY_INCLUDE names it."""
    common = law_folder(f"common/{folder}")
    return (common if common in MAY_INCLUDE else law_folder(folder)).removeprefix("common/")


# ---- what a file includes ----

def check_own_include(law, path, line, header):
    folder, target = law_folder(folder_of(path)), included_folder(folder_of(header))
    if header == "version.h":
        return  # generated by the build
    if not target:
        law.complain(path, line, f"'{header}' must be included with its folder, "
                     f"as \"folder/{header}\"")
    elif folder in MAY_INCLUDE and \
            target not in [folder.removeprefix("common/")] + MAY_INCLUDE[folder].split():
        law.complain(path, line, f"'{folder}' must not include '{header}', which stands above or "
                     "beside it")
    else:
        check_home(law, path, line, header, f'"{header}"')


@cache
def homes_of(header):
    return next((homes for pattern, homes in HOMES if fnmatchcase(header, pattern)), None)


def check_home(law, path, line, header, quoted):
    homes = homes_of(header)
    if homes and not matches(path, homes):
        law.complain(path, line, f"{quoted} belongs to '{homes}' only")


def check_includes(law, file):
    pure = matches(file.path, PURE) and not matches(file.path, NOT_PURE)
    for line, own, header in file.includes:
        if not own and not matches(file.path, COMPARISONS):
            check_home(law, file.path, line, header, f"<{header}>")
        elif own and file.path.startswith(PRODUCT):
            check_own_include(law, file.path, line, header)
        if pure and header in IMPURE and (file.path, header) != (TIME_GIVEN, "time.h"):
            law.complain(file.path, line, f"a pure file must not include '{header}'")


# ---- sizes, first lines ----

def check_length(law, path, text):
    lines = text.count("\n")
    if lines >= FILE_LINES:
        law.complain(path, lines, f"a file must have fewer than {FILE_LINES} lines: split it by "
                     "concept", f"long {path}")


def check_functions(law, file):
    """Only functions have their braces in column one."""
    start, end, line = None, 0, 1
    for m in re.finditer(r"\n[{}]", file.text):
        line += file.text.count("\n", end, m.end())
        end = m.end()
        if file.text[end - 1] == "{":
            start = line
        elif start:
            if line - start - 1 >= FUNCTION_LINES:
                law.complain(file.path, start, f"a function must have fewer than {FUNCTION_LINES} "
                             f"lines, this one has {line - start - 1}")
            start = None


def check_main(law, file):
    """A declaration that calls something would come first, so main() has none before it."""
    for m in re.finditer(r"^int main\(.*\n(?:\{.*\n)*", file.text, re.M):
        if not file.text.startswith("\tsecret_forbid_dumps();\n", m.end()):
            law.complain(file.path, line_of(file.text, m.end()), "a program begins with "
                         "secret_forbid_dumps(): memory may hold tokens")


def check_licence(law, path, text, wanted):
    if wanted not in text.split("\n", 2)[:2]:
        law.complain(path, 1, f"the first line must be '{wanted}'")


# ---- folders ----

def line_of_row(folder):
    with open(__file__, encoding="utf-8") as file:
        return next(number for number, line in enumerate(file, 1)
                    if line.startswith(f'    "{folder}":'))


def check_folders(law, product):
    sources = defaultdict(list)
    for file in product:
        sources[folder_of(file.path)].append(file.path)
    lawful = {law_folder(folder) for folder in sources}
    for folder in MAY_INCLUDE:
        if folder not in lawful:
            law.complain("tests/layers.py", line_of_row(folder),
                         f"the table has a row for '{folder}', which does not exist",
                         f"absent {folder}")
    for folder, paths in sources.items():
        if law_folder(folder) not in MAY_INCLUDE:
            law.complain(paths[0], 1, f"'{folder}' has no row in the table of tests/layers.py")
        count = sum(path.endswith(".c") for path in paths)
        if folder.startswith("common/") and count > FOLDER_SOURCES:
            law.complain(paths[0], 1, f"'{folder}' has {count} sources, a folder has at most "
                         f"{FOLDER_SOURCES}", f"full {folder}")


def check_twins(law, product):
    """A stack trace, a debugger and grep do not tell two functions of one name apart."""
    homes = defaultdict(list)
    for file in product:
        for name in file.statics:
            homes[folder_of(file.path), name].append(file)
    for (folder, name), files in sorted(homes.items()):
        if len(files) > 1:
            others = ", ".join(file.path for file in files[1:])
            law.complain(files[0].path, files[0].statics[name], f"a static function '{name}' is "
                         f"also in {others}", f"twins {folder}")


# ---- circles ----

def circles(graph):
    """Strongly connected components of more than one node (Tarjan), each sorted."""
    number, low, stack, found = {}, {}, [], []

    def visit(node):
        number[node] = low[node] = len(number)
        stack.append(node)
        for other in graph[node]:
            if other not in number:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], number[other])
        if low[node] == number[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in number:
            visit(node)
    return sorted(found)


def own_headers(product):
    """For each file the product's headers that it includes itself, with the line of each."""
    at = {file.path.removeprefix("common/"): file.path for file in product}
    return {file.path: {at[name]: line for line, own, name in file.includes if own and name in at}
            for file in product}


def all_headers(path, direct, known):
    """Those that a file sees, through others, too."""
    if path not in known:
        known[path] = seen = set()
        waiting = list(direct[path])
        while waiting:
            header = waiting.pop()
            if header not in seen:
                seen.add(header)
                waiting += direct[header]
    return known[path]


def check_include_circles(law, direct):
    graph = {path: [h for h in headers if h != path] for path, headers in direct.items()}
    for files in circles(graph):
        other = next(h for h in sorted(graph[files[0]]) if h in files)
        law.complain(files[0], direct[files[0]][other], "headers include each other in a circle: "
                     + " ".join(files), "circle " + " ".join(files))


def check_call_circles(law, product, direct):
    """A source needs another when it uses what is defined there and sees its declaration. What a
    macro or an inline function of a header uses for it does not count."""
    defined, declared, known = {}, defaultdict(set), {}
    sources = [file for file in product if file.path.endswith(".c")]
    for file in sources:
        defined.update({name: file.path for name in file.globals if name != "main"})
    for file in product:
        if file.path.endswith(".h"):
            for name in file.names & defined.keys():
                declared[name].add(file.path)
    graph, ties = {}, {}
    for file in sources:
        graph[file.path] = needs = set()
        seen = all_headers(file.path, direct, known)
        for name in sorted((file.names & defined.keys()) - file.statics.keys()):
            if defined[name] != file.path and declared[name] & seen:
                needs.add(defined[name])
                ties.setdefault((file.path, defined[name]), (file, name))
    for files in circles(graph):
        other = next(path for path in sorted(graph[files[0]]) if path in files)
        file, name = ties[files[0], other]
        law.complain(file.path, file.line_of_name(name), "files need each other in a circle: "
                     f"{' '.join(files)}; here '{name}' of {other}", "circle " + " ".join(files))


def check_tree(root):
    """Returns the violations, in order, a line each; and what was looked at."""
    os.chdir(root)
    law = Law()
    sources, scripts = find_files()
    files = [File(path) for path in sources]
    product = [file for file in files if file.path.startswith(PRODUCT)]
    for file in files:
        check_includes(law, file)
        check_length(law, file.path, file.text)
        check_functions(law, file)
        check_licence(law, file.path, file.text, f"/* {LICENCE} */")
    for path in scripts:
        with open(path, encoding="utf-8") as script:
            text = script.read()
        check_length(law, path, text)
        check_licence(law, path, text, f"# {LICENCE}")
    for file in product:
        check_main(law, file)
        file.read_names()
    direct = own_headers(product)
    check_folders(law, product)
    check_twins(law, product)
    check_include_circles(law, direct)
    check_call_circles(law, product, direct)
    law.complain_of_the_list()
    lines = [f"{path}:{line}: {sentence}" for path, line, sentence in sorted(law.violations)]
    return lines, f"{len(product)} product files and " \
        f"{len(files) - len(product)} test files"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    violations, looked_at = check_tree(sys.argv[1] if len(sys.argv) > 1 else here + "/..")
    if violations:
        print(*violations, sep="\n")
        print(f"layers: {len(violations)} violations")
        return 1
    print(f"layers: {looked_at} in order")
    return 0


if __name__ == "__main__":
    sys.exit(main())
