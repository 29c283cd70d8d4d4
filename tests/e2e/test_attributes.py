# SPDX-License-Identifier: Apache-2.0
"""What the branch's .gitattributes say about files: line ends in commits are those that git add would
have stored, and files that Git hands to other programs are held by name."""

import subprocess

import pytest

from world import ABC, World, ipynb, notebook

CRLF = ABC.replace("\n", "\r\n").encode()
POINTER = ("version https://git-lfs.github.com/spec/v1\n"
           "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n")


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, None, workspace=None, commit_quiet="0s", files="all")


def blob(world, name, folder="notebooks"):
    done = subprocess.run(["git", "cat-file", "blob", f"main:{folder}/{name}"], cwd=world.remote,
                          capture_output=True)
    return done.stdout if done.returncode == 0 else None


def held(result):
    return {h["path"]: h for h in result["held"]}


def add_is_clean(world):
    """A clone with our local bytes: git add stores what we committed, and git status shows nothing."""
    clone = world.path / "clone"
    subprocess.run(["rm", "-rf", clone], check=True)
    world.git_bare("clone", "--quiet", str(world.remote), str(clone), cwd=world.path)
    for path in world.local.rglob("*"):
        target = clone / "notebooks" / path.relative_to(world.local)
        if path.is_file() and path.name != ".gitattributes" and target.exists():
            target.write_bytes(path.read_bytes())
    world.git_bare("add", "--all", cwd=clone)
    assert world.git_bare("status", "--porcelain", cwd=clone) == ""


def add_rules(world, text):
    """Commits them at the root without a working tree, in which git add would clean the other files."""
    rules = world.git_bare("hash-object", "-w", "--stdin", cwd=world.remote, stdin=text.encode()).strip()
    entries = world.git("ls-tree", "main") + f"100644 blob {rules}\t.gitattributes\n"
    tree = world.git_bare("mktree", cwd=world.remote, stdin=entries.encode()).strip()
    commit = world.git("commit-tree", "-p", "main", "-m", "rules", tree).strip()
    world.git("update-ref", "refs/heads/main", commit)


def lose_caches(world):
    for path in world.state.rglob("*.cache"):
        path.unlink()


def test_line_ends_of_commits(world):
    world.git_commit("rules", {
        ".gitattributes": "[attr]source text eol=lf\n*.py source\n*.txt text=auto\n*.bin -text\n",
        "notebooks/win/.gitattributes": "*.bat text eol=crlf\n\"a b.txt\" -text\n"})
    files = {"load.py": CRLF, "plain.py": b"x = 1\r\n", "a.txt": b"a\r\nb\r\n", "b.txt": b"a\r\nb\rc\0",
             "c.bin": b"a\r\n", "win/run.bat": b"echo\r\n", "win/a b.txt": b"a\r\n", "d.md": b"a\r\n"}
    stored = {**files, "load.py": ABC.encode(), "plain.py": b"x = 1\n", "a.txt": b"a\nb\n",
              "win/run.bat": b"echo\n"}
    for name, data in files.items():
        world.write(name, data)
    world.sync()
    for name in files:
        assert blob(world, name) == stored[name], name
        assert (world.local / name).read_bytes() == files[name], name
    add_is_clean(world)
    world.quiet()
    lose_caches(world)
    world.quiet()
    for name in files:
        assert (world.local / name).read_bytes() == files[name], name
    # An edit that only changes line ends is none in Git, and nothing waits for it.
    world.write("a.txt", b"a\nb\n")
    world.write("plain.py", b"x = 1\r\n\r\n")
    assert world.sync()["counts"]["commits"] == 1
    assert blob(world, "plain.py") == b"x = 1\n\n" and blob(world, "a.txt") == b"a\nb\n"
    world.write("a.txt", b"a\r\nb\n")
    assert world.sync()["counts"]["commits"] == 0
    world.configure(commit="manual")
    assert world.quiet()["waiting"]["sentence"] == ""
    add_is_clean(world)


def test_what_is_stored_is_not_rewritten(world):
    """Attributes that came later make no commit; what changes anyway is stored as git add would."""
    old = {"kept.txt": b"a\r\n", "auto.txt": b"a\r\n", "load.py": CRLF, "other.py": CRLF}
    for name, data in old.items():
        world.write(name, data)
    world.sync()
    assert all(blob(world, name) == data for name, data in old.items())
    add_rules(world, "*.txt text=auto\n*.py text\n")
    before = world.git("rev-list", "--count", "main")
    world.sync()
    world.quiet()
    assert world.git("rev-list", "--count", "main") == before
    world.write("auto.txt", b"b\r\n")
    world.write("load.py", CRLF.replace(b"'a'", b"'A'"))
    world.sync()
    assert blob(world, "auto.txt") == b"b\r\n" and blob(world, "kept.txt") == b"a\r\n"
    assert blob(world, "load.py") == ABC.replace("'a'", "'A'").encode()
    assert blob(world, "other.py") == CRLF
    assert (world.local / "load.py").read_bytes() == CRLF.replace(b"'a'", b"'A'")
    changed = world.git("diff", "--name-only", "main~1", "main").split()
    assert changed == ["notebooks/auto.txt", "notebooks/load.py"]
    world.quiet()


