# SPDX-License-Identifier: Apache-2.0
"""nbsync convert as its users call it: files, folders, pipes, and what it says when it cannot."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

NBSYNC = Path(os.environ.get("NBSYNC_BUILD", "build")) / "ctl" / "nbsync"

SOURCE = """# Databricks notebook source
# DBTITLE 1,Load
# MAGIC %md # Orders
# MAGIC
# MAGIC text

# COMMAND ----------

rows = load("orders")
"""


def convert(*argv, stdin=None, cwd=None):
    return subprocess.run([NBSYNC.resolve(), "convert", *map(str, argv)], input=stdin, cwd=cwd,
                          capture_output=True, text=True, timeout=60)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "etl").mkdir()
    (tmp_path / "etl" / "load.py").write_text(SOURCE)
    (tmp_path / "etl" / "plain.py").write_text("import os\n")
    (tmp_path / "show.sql").write_text("-- Databricks notebook source\nSELECT 1\n")
    return tmp_path


def test_beside_the_file_and_back(folder):
    source = folder / "etl" / "load.py"
    assert convert(source).returncode == 0
    made = source.with_suffix(".ipynb")
    text = made.read_text()
    notebook = json.loads(text)
    assert json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n" == text
    assert notebook["metadata"]["application/vnd.databricks.v1+notebook"]["notebookName"] == "load"
    assert [cell["cell_type"] for cell in notebook["cells"]] == ["markdown", "code"]
    assert convert(made).returncode == 0
    assert source.read_text() == SOURCE


def test_a_name_moves_no_cursor(folder):
    """A folder may come from anybody: an archive, a clone."""
    good, bad = folder / "a\x1b[2Jb.py", folder / "c\x1b[2Jd.py"
    good.write_text(SOURCE)
    bad.write_bytes(b"# Databricks notebook source\n\xff\n")
    for done in (convert(bad), convert("--recursive", "--to", "ipynb", folder),
                 convert("--check", good), convert("--to", "\x1b[2J", good)):
        assert "\x1b" not in done.stderr + done.stdout
        assert "\\x1b[2J" in done.stderr + done.stdout


def test_an_existing_target_is_updated(folder):
    source = folder / "etl" / "load.py"
    convert(source)
    made = source.with_suffix(".ipynb")
    notebook = json.loads(made.read_text())
    notebook["cells"][0]["metadata"]["mine"] = 1.50
    notebook["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["x"]}]
    made.write_text(json.dumps(notebook, indent=2))
    source.write_text(SOURCE.replace("text", "new text"))
    assert convert(source).returncode == 0
    updated = json.loads(made.read_text())
    assert updated["cells"][0]["source"][-1] == "new text"
    assert updated["cells"][0]["metadata"]["mine"] == 1.5
    assert updated["cells"][1] == notebook["cells"][1]
    assert convert("--overwrite", source).returncode == 0
    assert "mine" not in made.read_text()


def test_update_into_another_file(folder):
    source = folder / "etl" / "load.py"
    convert(source, "-o", folder / "old.ipynb")
    old = (folder / "old.ipynb").read_text()
    source.write_text(SOURCE.replace("orders", "bills"))
    done = convert(source, "--update", folder / "old.ipynb", "-o", folder / "new.ipynb")
    assert done.returncode == 0, done.stderr
    assert (folder / "old.ipynb").read_text() == old
    assert (folder / "new.ipynb").read_text() == old.replace("orders", "bills")


@pytest.mark.parametrize("text, language", [
    (SOURCE, "python"), ("-- Databricks notebook source\nSELECT 1\n", "sql"),
    ("// Databricks notebook source\nval x = 1\n", "scala")])
def test_pipe(text, language):
    there = convert("-", stdin=text)
    assert there.returncode == 0, there.stderr
    assert json.loads(there.stdout)["metadata"]["language_info"]["name"] == language
    back = convert("-", stdin=there.stdout)
    assert back.stdout == text.replace("%md # Orders", "%md\n# MAGIC # Orders")


def test_language_of_a_pipe():
    done = convert("-l", "r", "-", stdin="# Databricks notebook source\nx <- 1\n")
    assert json.loads(done.stdout)["metadata"]["language_info"]["name"] == "r"


def jupyter(source="x", **metadata):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
            "source": source}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})


@pytest.mark.parametrize("metadata, name", [
    ({"kernelspec": {"name": "sparkrkernel"}, "language_info": {"name": "sparkR"}}, "a.r"),
    ({"kernelspec": {"name": "glue_pyspark"}, "language_info": {"name": "Python_Glue_Session"}},
     "a.py"),
    ({"kernelspec": {"name": "synapse_pyspark"}, "language_info": {"name": "sql"}}, "a.sql"),
    ({"kernelspec": {"name": "sparkkernel", "language": ""}, "language_info": {"name": ""}},
     "a.scala"),
])
def test_languages_of_other_clouds(tmp_path, metadata, name):
    (tmp_path / "a.ipynb").write_text(jupyter(**metadata))
    done = convert(tmp_path / "a.ipynb")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a.ipynb", name])


def test_the_language_that_is_asked_for(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(jupyter(language_info={"name": "julia"}))
    done = convert(path)
    assert done.returncode == 1
    assert "the notebook's language is none that Databricks source has" in done.stderr
    text = path.read_text()
    done = convert("-l", "r", path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.r").read_text() == "# Databricks notebook source\nx\n"
    done = convert("-l", "sql", "-", stdin=text)
    assert done.stdout == "-- Databricks notebook source\nx\n"
    done = convert("-l", "scala", "--check", path)
    assert done.returncode == 0, done.stderr
    assert path.read_text() == text


def test_output_to_standard_output(folder):
    done = convert(folder / "show.sql", "-o", "-")
    assert json.loads(done.stdout)["cells"][0]["source"] == ["SELECT 1"]
    assert not (folder / "show.ipynb").exists()


def test_folder(folder):
    done = convert("-r", "--to", "ipynb", folder, "-o", folder / "out")
    assert done.returncode == 0, done.stderr
    made = sorted(str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*.*"))
    assert made == ["etl/load.ipynb", "show.ipynb"]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace counts the syncs")
def test_a_folder_is_synced_once(tmp_path):
    for i in range(12):
        path = tmp_path / "in" / "ab"[i % 2] / f"{i}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SOURCE)
    trace = tmp_path / "trace"
    subprocess.run(["strace", "-f", "-e", "trace=fsync,fdatasync", "-o", trace, NBSYNC.resolve(),
                    "convert", "-r", "--to", "ipynb", tmp_path / "in"], check=True, timeout=60,
                   env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
    assert len(list((tmp_path / "in").rglob("*.ipynb"))) == 12
    assert trace.read_text().count("sync(") == 12 + 2


def names(path):
    return sorted(str(at.relative_to(path)) for at in path.rglob("*") if at.is_file())


@pytest.mark.parametrize("language, old, made", [
    ("r", "load.R", "load.r"), ("python", "load.PY", "load.py"), ("sql", "load.Sql", "load.sql"),
    ("scala", "load.SCALA", "load.scala")])
def test_the_counterpart_in_any_spelling(tmp_path, language, old, made):
    (tmp_path / "load.ipynb").write_text(jupyter(language_info={"name": language}))
    assert convert(tmp_path / "load.ipynb").returncode == 0
    (tmp_path / made).rename(tmp_path / old)
    (tmp_path / "load.ipynb").write_text(jupyter("y", language_info={"name": language}))
    for argv in ([tmp_path / "load.ipynb"], ["--overwrite", tmp_path / "load.ipynb"],
                 ["-r", "--to", "source", tmp_path], [tmp_path / "load.ipynb", "-o", tmp_path]):
        done = convert(*argv)
        assert done.returncode == 0, done.stderr
        assert names(tmp_path) == sorted(["load.ipynb", old])
        assert (tmp_path / old).read_text().endswith("notebook source\ny\n")


def test_a_notebook_with_its_extension_in_capitals(tmp_path):
    (tmp_path / "load.R").write_text("# Databricks notebook source\nx\n")
    (tmp_path / "load.IPYNB").write_text(jupyter("y", language_info={"name": "R"}, mine=1))
    done = convert(tmp_path / "load.R")
    assert done.returncode == 0, done.stderr
    assert names(tmp_path) == ["load.IPYNB", "load.R"]
    notebook = json.loads((tmp_path / "load.IPYNB").read_text())
    assert (notebook["cells"][0]["source"], notebook["metadata"]["mine"]) == ("x", 1)


def test_two_counterparts(tmp_path):
    (tmp_path / "load.ipynb").write_text(jupyter())
    for name in ("load.PY", "load.Py"):
        (tmp_path / name).write_text("# Databricks notebook source\n")
    done = convert(tmp_path / "load.ipynb")
    assert done.returncode == 1
    assert done.stderr == (f"nbsync: {tmp_path}/load.ipynb: '{tmp_path}/load.py' stands there in "
                           "more than one spelling; remove all but one\n")
    assert len(names(tmp_path)) == 3
    (tmp_path / "load.py").write_text("# Databricks notebook source\n")
    assert convert(tmp_path / "load.ipynb").returncode == 0
    assert (tmp_path / "load.py").read_text() == "# Databricks notebook source\nx\n"


@pytest.fixture
def tree(tmp_path):
    for name in ("a", "b_copy", "old/c", "etl/d", "etl/old/e", ".ipynb_checkpoints/a-checkpoint",
                 ".venv/lib/f", "etl/.ipynb_checkpoints/d-checkpoint"):
        path = tmp_path / "in" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(jupyter())
    return tmp_path


@pytest.mark.parametrize("patterns, expected", [
    ([], ["a", "b_copy", "etl/d", "etl/old/e", "old/c"]),
    (["*_copy.ipynb"], ["a", "etl/d", "etl/old/e", "old/c"]),
    (["old"], ["a", "b_copy", "etl/d"]),
    (["/old/"], ["a", "b_copy", "etl/d", "etl/old/e"]),
    (["a.ipynb", "etl/**"], ["b_copy", "old/c"]),
    (["*.ipynb", "!a.ipynb"], ["a"]),
])
def test_what_a_folder_leaves_out(tree, patterns, expected):
    argv = [word for pattern in patterns for word in ("--exclude", pattern)]
    done = convert("-r", "--to", "source", *argv, tree / "in", "-o", tree / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert names(tree / "out") == [f"{name}.py" for name in expected]


def test_a_hidden_folder_that_is_named(tree):
    done = convert("-r", "--to", "source", tree / "in" / ".venv", "-o", tree / "out")
    assert done.returncode == 0, done.stderr
    assert names(tree / "out") == ["lib/f.py"]


def test_one_bad_file_does_not_stop_the_others(folder):
    (folder / "etl" / "a.ipynb").write_text('{"cells": [')
    (folder / "etl" / "b.ipynb").write_text(
        '{"cells": [{"cell_type": "code", "source": "a\\n# COMMAND ----------"}], "nbformat": 4}')
    (folder / "etl" / "c.ipynb").write_text('{"cells": [], "nbformat": 4}')
    done = convert("-r", "--to", "source", folder / "etl", cwd=folder)
    assert done.returncode == 1
    path = folder / "etl"
    assert done.stderr.splitlines() == [
        f"nbsync: {path}/a.ipynb:1:12: the file ends in the middle",
        f"nbsync: {path}/b.ipynb:cell 1:2: "
        "a line that is exactly the separator would split the cell"]
    assert (path / "c.py").read_text() == "# Databricks notebook source\n"
    assert not (path / "b.py").exists()


def test_check(folder):
    done = convert("-r", "--check", folder)
    assert done.returncode == 0
    assert sorted(done.stdout.splitlines()) == [
        f"{folder}/etl/load.py: ok, 2 cells", f"{folder}/show.sql: ok, 1 cells"]
    assert not list(folder.rglob("*.ipynb"))


HEADER = "# Databricks notebook source\n"
FOUR = """# /// script
# [tool.databricks.environment]
# environment_version = '4'  # since May
# dependencies = ['numpy', "scipy[all]==1.0"]
# ///
"""
UV = """# /// script
# requires-python = ">=3.12"
# dependencies = [
#     "numpy>=2",
# ]
# ///

