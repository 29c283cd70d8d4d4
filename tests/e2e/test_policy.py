# SPDX-License-Identifier: Apache-2.0
"""What `nbsync policy check` says: one line, a stable reason, exit code 0 or 3."""

import subprocess

import pytest

from world import NBSYNC


@pytest.fixture
def policy(tmp_path):
    path = tmp_path / "policy.ini"
    path.write_text("[policy]\nrestrict = clone-commit-push\n"
                    "allow = https://git.acme.example/team/\n"
                    "allow = https://dev.acme.example/org/project/_git/notebooks\n")
    path.chmod(0o600)
    return path


def check(policy, url, *options):
    done = subprocess.run([str(NBSYNC), "policy", "check", "--policy", str(policy), *options, "--",
                           url], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


@pytest.mark.parametrize("url", [
    "https://git.acme.example/team/notebooks",
    "https://git.acme.example/team/notebooks.git",
    "HTTPS://GIT.acme.example:443/team/deep/er/notebooks/",
    "https://ana@git.acme.example/team/notebooks",
    "https://dev.acme.example/org/project/_git/notebooks.git",
])
def test_allowed(policy, url):
    assert check(policy, url) == (0, "allow\n")


HOSTILE = [
    ("prefix without boundary", "https://git.acme.example/team-evil/x", "not-listed"),
    ("another host behind the listed one", "https://git.acme.example.evil.example/team/x",
     "not-listed"),
    ("userinfo", "https://git.acme.example:x@evil.example/team/x", "userinfo"),
    ("backslash", "https://git.acme.example\\@evil.example/team/x", "bad-byte"),
    ("fragment in the authority", "https://evil.example#@git.acme.example/team/x", "query"),
    ("query in the authority", "https://evil.example?@git.acme.example/team/x", "query"),
    ("percent-encoded host", "https://%67it.acme.example/team/x", "host"),
    ("dot segments", "https://git.acme.example/team/../evil/x", "path"),
    ("encoded dot segments", "https://git.acme.example/team/%2e%2e/evil/x", "encoding"),
    ("double slash", "https://git.acme.example//team/x", "path"),
    ("no host", "https:///git.acme.example/team/x", "no-host"),
    ("one slash", "https:/git.acme.example/team/x", "no-host"),
    ("control byte", "https://git.acme.example/team/x\r", "bad-byte"),
    ("odd port", "https://git.acme.example:0443/team/x", "port"),
    ("number as host", "https://2130706433/team/x", "host-numeric"),
    ("scp form", "git@git.acme.example:team/x", "scheme"),
    ("clear text", "http://git.acme.example/team/x", "scheme"),
    ("a directory", "file:///srv/git/x", "not-listed"),
    ("a remote helper", "ext::sh -c id", "bad-byte"),
    ("token as user name", "https://ghp_0123456789abcdefghijABCDEFGHIJ0123@git.acme.example/team/x",
     "token"),
]


@pytest.mark.parametrize("url,reason", [row[1:] for row in HOSTILE], ids=[r[0] for r in HOSTILE])
def test_refused(policy, url, reason):
    code, out = check(policy, url)
    assert code == 3
    assert out.startswith(f"deny: {reason}: ") and out.count("\n") == 1, out
    assert "ghp_" not in out and "\r" not in out


def test_what_to_ask_the_administrator_for(policy):
    code, out = check(policy, "https://git.acme.example/other/notebooks")
    assert code == 3 and "allow = https://git.acme.example/other/notebooks" in out


def test_only_commit_and_push_are_restricted(policy):
    policy.write_text(policy.read_text().replace("clone-commit-push", "commit-push"))
    url = "https://git.acme.example/other/notebooks"
    assert check(policy, url, "--op", "clone")[0] == check(policy, url, "--op", "fetch")[0] == 0
    assert check(policy, url, "--op", "commit")[0] == check(policy, url, "--op", "push")[0] == 3


@pytest.mark.parametrize("text", [
    "[policy]\nrestrict = clone-commit-push\n",
    "[policy]\nrestrict = none\nalow = https://git.acme.example/team/\n",
    "[policy]\nrestrict = none\nrestrict = none\n",
    "[policy]\nrestrict = clone-commit-push\nallow = https://ana@git.acme.example/team/\n",
    "[policy]\nrestrict = clone-commit-push\nallow = https://git.acme.example/" + "x" * 9000 + "\n",
    "",
], ids=["empty list", "unknown key", "duplicate key", "user name", "long line", "empty file"])
def test_doubt_denies_everything(policy, text):
    policy.write_text(text)
    code, out = check(policy, "https://git.acme.example/team/notebooks")
    assert code == 3 and out.startswith("deny: policy-unreadable: "), out


def test_a_policy_that_others_can_write_denies_everything(policy):
    policy.chmod(0o666)
    assert check(policy, "https://git.acme.example/team/notebooks")[0] == 3