def test_edits_in_git_arrive_as_they_are(world):
    world.git_commit("rules", {".gitattributes": "* text eol=crlf\n"})
    world.write("a.txt", b"a\r\n")
    world.write("load.py", CRLF)
    world.sync()
    world.git_commit("by hand", {"notebooks/a.txt": "a\nb\n"})
    world.sync()
    assert (world.local / "a.txt").read_bytes() == b"a\nb\n"
    assert (world.local / "load.py").read_bytes() == CRLF
    world.quiet()


@pytest.mark.parametrize("rules,path,why", [
    ("*.ipynb filter=lfs diff=lfs merge=lfs -text\n", "secret.ipynb",
     "Git hands 'secret.ipynb' to a filter 'lfs' (.gitattributes), which nbsync does not run"),
    ("[attr]crypt filter=git-crypt diff=git-crypt\nsecret* crypt\n", "secret.csv",
     "Git hands 'secret.csv' to a filter 'git-crypt' (.gitattributes), which nbsync does not run"),
    ("*.csv working-tree-encoding=UTF-16\n", "secret.csv",
     "Git converts 'secret.csv' from another encoding (working-tree-encoding in .gitattributes)"),
])
def test_a_filter_holds_by_name(world, rules, path, why):
    row = path.removesuffix(".ipynb")
    world.git_commit("rules", {".gitattributes": rules})
    content = ipynb("print('key')") if path.endswith(".ipynb") else "key\n"
    world.configure(git_format="keep")
    world.write(path, content)
    world.write("load.py", ABC)
    result = world.sync(code=5)
    assert held(result)[row]["sentence"].startswith(why), result["held"]
    assert held(result)[row]["side"] == "git" and held(result)[row]["reason"] == "refused"
    assert blob(world, "load.py") == ABC.encode() and blob(world, path) is None
    # Not by 'nbsync commit' either, nor under a new name.
    world.run("commit", "--once", "--config", world.config, "-m", "all of it")
    assert blob(world, path) is None
    # The content is nowhere in the repository.
    objects = world.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    for line in objects.splitlines():
        name, kind = line.split()
        assert kind != "blob" or "key" not in world.git("cat-file", "blob", name)
    world.git_commit("no filter", {".gitattributes": "# none\n"})
    world.sync()
    assert blob(world, path).decode() == content


def test_a_file_that_gets_a_filter_stays_as_it_is(world):
    world.write("load.py", ABC)
    world.write("a.csv", "1\n")
    world.sync()
    world.git_commit("rules", {".gitattributes": "*.csv filter=lfs\n*.py filter=lfs\n"})
    result = world.sync(code=5)
    assert held(result)["a.csv"]["reason"] == "kind" and held(result)["load"]["reason"] == "kind"
    world.write("a.csv", "2\n")
    (world.local / "load.py").unlink()
    world.sync(code=5)
    assert blob(world, "a.csv") == b"1\n" and blob(world, "load.py") == ABC.encode()
    world.git_commit("pointer", {"notebooks/a.csv": POINTER})
    result = world.sync(code=5)
    assert "is a pointer of Git LFS in the branch" in held(result)["a.csv"]["sentence"]
    assert world.read("a.csv") == "2\n"


def test_pointers_are_no_content(world):
    """Also where the attributes are missing."""
    world.git_commit("pointers", {"notebooks/data.csv": POINTER, "notebooks/load.ipynb": POINTER,
                                  "notebooks/util.py": POINTER, "notebooks/real.csv": "1\n"})
    result = world.sync(code=5)
    assert world.local_files() == ["real.csv"]
    for path in ("data.csv", "util.py"):
        sentence = held(result)[path]["sentence"]
        assert sentence.startswith(f"'{path}' is a pointer of Git LFS in the branch") and "exclude" in sentence
    assert "pointer of Git LFS" in held(result)["load"]["sentence"]
    world.git_commit("content", {"notebooks/data.csv": "2\n"})
    world.sync(code=5)
    assert world.read("data.csv") == "2\n"


def test_a_file_of_rules_that_cannot_be_used(world):
    world.write("load.py", ABC)
    world.git_commit("rules", {"notebooks/etl/.gitattributes": "# \n" * 100000})
    result = world.sync(code=5)
    sentence = result["sides"]["git"]["sentence"]
    assert sentence.startswith("'notebooks/etl/.gitattributes' of branch 'main' cannot be used") and \
        "not guessed" in sentence
    assert blob(world, "load.py") is None
    world.git_commit("rules", {"notebooks/etl/.gitattributes": "# \n"})
    world.sync()
    assert blob(world, "load.py") == ABC.encode()


def test_hostile_patterns_cost_no_time(world):
    stars = "*a" * 500 + "*b filter=lfs\n"
    world.git_commit("rules", {".gitattributes": stars * 200})
    for i in range(50):
        world.write("a" * 200 + f"{i}.py", notebook(str(i)))
    done = world.run("sync", "--once", "--config", world.config, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
