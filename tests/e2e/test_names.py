# SPDX-License-Identifier: Apache-2.0
"""Every name that leaves for a side can be made there.

What Linux, Windows, macOS, Git and the workspace take is written down here a second time, by other
means than in the product, and where it can be tried it is tried: files are created, trees are
committed, checked by git fsck and cloned.
"""

import base64
import os
import random
import re
import subprocess
import unicodedata

import pytest

from scenario_world import begun, edited, held, others_go_on, scene, sentence  # noqa: F401
from world import ABC, BUILD, ROOT, notebook

PLACES = ("local", "workspace", "branch", "anywhere")
PROTECTED = ["-c", "core.protectNTFS=true", "-c", "core.protectHFS=true"]
DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$",
           *(d + n for d in ("com", "lpt") for n in "123456789\u00b9\u00b2\u00b3")}
INVISIBLE = {*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x2070), 0xFEFF}


# ---- the rules, once more ----

def windows_takes(name):
    """Microsoft: Naming Files, Paths, and Namespaces."""
    stem = re.split(r"[.:]", name)[0].rstrip(" ").lower()
    return (len(name.encode("utf-16-le")) // 2 <= 255 and not set(name) & set('<>:"/\\|?*')
            and min(name) >= " " and name[-1] not in " ." and stem not in DEVICES)


def macos_takes(name):
    """APFS and HFS+: assigned characters, 255 UTF-16 units, on HFS+ of the decomposed name."""
    units = len(unicodedata.normalize("NFD", name).encode("utf-16-le")) // 2
    return units <= 255 and not any(unicodedata.category(c) == "Cn" for c in name)


def linux_takes(name):
    return len(name.encode()) <= 255 and name not in (".", "..") and not set(name) & {"/", "\0"}


def git_takes(name):
    """What fsck calls an error in the name of an entry, on any file system."""
    seen = "".join(c for c in name if ord(c) not in INVISIBLE).lower()
    seen = re.split(r"[:\\]", seen)[0].rstrip(" .")
    return seen not in (".git", ".gitmodules", ".gitattributes", ".gitignore", ".gitconfig") and \
        not re.fullmatch(r"git~\d+|(gitmod|gitatt|gitign)~[1-4]", seen) and \
        not (len(seen) == 8 and re.fullmatch(r"(\w*)~[1-9]\d*", seen) and
             any(h.startswith(seen.split("~")[0]) for h in ("gi7eba", "gi7d29", "gi250a")))


def nbsync_lets_travel(name):
    """Rules of our own: nothing that hides on a screen, that Windows trims, or that is ours."""
    return not any(unicodedata.category(c) in ("Cc", "Zl", "Zp") or ord(c) in INVISIBLE
                   for c in name) and "\\" not in name and name[-1] not in " ." \
        and not name.lower().startswith(".nbsyncd-")


def oracle(place, name):
    ok = linux_takes(name) and git_takes(name) and nbsync_lets_travel(name)
    return ok and (place != "anywhere" or (windows_takes(name) and macos_takes(name)))


# ---- names ----

PIECES = ["load", "n", "\u00e6", "e\u0301", "\u0390", "\u65e5\u672c", "\uac01", "\U0001F600", "con",
          "aux", "com1", "lpt\u00b2", "nul", "git", ".git", "~", "1", "4", ":", "?", "*", "|", '"',
          "<", ">", "\\", " ", ".", "..", "$", "\u200c", "\u202e", "\ufeff", "\x07", "\x7f",
          "\u0378", "\ufdd0", "\uffff", "\ue000", "gitmod", "gi7eba", ".nbsyncd-", "#", "%", "'",
          "\u2028", "{", "-", "_", "+", "conin$", "prn"]
ENDINGS = ["", ".py", ".sql", ".scala", ".r", ".ipynb", ".csv", ".tar.gz"]
KNOWN = ["git~1", "GIT~2", ".GIT", ".git .:x", "gitmod~1", "GITMOD~4", "gitmod~5", "gi7eba~1",
         "gi7e~123", "gi7eba~0", "gitatt~1", "gitign~3", "CON", "con.py", "nul .py", "com0", "com10",
         "LPT9.ipynb", "CONOUT$.r", "a:b", ".gitmodules", ".gitmodulesx", "~1234567", "x" * 300]


