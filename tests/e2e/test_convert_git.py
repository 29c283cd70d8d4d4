# SPDX-License-Identifier: Apache-2.0
"""nbsync convert as a filter and as the text form of notebooks, by the hand of the real git."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

NBSYNC = Path(os.environ.get("NBSYNC_BUILD", "build")) / "ctl" / "nbsync"

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


def notebook(source="x = 1", **cell):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
            "source": source, **cell}
    return json.dumps({"cells": [cell], "metadata": {"language_info": {"name": "python"}},
                       "nbformat": 4, "nbformat_minor": 4}, indent=1).encode()


RUN = {"execution_count": 3, "outputs": [{"output_type": "stream", "name": "stdout",
                                          "text": "1"}],
       "metadata": {"scrolled": True, "execution": {"iopub.status.busy": "2024"}}}

ODD = {
    "plain": (notebook(), notebook("x = 2")),
    "run": (notebook(**RUN), notebook("x = 2", **RUN)),
    "empty": (b"", notebook()),
    "becomes-empty": (notebook(), b""),
    "blank": (b"\n\n", b" \n"),
    "utf-16": (notebook().decode().encode("utf-16"), notebook("y").decode().encode("utf-16")),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:01\nsize 1\n",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:02\nsize 2\n"),
    "html": (b"<!DOCTYPE html><html></html>\n", b"<!DOCTYPE html><html><p></html>\n"),
    "cut": (notebook()[:60], notebook()[:70]),
    "merge": (b"<<<<<<< HEAD\n" + notebook() + b"\n=======\n", b"<<<<<<< HEAD\n=======\n"),
    "binary": (bytes(range(256)) * 40, bytes(range(255, -1, -1)) * 40),
    "old": (b'{"nbformat": 3, "worksheets": []}', b'{"nbformat": 3, "worksheets": [{}]}'),
    "julia": (notebook().replace(b'"python"', b'"julia"'),
              notebook("y").replace(b'"python"', b'"julia"')),
    "separator": (notebook("a\n# COMMAND ----------"), notebook("b\n# COMMAND ----------")),
    "latin-1": (notebook("caf\u00e9").replace(b"\\u00e9", b"\xe9"), notebook()),
    "source": (b"# Databricks notebook source\nx\n", b"# Databricks notebook source\ny\n"),
    "crlf": (notebook(**RUN).replace(b"\n", b"\r\n"),
             notebook("x = 2").replace(b"\n", b"\r\n")),
    "deep": (b"[" * 3000, b"[" * 3001),
}
STRIPPED = {"run": (notebook(), notebook("x = 2")),
            "crlf": tuple(data.replace(b"\n", b"\r\n")
                          for data in (notebook(), notebook("x = 2")))}


def nbsync(*argv, stdin=b"", cwd=None):
    return subprocess.run([NBSYNC.resolve(), "convert", *map(str, argv)], input=stdin, cwd=cwd,
                          capture_output=True, timeout=60)


class Repository:
    def __init__(self, path, *argv):
        self.path = path
        path.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main", *argv)

    def git(self, *argv):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.path), "GIT_CONFIG_NOSYSTEM": "1",
               "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@acme.example",
               "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@acme.example"}
        done = subprocess.run(["git", *map(str, argv)], cwd=self.path, env=env,
                              capture_output=True, timeout=120)
        assert done.returncode == 0, (argv, done.stderr)
        return done

    def files(self):
        return {str(at.relative_to(self.path)): at.read_bytes()
                for at in self.path.rglob("*") if at.is_file()}


@pytest.fixture
def repository(tmp_path):
    repo = Repository(tmp_path / "etl")
    done = nbsync("--install-git", repo.path)
    assert done.returncode == 0, done.stderr
    return repo


# ---- the table ----

@pytest.mark.parametrize("name, file", [
    *((name, "load.ipynb") for name in ODD),
    *((name, "-weird 'n\u00e4me' $x.ipynb") for name in ("run", "lfs"))])
def test_odd_inputs_stop_nothing(repository, name, file):
    old, new = ODD[name]
    old_blob, new_blob = STRIPPED.get(name, (old, new))
    path = repository.path / file
    git = repository.git
    path.write_bytes(old)
    git("add", "--", file)
    git("commit", "-q", "-m", "Add it")
    assert git("cat-file", "blob", f"HEAD:{file}").stdout == old_blob
    path.write_bytes(new)
    git("diff")
    git("diff", "--stat")
    git("add", "--", file)
    git("commit", "-q", "-m", "Change it")
    assert git("cat-file", "blob", f"HEAD:{file}").stdout == new_blob
    assert git("status", "--porcelain").stdout == b""
    git("log", "-p")
    git("blame", "--", file)
    git("checkout", "-q", "HEAD~1")
    assert path.read_bytes() == old_blob
    git("checkout", "-q", "main")
    assert path.read_bytes() == new_blob
    assert git("status", "--porcelain").stdout == b""


@pytest.mark.parametrize("name", ODD)
def test_filter_and_textconv_by_themselves(tmp_path, name):
    for data, blob in zip(ODD[name], STRIPPED.get(name, ODD[name])):
        done = nbsync("--filter", "load.ipynb", stdin=data)
        assert (done.returncode, done.stdout) == (0, blob)
        lines = done.stderr.decode().splitlines()
        again = nbsync("--filter", stdin=done.stdout)
        assert (again.returncode, again.stdout) == (0, blob)
        path = tmp_path / "any name"
        path.write_bytes(data)
        shown = nbsync("--textconv", path)
        assert shown.returncode == 0
        if shown.stderr:
            assert shown.stdout == data
            assert shown.stderr.decode().startswith(
                f"nbsync: {path}: passed through unchanged: ")
            assert len(shown.stderr.splitlines()) == 1
        elif data:
            assert shown.stdout.startswith(b"# Databricks notebook source\n")
        else:
            assert shown.stdout == b""
        assert len(lines) <= 1
        for line in lines:
            assert line.startswith("nbsync: load.ipynb: passed through unchanged: ")


@pytest.mark.parametrize("name, sentence", [
    ("lfs", "line 1, column 1: not a notebook but a pointer of Git LFS, get the file by 'git lfs "
            "pull' first"),
    ("utf-16", "line 1, column 1: not a notebook but text in UTF-16, save it as UTF-8 first"),
    ("blank", "line 1, column 1: the file is empty"),
    ("old", "line 1, column 14: nbformat before 4, save it with a current Jupyter first"),
])
def test_why_it_passed_through(name, sentence):
    done = nbsync("--filter", stdin=ODD[name][0])
    assert done.stderr.decode() == (
        f"nbsync: standard input: passed through unchanged: {sentence}\n")


def test_what_is_larger_than_any_notebook(tmp_path):
    data = b"{" + b" " * (101 << 20)
    done = nbsync("--filter", stdin=data)
    assert (done.returncode, done.stdout == data) == (0, True)
    assert done.stderr == (b"nbsync: standard input: passed through unchanged: "
                           b"it is larger than any notebook\n")


def test_options_of_the_filter():
    tagged = notebook(**{**RUN, "metadata": {"tags": ["keep_output"], "scrolled": True}})
    assert nbsync("--filter", "--outputs", "keep-tagged", stdin=tagged).stdout == tagged
    done = nbsync("--filter", "-v", "a.ipynb", stdin=notebook(**RUN))
    assert done.stderr == (b"nbsync: a.ipynb: dropped: outputs (1), execution_count (1), "
                           b"execution (1), scrolled (1)\n")


def test_a_file_that_is_not_there(tmp_path):
    done = nbsync("--textconv", tmp_path / "none.ipynb")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == (
        f"nbsync: cannot pass '{tmp_path}/none.ipynb' through: No such file or directory\n")


def test_a_diff_is_of_source(repository):
    path = repository.path / "load.ipynb"
    path.write_bytes(notebook(**RUN))
    repository.git("add", "load.ipynb")
    path.write_bytes(notebook("x = 2", **RUN))
    text = repository.git("diff").stdout.decode()
    assert [line for line in text.splitlines() if line[:1] in "+-"][2:] == ["-x = 1", "+x = 2"]


# ---- installing ----

def test_install_says_what_it_wrote_and_takes_it_back(tmp_path):
    repo = Repository(tmp_path / "etl")
    (repo.path / "sub").mkdir()
    before = repo.files()
    done = nbsync("--install-git", cwd=repo.path / "sub")
    program = NBSYNC.resolve()
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == [
        f"added to '{repo.path}/.git/config'",
        '    [filter "nbsync"]',
        f"    clean = \"'{program}' convert --filter -- %f\"",
        "    required = false",
        '    [diff "nbsync"]',
        f"    textconv = \"'{program}' convert --textconv --\"",
        f"added to '{repo.path}/.git/info/attributes'",
        "    *.ipynb filter=nbsync diff=nbsync"]
    installed = repo.files()
    assert sorted(name for name in installed if installed[name] != before.get(name)) == [
        ".git/config", ".git/info/attributes"]
    assert repo.git("config", "filter.nbsync.required").stdout == b"false\n"
    again = nbsync("--install-git", repo.path)
    assert again.returncode == 0
    assert again.stdout.decode() == done.stdout.decode().replace("added to", "already in")
    assert repo.files() == installed
    gone = nbsync("--uninstall-git", repo.path)
    assert (gone.returncode, gone.stderr) == (0, b"")
    assert "removed from" in gone.stdout.decode()
    assert repo.files() == before
    again = nbsync("--uninstall-git", repo.path)
    assert again.stdout.decode().splitlines() == [
        f"nothing of nbsync in '{repo.path}/.git/info/attributes'",
        f"nothing of nbsync in '{repo.path}/.git/config'"]
    assert repo.files() == before


@pytest.mark.parametrize("old", [
    b"*.py text\n", b"*.py text", b"", b"\n\n", b"# x\r\n*.py text\r\n"])
def test_what_others_wrote_stays(tmp_path, old):
    repo = Repository(tmp_path / "etl")
    attributes, config = repo.path / ".git/info/attributes", repo.path / ".git/config"
    attributes.write_bytes(old)
    attributes.chmod(0o640)
    config.write_bytes(config.read_bytes() + b"[user]\n\tname = Ada")
    before = repo.files()
    assert nbsync("--install-git", repo.path).returncode == 0
    assert repo.git("config", "user.name").stdout == b"Ada\n"
    assert b"nbsync" in repo.git("check-attr", "filter", "--", "a.ipynb").stdout
    assert attributes.stat().st_mode & 0o777 == 0o640
    assert nbsync("--uninstall-git", repo.path).returncode == 0
    before = {name: data for name, data in before.items() if data}
    assert {name: data for name, data in repo.files().items() if data} == before


def test_settings_after_ours_stay(repository):
    repository.git("config", "user.name", "Ada")
    with open(repository.path / ".git/info/attributes", "a") as file:
        file.write("*.sql text\n")
    assert nbsync("--uninstall-git", repository.path).returncode == 0
    assert repository.git("config", "user.name").stdout == b"Ada\n"
    assert (repository.path / ".git/info/attributes").read_text() == "*.sql text\n"


def test_a_line_without_end_and_settings_after_ours(tmp_path):
    repo = Repository(tmp_path / "etl")
    attributes = repo.path / ".git/info/attributes"
    attributes.write_text("*.py text")
    assert nbsync("--install-git", repo.path).returncode == 0
    with open(attributes, "a") as file:
        file.write("*.sql text\n")
    assert nbsync("--uninstall-git", repo.path).returncode == 0
    assert attributes.read_text() == "*.py text\n*.sql text\n"


def test_another_place_of_the_program(repository):
    config = repository.path / ".git/config"
    now = config.read_text()
    config.write_text(now.replace(str(NBSYNC.resolve()), "/opt/old/nbsync"))
    assert nbsync("--install-git", repository.path).returncode == 0
    assert config.read_text() == now


def test_bare_repositories_and_worktrees(tmp_path):
    bare = Repository(tmp_path / "bare", "--bare")
    assert nbsync("--install-git", bare.path).returncode == 0
    assert (bare.path / "info/attributes").exists()
    repo = Repository(tmp_path / "etl")
    repo.git("commit", "-q", "--allow-empty", "-m", "Begin")
    repo.git("worktree", "add", "-q", tmp_path / "other")
    assert nbsync("--install-git", tmp_path / "other").returncode == 0
    assert (repo.path / ".git/info/attributes").exists()


@pytest.mark.parametrize("attributes, config, sentence", [
    ("*.ipynb filter=lfs diff=lfs merge=lfs -text\n", "",
     "the attributes of this repository give .ipynb files filter=lfs, which nbsync would replace; "
     "remove it first"),
    ("*.ipynb diff=jupyternotebook\n", "",
     "the attributes of this repository give .ipynb files diff=jupyternotebook, which nbsync would "
     "replace; remove it first"),
    ("", '[diff "nbsync"]\n\ttextconv = cat\n',
     "'{git}/config' has a section [diff \"nbsync\"] already; remove it first, by 'git config "
     "--remove-section diff.nbsync'"),
])
def test_settings_of_others_are_not_replaced(tmp_path, attributes, config, sentence):
    repo = Repository(tmp_path / "etl")
    (repo.path / ".gitattributes").write_text(attributes)
    with open(repo.path / ".git/config", "a") as file:
        file.write(config)
    before = repo.files()
    done = nbsync("--install-git", repo.path)
    assert done.returncode == 1
    assert done.stderr.decode() == f"nbsync: {sentence.format(git=repo.path / '.git')}\n"
    assert repo.files() == before


def test_lines_that_somebody_changed(repository):
    repository.git("config", "filter.nbsync.smudge", "cat")
    before = repository.files()
    done = nbsync("--uninstall-git", repository.path)
    assert done.returncode == 1
    assert b"/.git/config' was changed between the lines" in done.stderr
    changed = {name for name, data in before.items() if repository.files().get(name) != data}
    assert changed <= {".git/info/attributes"}


def test_an_option_that_somebody_added_to_our_line(repository):
    config = repository.path / ".git/config"
    config.write_text(config.read_text().replace("--filter --",
                                                 "--filter --outputs keep-tagged --"))
    before = repository.files()
    for option in ("--install-git", "--uninstall-git"):
        done = nbsync(option, repository.path)
        assert done.returncode == 1
        assert b"/.git/config' was changed between the lines" in done.stderr
        assert repository.files()[".git/config"] == before[".git/config"]


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_what_git_writes_meanwhile_stays(tmp_path):
    """Between reading the configuration and locking it, somebody else adds to it."""
    repo = Repository(tmp_path / "etl")
    lock = repo.path / ".git/config.lock"
    child = subprocess.Popen(
        ["strace", "-f", "-o", "/dev/null", "-P", lock, "-e", "trace=openat,open",
         "-e", "inject=openat,open:delay_enter=2000000", NBSYNC.resolve(), "convert",
         "--install-git", repo.path], stderr=subprocess.PIPE,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    time.sleep(1)
    repo.git("remote", "add", "origin", "https://git.acme.example/etl.git")
    _, said = child.communicate(timeout=60)
    assert "git.acme.example" in (repo.path / ".git/config").read_text()
    assert child.returncode == 0 or b"was changed meanwhile; run this again" in said, said
    assert not lock.exists()
    assert nbsync("--install-git", repo.path).returncode == 0
    assert "git.acme.example" in (repo.path / ".git/config").read_text()


def test_a_link_that_leads_nowhere(tmp_path):
    repo = Repository(tmp_path / "etl")
    (repo.path / ".git/info").mkdir(exist_ok=True)
    link = repo.path / ".git/info/attributes"
    link.symlink_to(tmp_path / "not-mounted/attributes")
    before = repo.files()
    done = nbsync("--install-git", repo.path)
    assert (done.returncode, done.stderr.decode()) == (
        1, f"nbsync: '{link}' is a symbolic link that leads nowhere; mend it, or remove it first\n")
    assert link.is_symlink() and repo.files() == before


@pytest.mark.parametrize("option", ["--install-git", "--uninstall-git"])
@pytest.mark.parametrize("more", [["--outputs", "keep"], ["--language", "sql"], ["--verbose"]])
def test_options_that_the_lines_would_not_have(repository, option, more):
    before = repository.files()
    done = nbsync(option, *more, repository.path)
    assert done.returncode == 2
    assert b"take a folder and no other option" in done.stderr
    assert repository.files() == before


def test_the_largest_file(tmp_path):
    """100 MiB are not too large; what is no notebook is told as that."""
    data = b"x" * (100 << 20)
    for more, sentence in ((b"", b"an object was expected"),
                           (b"x", b"it is larger than any notebook")):
        done = nbsync("--filter", stdin=data + more)
        assert (done.returncode, done.stdout == data + more) == (0, True)
        assert sentence in done.stderr and (b"larger" in done.stderr) == bool(more)


def test_while_git_has_the_lock(tmp_path):
    repo = Repository(tmp_path / "etl")
    (repo.path / ".git/config.lock").touch()
    before = repo.files()
    done = nbsync("--install-git", repo.path)
    assert (done.returncode, done.stderr.decode()) == (
        1, f"nbsync: cannot lock '{repo.path}/.git/config': File exists\n")
    assert repo.files() == before


def test_no_repository(tmp_path):
    done = nbsync("--install-git", tmp_path)
    assert (done.returncode, done.stderr.decode()) == (
        1, f"nbsync: '{tmp_path}' is in no Git repository\n")


@pytest.mark.parametrize("argv", [
    ["--filter", "--to", "source"], ["--textconv", "-r", "a"], ["--install-git", "--check"],
    ["--textconv"], ["--filter", "a", "b"], ["--textconv", ""]])
def test_options_that_do_not_go_together(argv):
    done = nbsync(*argv)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.endswith(b"see 'nbsync convert --help'\n")


# ---- real notebooks ----

RUN_KEYS = {"ExecuteTime", "execution", "scrolled", "collapsed", "startTime", "finishTime",
            "submitTime"}
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"


def corpus():
    default = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus"
    return sorted((Path(os.environ.get("NBSYNC_CORPUS", default)) / "nb").glob("*.ipynb"))


def without_run(value, reset):
    """What stripping a notebook should give, by Python's own reader. reset is a cell's count."""
    for cell in value["cells"]:
        if cell.get("outputs"):
            cell["outputs"] = []
        if cell.get("execution_count"):
            cell["execution_count"] = reset
        metadata = cell.get("metadata") or {}
        databricks = metadata.get("application/vnd.databricks.v1+cell") or {}
        for key in RUN_KEYS:
            metadata.pop(key, None)
        for key in RUN_KEYS - {"collapsed"}:
            databricks.pop(key, None)
    widgets = value["metadata"].get("widgets", {})
    if widgets.pop(WIDGET_STATE, None) is not None and not widgets:
        del value["metadata"]["widgets"]
    return value


@pytest.mark.slow
@pytest.mark.skipif(not corpus(), reason="the corpus of real notebooks is not here")
def test_stripping_real_notebooks():
    stripped = 0
    for path in corpus():
        data = path.read_bytes()
        done = nbsync("--filter", stdin=data)
        assert done.returncode == 0
        assert nbsync("--filter", stdin=done.stdout).stdout == done.stdout
        if done.stderr:
            assert done.stdout == data
            continue
        value = json.loads(data.decode("utf-8-sig"))
        marked = "application/vnd.databricks.v1+notebook" in value["metadata"]
        expected = without_run(value, 0 if marked else None)
        assert json.loads(done.stdout.decode("utf-8-sig")) == expected, path
        stripped += done.stdout != data
    assert stripped > 10