"""


def environment_of(path):
    metadata = json.loads(path.read_text())["metadata"]
    return metadata["application/vnd.databricks.v1+notebook"]["environmentMetadata"]


def test_environment_in_any_spelling(tmp_path):
    source = tmp_path / "load.py"
    source.write_text(HEADER + FOUR.replace("  # since May", "") + "x = 1\n")
    made = source.with_suffix(".ipynb")
    assert convert("--check", source).returncode == 0
    assert convert(source).returncode == 0
    assert environment_of(made) == {"environment_version": "4",
                                    "dependencies": ["numpy", "scipy[all]==1.0"]}
    assert convert(made).returncode == 0
    assert source.read_text() == HEADER + FOUR.replace("  # since May", "") + "x = 1\n"
    fresh = tmp_path / "fresh.py"
    assert convert(made, "-o", fresh).returncode == 0
    assert convert(fresh).returncode == 0
    assert environment_of(fresh.with_suffix(".ipynb")) == environment_of(made)


def test_environment_edited_on_either_side(tmp_path):
    source, made = tmp_path / "load.py", tmp_path / "load.ipynb"
    source.write_text(HEADER + FOUR + "x = 1\n")
    # a new file would lose the comment, one that is there loses nothing
    done = convert(source)
    assert done.returncode == 1 and not made.exists()
    assert done.stderr == (f"nbsync: {source}: the comment '# since May' of the environment block "
                           "has no place in .ipynb, take it out of the block or update an .ipynb "
                           "that exists\n")
    made.write_text(jupyter("x = 1", language_info={"name": "python"}))
    assert convert(source).returncode == 0
    assert environment_of(made)["environment_version"] == "4"
    made.write_text(made.read_text().replace('"4"', '"5"').replace("scipy[all]", "scipy"))
    assert convert(made).returncode == 0
    assert source.read_text() == HEADER + """# /// script