def random_name(rng):
    name = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 4)))
    if rng.random() < 0.4:  # near the limits
        filler = rng.choice(["n", "\u00e6", "\u65e5", "\U0001F600", "\u0390", "\uac01"])
        name += filler * ((rng.randint(240, 262) - len(name.encode())) // len(filler.encode()))
    return (name + rng.choice(ENDINGS)).replace("/", "") or "x"


def random_names(seed, count):
    rng = random.Random(seed)
    return sorted({*KNOWN, *(random_name(rng) for _ in range(count))})


def ask(pairs):
    text = "".join(f"{what}\0{name}\0" for what, name in pairs)
    done = subprocess.run([BUILD / "tests" / "unit" / "judge-names"], input=text.encode(),
                          capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


def git(*argv, cwd, stdin=None, code=0):
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": "Ana", f"GIT_{who}_EMAIL": "ana@acme.example"}
    done = subprocess.run(["git", *PROTECTED, *argv], cwd=cwd, env=env, input=stdin,
                          capture_output=True)
    assert done.returncode == code, done.stderr.decode(errors="replace")
    return done.stdout


def commit_of(repository, names, content=b""):
    """A commit of files with these names, made without asking Git what it thinks of them."""
    git("init", "--quiet", "--bare", "--initial-branch=main", str(repository), cwd=repository.parent)
    blob = bytes.fromhex(git("hash-object", "-w", "--stdin", cwd=repository, stdin=content).decode())
    tree = b"".join(b"100644 " + name.encode() + b"\0" + blob
                    for name in sorted(names, key=str.encode))
    tree = git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", cwd=repository,
               stdin=tree).decode().strip()
    commit = git("commit-tree", "-m", "names", tree, cwd=repository).decode().strip()
    git("update-ref", "refs/heads/main", commit, cwd=repository)


def clone_works(repository, to):
    git("fsck", "--strict", cwd=repository)
    git("clone", "--quiet", str(repository), str(to), cwd=repository.parent)
    return sorted(str(p.relative_to(to)) for p in to.rglob("*")
                  if p.is_file() and ".git" not in p.relative_to(to).parts)


# ---- what is said of names ----

@pytest.mark.parametrize("seed", range(5))
def test_a_name_is_refused_where_it_cannot_be_made_and_nowhere_else(seed):
    names = random_names(seed, 400)
    pairs = [(place, name) for place in PLACES for name in names]
    for (place, name), said in zip(pairs, ask(pairs), strict=True):
        assert (said == "") == oracle(place, name), (place, name, said)
        assert said == "" or re.match("name '|path of", said), said


@pytest.mark.parametrize("seed", range(2))
def test_what_may_leave_can_be_made(tmp_path, seed):
    names = random_names(seed, 400)
    fine = [n for n, said in zip(names, ask([("branch", n) for n in names])) if said == ""]
    assert len(fine) > 100
    folder = tmp_path / "files"
    folder.mkdir()
    for name in fine:
        (folder / name).touch()
    assert sorted(os.listdir(folder)) == sorted(fine)
    commit_of(tmp_path / "remote.git", fine)
    assert clone_works(tmp_path / "remote.git", tmp_path / "clone") == sorted(fine)


# Git reads .gitattributes and .gitignore under any name, and says nothing of it; of the short names of
# .git it knows the first alone.
@pytest.mark.parametrize("name", [n for n in KNOWN if not git_takes(n) and
                                  not re.match("git~2|gitatt|gitign", n.lower())])
def test_what_git_refuses_is_what_we_refuse(tmp_path, name):
    """That the rule above is Git's: fsck finds a .git, or reads what is no file of submodules."""
    commit_of(tmp_path / "remote.git", [name], content=b"[what is no configuration")
    fsck = subprocess.run(["git", *PROTECTED, "fsck", "--strict"], cwd=tmp_path / "remote.git",
                          capture_output=True, text=True)
    assert re.search("hasDotgit|gitmodulesParse", fsck.stdout + fsck.stderr), fsck.stderr


@pytest.mark.parametrize("maximum", [255, 143])
def test_a_conflict_copy_has_room(tmp_path, maximum):
    stems = [c * (n // len(c.encode())) + "n" * (n % len(c.encode())) for n in (1, 100, *range(200, 256))
             for c in ("n", "\u00e6", "\u65e5", "\U0001F600")]
    pairs = [(f"copy {maximum} {ext}", stem) for stem in stems for ext in ENDINGS]
    copies = ask(pairs)
    assert len(set(copies)) == len(set(pairs))
    for copy, (what, stem) in zip(copies, pairs):
        ext = (what.split(" ") + [""])[2]
        assert re.search(r"\.conflict-workspace-20260131T120000Z" + re.escape(ext) + "$", copy)
        assert len(copy.encode()) <= maximum
        (tmp_path / copy).touch()


# ---- whole cycles ----

def clone(scene, name="cloned"):
    return clone_works(scene.remote, scene.path / name)


def file_can_be_made(file):
    return all(oracle("anywhere", part) for part in file.split("/"))


def test_a_notebook_whose_file_would_be_too_long(begun):
    """253 bytes and an extension of three: no file system has such a file, so no branch has it."""
    name = "n" * 253
    begun.edit("workspace", name, ABC)
    result = others_go_on(begun)
    assert [(h["side"], h["reason"]) for h in result["held"] if h["path"] == name] == \
        [("git", "name"), ("local", "name")]
    for side in ("git", "local"):
        assert ("n...' has 256 bytes, more than the 255 of a file's name: the "
                f"{side} side goes without it until it is renamed") in sentence(result, name)
    assert clone(begun) == ["notebooks/fine.py", "notebooks/load.py"]
    assert set(held(begun.holds_back())) == {name}, "it is held in the next cycle as well"
    begun.quiet()
    begun.rename("workspace", name, "n" * 252)
    begun.sync()
    begun.everywhere("n" * 252, ABC)
    assert clone(begun, "again") == ["notebooks/fine.py", "notebooks/load.py",
                                     f"notebooks/{'n' * 252}.py"]


@pytest.mark.parametrize("text, fits", [
    (ABC, 252), ("// Databricks notebook source\nprintln(1)\n", 249)])
@pytest.mark.parametrize("character", ["n", "\u00e6", "\u65e5", "\U0001F600"])
def test_the_extension_counts(scene, text, fits, character):
    size = len(character.encode())
    names = [character * (n // size) + "n" * (n % size) for n in range(fits - 2, fits + 3)]
    scene.configure(local=None)
    scene.ws_call("POST", "workspace/mkdirs", body={"path": ROOT})
    for name in names:
        scene.ws_call("POST", "workspace/import", body={
            "path": f"{ROOT}/{name}", "format": "SOURCE", "overwrite": True,
            "language": "PYTHON" if text == ABC else "SCALA",
            "content": base64.b64encode(text.encode()).decode()})
    result = scene.sync_whatever()
    long = {n for n in names if len(n.encode()) > fits}
    assert set(held(result)) == long and set(held(result).values()) == {"name"}
    assert len(clone(scene)) == 3


@pytest.mark.parametrize("format", ["source", "ipynb"])
def test_the_format_of_each_side_decides(scene, format):
    """A file of 255 bytes is none of 258."""
    scene.configure(local_format="source", git_format=format)
    name = "n" * 252
    scene.write(name + ".py", ABC, atomic=False)
    result = scene.sync_whatever()
    sides = {h["side"] for h in result["held"]}
    assert sides == (set() if format == "source" else {"git"})
    assert len(clone(scene)) == (1 if format == "source" else 0)
    assert scene.ws(name) is not None


def test_names_that_other_systems_cannot_have_stay_out_of_the_branch(begun):
    names = ["New Notebook 2026-05-04 13:54:24", "con", "sub/aux", "lpt\u00b2", "what?"]
    for name in names:
        begun.edit("workspace", name, ABC)
    result = begun.holds_back()
    assert {h["path"]: (h["side"], h["reason"]) for h in result["held"]} == \
        {name: ("git", "name") for name in names}
    assert ("name 'New Notebook 2026-05-04 13:54:24.py' has one of <>:\"|?*, which Windows has in no "
            "file's name: the git side goes without it until it is renamed, or the mapping has "
            "'git_names = any'") == sentence(result, names[0])
    assert set(begun.everything("local")) == {"load", *names}
    assert all(map(file_can_be_made, clone(begun)))
    begun.configure(git_names="any")
    begun.edit("workspace", "who?", ABC)
    begun.sync()
    assert set(begun.everything("git")) == {"load", *names, "who?"}
    assert re.search("warning: 'who[?]': name 'who[?].py' has one of .* a clone there fails", begun.log)
    begun.configure(git_names="portable")
    begun.edit("local", "con", edited("a", "z"))
    begun.sync()
    assert begun.everything("git")["con"] == edited("a", "z").rstrip("\n"), \
        "what the branch has is no question any more"


def test_a_rename_to_a_name_that_a_side_cannot_have_deletes_nothing(begun):
    begun.rename("workspace", "load", "lo:ad")
    result = begun.holds_back()
    assert held(result) == {"lo:ad": "name"}
    assert set(begun.everything("local")) == set(begun.everything("git")) == {"load"}
    begun.edit("local", "load", edited("b", "y"))
    assert held(begun.holds_back()) == {"lo:ad": "name"}
    assert set(begun.everything("local")) == set(begun.everything("git")) == {"load"}
    begun.rename("workspace", "lo:ad", "load2")
    begun.sync()
    begun.ends_with(load2=edited("b", "y"))


@pytest.mark.parametrize("name", ["evil .py", "evil..py"])
def test_a_file_whose_notebook_the_workspace_cannot_have(begun, name):
    begun.write(name, ABC)
    result = others_go_on(begun)
    stem = name.removesuffix(".py")
    assert held(result) == {stem: "name"}
    assert "ends in a space or a dot: the workspace side goes without it" in sentence(result, stem)
    assert set(begun.everything("workspace")) == {"load", "fine"}


@pytest.mark.parametrize("seed", range(3))
def test_random_names_of_a_workspace(scene, seed):
    """Whatever a workspace holds: the branch and the directory have what they can have."""
    names = [n for n in random_names(seed, 60)
             if "\0" not in n and n not in (".", "..", ".git") and not n.startswith((".", "#"))
             and not n.endswith("~") and oracle("local", n)]
    folded = {}
    for name in names:
        folded.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
    names = [n for n in folded.values() if not n.endswith((".py", ".sql", ".scala", ".r", ".ipynb"))]
    assert len(names) > 15
    for name in names:
        scene.ws_edit(name, notebook(f"print({len(name)})"))
    result = scene.sync_whatever()
    files = {name + ".py" for name in names}
    assert set(scene.local_files()) == {f for f in files if oracle("local", f)}
    cloned = {f.removeprefix("notebooks/") for f in clone(scene)}
    assert cloned == {f for f in files if oracle("anywhere", f)}
    assert set(held(result)) == {n for n in names if not oracle("anywhere", n + ".py")}
    scene.quiet()


@pytest.mark.parametrize("local", [True, False])
def test_a_clash_of_a_long_name(scene, local):
    """The copy's name is cut, found again, and goes when it is resolved."""
    if not local:
        scene.configure(local=None)
    name, other = "n" * 251 + "a", "n" * 251 + "b"

    def save(n, text):
        if local:
            scene.write(n + ".py", text, atomic=False)
        else:
            scene.edit("git", n, text)

    for n in (name, other):
        save(n, ABC)
    scene.sync()
    for n in (name, other):
        save(n, edited("b", "ours"))
        scene.edit("workspace", n, edited("b", "theirs"))
    result = scene.holds_back()
    assert {c["path"] for c in result["conflicts"]} == {name, other}
    assert held(result) == {}
    files = [c["file"] for c in result["conflicts"]]
    assert all(len(f.encode()) <= 255 and re.search("n~[0-9a-f]{8}[.]conflict-", f) for f in files)
    again = scene.holds_back()
    assert again["conflicts"] == result["conflicts"], "it is not kept twice"
    # By the file that stands there, or by the notebook's own name.
    scene.asks("resolve", "etl", files[0], "--workspace")
    left = scene.holds_back()
    assert left["conflicts"] == result["conflicts"][1:]
    scene.asks("resolve", "etl", left["conflicts"][0]["path"], "--workspace")
    assert scene.sync()["conflicts"] == []
    assert len(clone(scene)) == 2
