#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs-architecture.py [--index] [ROOT]: the description of the architecture names every folder of
the product, and nothing that does not exist. --index prints the index of the book.

The description is the book docs/architecture/*.md. It has a page for each folder with sources
("side-local.md" is that of common/side/local), which names each of its files: there a bare file
name ("merge.c") stands for a file of the folder, and "merge.[ch]" for two. On any other page it
stands for a file of the folder that was named last. README.md has the table of who may include whom,
which says what layers.py executes.
"""

import glob
import os
import re
import sys
from collections import defaultdict
from fnmatch import fnmatchcase

sys.dont_write_bytecode = True
import layers  # noqa: E402 (it stands beside this file)

PAGE_LINES = 200  # what a newcomer reads
BOOK = "docs/architecture"
INDEX = "<!-- index: tests/docs-architecture.py --index -->", "<!-- end of the index -->"
LAW = "| folder | may include | home of |"
TOPS = ("common", "config", "ctl", "daemon", "docs", "packaging", "systemd", "tests")


class Tree:
    """What exists. Everything is read once, and only what names can be compared with is kept."""

    def __init__(self):
        sources, scripts = layers.find_files()
        self.paths = sources + scripts + glob.glob("tests/*/run")
        self.files = defaultdict(set)  # folder of the product: names of its sources
        self.words, self.functions, self.tags = set(), set(), set()
        self.strings = defaultdict(set)  # top folder: what stands in quotes
        builds = {f"{os.path.dirname(path)}/meson.build" for path in sources}
        for path in self.paths + [path for path in builds if os.path.exists(path)]:
            with open(path, encoding="utf-8", errors="replace") as file:
                self.add(path, file.read())

    def add(self, path, text):
        self.words.update(re.findall(r"\w+", text))
        self.functions.update(re.findall(r"(\w+)\(", text))
        if path.startswith(layers.PRODUCT):
            folder, _, name = path.rpartition("/")
            if name != "meson.build":
                self.files[folder].add(name)
            self.strings[path.partition("/")[0]].update(re.findall(r'"([\w-]+)"', text))
            self.tags.update(re.findall(r"\b((?:struct|enum|union) \w+) \{", text))

    def has_file_named(self, pattern):
        return any(fnmatchcase(path.rpartition("/")[2], pattern) for path in self.paths)

    def has_option(self, program, option):
        if program in ("nbsync", "nbsyncd"):
            return option in self.strings["ctl" if program == "nbsync" else "daemon"]
        with open(program, encoding="utf-8", errors="replace") as file:
            return f"--{option}" in file.read()


def page_of(folder):
    return folder.removeprefix("common/").replace("/", "-") + ".md"


# ---- one name ----

def wrong_path(path):
    if "*" in path or "[" in path:
        return not (glob.glob(path) or glob.glob("common/" + path))
    return not (os.path.exists(path) or os.path.exists("common/" + path))


def wrong_test(tree, word):
    known = tree.has_file_named(word) or tree.has_file_named(word + ".c")
    return None if known else "is no test"


def wrong_command(tree, words):
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
        if words.pop(0).partition("=")[0] not in tree.words:
            return "has a variable that nothing reads"
    if not words:
        return None
    program = words[0]
    if re.match("test[-_]", program):
        return wrong_test(tree, program)
    if "/" in program and not os.path.isfile(program):
        return "is no program" if program.split("/")[0] in TOPS + (".",) else None
    if "/" not in program and program not in ("nbsync", "nbsyncd"):
        return None  # somebody else's
    if program == "nbsync" and len(words) > 1 and re.fullmatch("[a-z]+", words[1]) and \
            f"cmd_{words[1]}" not in tree.words:
        return "is no subcommand"
    for word in words[1:]:
        option = re.match(r"--([a-z-]+)", word)
        if option and not tree.has_option(program, option[1]):
            return f"has no option --{option[1]}"
    return None


def wrong_name(tree, folder, word):
    """What is wrong with a word in backticks; None if nothing is, or if it is no name of ours."""
    key = re.fullmatch(r"([a-z_]+) = .*", word)
    if key:
        known = tree.strings["config"] | tree.strings["common"]
        return None if key[1] in known else "is no key"
    if re.match(r"(struct|enum|union) \w+$", word):
        return None if word in tree.tags else "is not defined"
    if " " in word or re.match(r"[A-Z_]+=|\./", word):
        return wrong_command(tree, word.split())
    function = re.fullmatch(r"(\w+)\(\)", word)
    if function:
        return None if function[1] in tree.functions else "is no function"
    if "/" in word:
        ours = word.split("/")[0] in TOPS or re.search(r"\.[ch\]]+$", word)
        return "does not exist" if ours and wrong_path(word.rstrip("/")) else None
    if re.search(r"[\w*]\.(c|h|\[ch\])$", word):
        if "*" in word:
            return None if tree.has_file_named(word) else "fits no file"
        if not folder:
            return "is a file of no folder that was named before"
        if all(os.path.exists(f"{folder}/{word.replace('[ch]', end)}") for end in "ch"):
            return None
        return f"does not exist in '{folder}', which the paragraph is about"
    if re.fullmatch(r"test_\w+\.py|test-[\w-]+", word):
        return wrong_test(tree, word)
    if word.endswith(".md"):
        known = os.path.exists(word) or os.path.exists(f"{BOOK}/{word}")
        return None if known else "does not exist"
    if re.fullmatch(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)+", word):
        return None if word in tree.words else "is mentioned nowhere else"
    return None