# [tool.databricks.environment]
# environment_version = '5'  # since May
# dependencies = ['numpy', 'scipy==1.0']
# ///
x = 1
"""
    source.write_text(HEADER + "x = 1\n")
    assert convert(source).returncode == 0
    assert environment_of(made) is None


def test_what_only_a_block_can_say(tmp_path):
    source, made = tmp_path / "load.py", tmp_path / "load.ipynb"
    source.write_text(HEADER + UV + "x = 1\n")
    for argv in (source,), ("--check", source), ("-o", "-", source), ("--overwrite", source):
        done = convert(*argv)
        assert done.returncode == 1 and done.stdout == "" and not made.exists()
        assert done.stderr == (f"nbsync: {source}: 'requires-python' of the environment block has "
                               "no place in .ipynb, take it out of the block or update an .ipynb "
                               "that exists\n")
    made.write_text(jupyter("x = 1", language_info={"name": "python"}))
    assert convert(source).returncode == 0
    made.write_text(made.read_text().replace("x = 1", "x = 2"))
    assert convert(made).returncode == 0
    assert source.read_text() == HEADER + UV + "x = 2\n"
    source.write_text(HEADER + "# /// script\n# x = 'a\n# ///\nx = 1\n")
    made.unlink()
    done = convert(source)
    assert done.returncode == 1 and "line 2 of the environment block is not understood" in done.stderr


def test_strip_outputs_in_place(folder):
    path = folder / "run.ipynb"
    path.write_text('{"cells":[{"cell_type":"code","execution_count":3,'
                    '"outputs":[{"data":{}}],"source":"a"}],"nbformat":4}')
    path.chmod(0o640)
    assert convert("--strip-outputs", path).returncode == 0
    assert path.read_text() == ('{"cells":[{"cell_type":"code","execution_count":null,'
                                '"outputs":[],"source":"a"}],"nbformat":4}')
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_strip_what_a_run_left(tmp_path):
    notebook = json.loads(jupyter("a", widgets={
        "application/vnd.jupyter.widget-state+json": {"state": {}}}))
    plain = json.dumps({**notebook, "metadata": {}}, indent=1)
    notebook["cells"][0].update(
        execution_count=7, outputs=[{}], metadata={
            "ExecuteTime": {}, "execution": {}, "scrolled": True, "collapsed": False})
    path = tmp_path / "run.ipynb"
    path.write_text(json.dumps(notebook, indent=1))
    done = convert("-v", "--strip-outputs", path)
    assert (done.returncode, done.stderr) == (0, (
        f"nbsync: {path}: dropped: outputs (1), execution_count (1), ExecuteTime (1), "
        "execution (1), scrolled (1), collapsed (1), widget state\n"))
    assert path.read_text() == plain
    done = convert("-v", "--strip-outputs", path)
    assert (done.returncode, done.stderr) == (0, f"nbsync: {path}: dropped: nothing\n")
    assert convert("--strip-outputs", path).stderr == ""
    done = convert("-v", "--strip-outputs", "-", stdin=plain)
    assert done.stderr == "nbsync: standard output: dropped: nothing\n"
    assert path.read_text() == plain


def test_through_a_symbolic_link(folder):
    convert(folder / "show.sql", "-o", folder / "real.ipynb")
    (folder / "show.ipynb").symlink_to("real.ipynb")
    (folder / "show.sql").write_text("-- Databricks notebook source\nSELECT 2\n")
    assert convert(folder / "show.sql").returncode == 0
    assert (folder / "show.ipynb").is_symlink()
    assert "SELECT 2" in (folder / "real.ipynb").read_text()


@pytest.mark.parametrize("argv, sentence", [
    ([], "convert needs a file"),
    (["--to", "pdf", "a.py"], "argument 'pdf' is not understood"),
    (["--outputs", "all", "a.py"], "argument 'all' is not understood"),
    (["--language", "julia", "a.py"], "argument 'julia' is not understood"),
    (["--nonsense"], "this option is unknown or lacks its argument"),
    (["."], "a folder needs --recursive"),
    (["-r", "."], "a folder needs --to, --strip-outputs or --check"),
    (["--strip-outputs", "--to", "ipynb", "a.ipynb"],
     "--strip-outputs and --to exclude each other"),
    (["--update", "a.ipynb", "b.py", "c.py"], "--update takes one file"),
    (["--check", "-"], "--check needs files"),
    (["--exclude", "old", "a.py"], "--exclude needs --recursive"),
    (["-r", "--to", "ipynb", "--exclude", "", "."], "argument '' is not understood"),
    (["-r", "--to", "ipynb", "--exclude", "a\nb", "."], "argument 'a\\nb' is not understood"),
])
def test_command_lines_that_make_no_sense(argv, sentence):
    done = convert(*argv)
    assert done.returncode == 2
    assert f"nbsync: {sentence}; see 'nbsync convert --help'" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("name, text, sentence", [
    ("a.txt", "x", "'{path}' is no notebook's name (.py .sql .scala .r .ipynb)"),
    ("a.py", "import os\n",
     "{path}:1:1: not a notebook, the first line is not '# Databricks notebook source'"),
    ("a.ipynb", '{"nbformat":3}',
     "{path}:1:13: nbformat before 4, save it with a current Jupyter first"),
])
def test_refusals(tmp_path, name, text, sentence):
    path = tmp_path / name
    path.write_text(text)
    done = convert(path)
    assert done.returncode == 1
    assert done.stderr == "nbsync: " + sentence.format(path=path) + "\n"


@pytest.mark.parametrize("name", ["a.ipynb", "a.py", "a.R"])
@pytest.mark.parametrize("data, sentence", [
    (jupyter().encode("utf-16"), "not a notebook but text in UTF-16, save it as UTF-8 first"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:0a1b\nsize 2048\n",
     "not a notebook but a pointer of Git LFS, get the file by 'git lfs pull' first"),
    (b"<!DOCTYPE html>\n<html><head><title>board</title></head></html>\n",
     "not a notebook but an HTML page, export or download it as a notebook"),
    (b"", "the file is empty"),
    (b"\n \n", "the file is empty"),
])
def test_what_is_something_else(tmp_path, name, data, sentence):
    path = tmp_path / name
    path.write_bytes(data)
    for argv in ([path], ["--check", path]):
        done = convert(*argv)
        assert (done.returncode, done.stderr) == (1, f"nbsync: {path}:1:1: {sentence}\n")
    assert names(tmp_path) == [name]


def test_a_first_line_like_a_title(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(jupyter("# DBTITLE 1,Load\nx = 1"))
    text = path.read_text()
    assert convert(path).returncode == 0
    source = (tmp_path / "a.py").read_text()
    assert source == ("# Databricks notebook source\n# DBTITLE 0,\n# DBTITLE 1,Load\nx = 1\n")
    assert convert(tmp_path / "a.py").returncode == 0
    assert path.read_text() == text
    done = convert("--check", path, tmp_path / "a.py")
    assert done.returncode == 0, done.stderr
    done = convert(tmp_path / "a.py", "--overwrite")
    assert json.loads(path.read_text())["cells"][0]["source"] == ["# DBTITLE 1,Load\n", "x = 1"]
    assert convert(path, "--overwrite").returncode == 0
    assert (tmp_path / "a.py").read_text() == source


def test_two_files_with_one_target(tmp_path):
    for name in ("a.py", "a.r"):
        (tmp_path / name).write_text("# Databricks notebook source\n1\n")
    done = convert("--overwrite", tmp_path / "a.py", tmp_path / "a.r")
    assert done.returncode == 1
    assert f"'{tmp_path}/a.ipynb' would be written twice" in done.stderr


def test_help():
    done = convert("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: nbsync convert")
