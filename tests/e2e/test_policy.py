# SPDX-License-Identifier: Apache-2.0
"""What `nbsync policy check` says: one line, a stable reason, exit code 0 or 3."""

import subprocess
import unicodedata

import pytest

from world import BUILD, NBSYNC


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
    ("a path parameter", "https://git.acme.example/team/..;/evil/x", "character"),
    ("an encoded path parameter", "https://git.acme.example/team/..%3B/evil/x", "encoding"),
    ("the folder itself", "https://git.acme.example/team/.git", "not-listed"),
    ("dots once .git is cut off", "https://git.acme.example/team/...git", "path"),
    ("into a repository", "https://git.acme.example/team/x.git/hooks", "path"),
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


def test_a_symbolic_link_is_no_policy(policy, tmp_path):
    link = tmp_path / "link.ini"
    link.symlink_to(policy)
    code, out = check(link, "https://git.acme.example/team/notebooks")
    assert code == 3 and out.startswith("deny: policy-unreadable: ")
    assert "is a symbolic link" in out


def test_a_link_that_others_could_turn(policy, tmp_path):
    """Links of root's, as /var/run is one, go on working; one that everybody can turn does not."""
    url = "https://git.acme.example/team/notebooks"
    shared, own = tmp_path / "shared", tmp_path / "own"
    shared.mkdir()
    own.mkdir()
    shared.chmod(0o777)
    for at in (shared, own):
        (at / "link").symlink_to(tmp_path)
    assert check(own / "link" / policy.name, url) == (0, "allow\n")
    code, out = check(shared / "link" / policy.name, url)
    assert code == 3 and out.startswith("deny: policy-unreadable: ")
    assert f"'{shared}', where '{shared}/link/{policy.name}' lies, can be written by others" in out


def harmless(char):
    """No normalisation turns it into ASCII punctuation, nothing drops it, it is no blank."""
    if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"):
        return False
    forms = {unicodedata.normalize(form, char) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    return all(ord(c) >= 0x80 or c.isalnum() or c == "-" for form in forms for c in form)


def test_no_character_is_taken_for_another(policy):
    chars = [chr(cp) for cp in range(0x80, 0x20000) if not 0xD800 <= cp < 0xE000]
    urls = "".join("https://git.acme.example/team/a%sb\n" %
                   "".join(f"%{byte:02X}" for byte in char.encode()) for char in chars)
    done = subprocess.run([str(BUILD / "tests/compat/decide"), str(policy)], input=urls,
                          capture_output=True, text=True, timeout=120, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(chars)
    allowed = [c for c, answer in zip(chars, answers) if answer.startswith("allow ")]
    assert [f"U+{ord(c):04X}" for c in allowed if not harmless(c)] == []
    # Letters of the scripts of today, and the dash that people write.
    assert set("\u2013\u00e9\u00df\u0416\u05d0\u0639\u0915\u3042\u30ab\u30fc\u6f22\uac00\u1ea1") \
        <= set(allowed)