# ---- a page, and the book ----

class Page:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().splitlines()
        # Line, word
        self.names = [(number, word) for number, line in enumerate(self.lines, 1)
                      for word in re.findall(r"`([^`]+)`", line)]
        self.heading = next((line[2:] for line in self.lines if line.startswith("# ")), None)

    def complaints(self, tree, folder):
        """folder is what the page is about, or None."""
        last = folder
        for number, word in self.names:
            if not folder and word.startswith(TOPS) and os.path.isdir(word):
                last = word.rstrip("/")
            wrong = wrong_name(tree, last, word)
            if wrong:
                yield f"{self.path}:{number}: '{word}' {wrong}"
        if len(self.lines) > PAGE_LINES:
            yield f"{self.path}:{len(self.lines)}: a newcomer reads {PAGE_LINES} lines"

    def unnamed(self, folder, names):
        """Files of the folder that the page does not name."""
        words = {word.removeprefix(folder + "/") for _, word in self.names}
        words |= {word.replace("[ch]", end) for word in words for end in "ch" if "[ch]" in word}
        return sorted(names - words)


def index(tree, pages):
    """The lines of the index: what is no page of a folder first, then the folders upwards."""
    order = [page_of(folder) for folder in layers.MAY_INCLUDE]
    order += [page_of(folder) for folder in sorted(tree.files) if page_of(folder) not in order]
    names = sorted((name for name in pages if name != "README.md"),
                   key=lambda name: (order.index(name) + 1 if name in order else 0, name))
    return [f"* [{pages[name].heading}]({name})" for name in names]


# ---- who may include whom ----

def read_included(cell):
    """The folders of a cell: "as plan, and plan, git" is what plan may include, and two more."""
    law = {folder.removeprefix("common/"): words for folder, words in layers.MAY_INCLUDE.items()}
    names = set()
    for word in re.findall(r"as [\w/]+|[\w/]+", cell.replace(", and ", ", ")):
        names.update(law.get(word[3:], word).split() if word.startswith("as ") else [word])
    return names


def check_law(page):
    if LAW not in page.lines:
        yield f"{page.path}: has no table '{LAW}'"
        return
    folders, start = set(), page.lines.index(LAW) + 2
    for number, line in enumerate(page.lines[start:], start + 1):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 5:
            break
        folder = cells[1].strip("`")
        folders.add(folder)
        law = layers.MAY_INCLUDE.get(folder)
        if law is None:
            yield f"{page.path}:{number}: tests/layers.py has no row of '{folder}'"
        elif read_included(cells[2]) != set(law.split()):
            yield f"{page.path}:{number}: by tests/layers.py '{folder}' may include '{law}'"
    for folder in layers.MAY_INCLUDE:
        if folder not in folders:
            yield f"{page.path}:{start}: the table has no row of '{folder}'"


# ---- the whole ----

def read_book():
    return {os.path.basename(path): Page(path) for path in sorted(glob.glob(f"{BOOK}/*.md"))}


def check_book(tree, pages):
    about = {page_of(folder): folder for folder in tree.files}
    for name in sorted(about.keys() - pages.keys()):
        yield f"{BOOK}/{name}: there is no page of '{about[name]}'"
    for name, page in pages.items():
        yield from page.complaints(tree, about.get(name))
        if not page.heading:
            yield f"{page.path}:1: has no heading '# …'"
        if name in about:
            for file in page.unnamed(about[name], tree.files[about[name]]):
                yield f"{page.path}:1: does not name '{file}' of '{about[name]}'"
    if "README.md" in pages:
        yield from check_law(pages["README.md"])
    lines = pages["README.md"].lines if "README.md" in pages else []
    if not set(INDEX) <= set(lines):
        yield f"{BOOK}/README.md: has no index between '{INDEX[0]}' and '{INDEX[1]}'"
    else:
        start = lines.index(INDEX[0])
        if [line for line in lines[start + 1:lines.index(INDEX[1])] if line] != index(tree, pages):
            yield f"{BOOK}/README.md:{start + 1}: the index is not what --index prints"


def complaints(tree, pages):
    yield from check_book(tree, pages)
    named = {word.rstrip("/") for page in pages.values() for _, word in page.names}
    for folder in [*sorted(tree.files), "systemd", "packaging", "tests"]:
        if folder not in named:
            yield f"{BOOK}: does not mention '{folder}'"


def main(arguments):
    roots = [word for word in arguments if word != "--index"]
    os.chdir(roots[0] if roots else os.path.dirname(os.path.abspath(__file__)) + "/..")
    tree, pages = Tree(), read_book()
    if "--index" in arguments:
        print(*index(tree, pages), sep="\n")
        return 0
    wrong = list(complaints(tree, pages))
    print(*wrong or [f"docs-architecture: {len(pages)} pages in order"], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
