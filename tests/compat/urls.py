# SPDX-License-Identifier: Apache-2.0
"""Paths that try to leave /scm/team/, and paths that real forges have."""

# What stands between /scm/team and /other/secret.git, so that some server goes up one folder.
UP = """
/.. /..; /..;/ /..;x /..;x=y /..;a;b /.;/.. /;/.. /x;/.. /..;/. /..%3B /..%3b /..%3Bx /..%253B /.;..
/%2e%2e /.%2e /%2e. /%2E%2E /%252e%252e /%252e. /%25252e%25252e /%2e%2e; /%2e%2e;x /%2e%2e%3b /..%2f..
/.. /..%20 /..%09 /..%0a /..%0d /..%00 /..%00x /..%01 /%20.. /..+ /+.. /.+. /..%2B /..%a0 /..%C2%A0
/..\\x /..\\ /\\.. /\\..\\ /..%5c /..%5C /%5c..%5c /..%255c /.\\. /..%C1%9C /..%C1%1C
/..%2f /..%2F /%2f.. /%2F..%2F /..%252f /..%C0%AF /..%c0%2f /..%E0%80%AF /..%EF%BC%8F /..%E2%88%95
/%C0%AE%C0%AE /%c0%2e%c0%2e /%E0%80%AE%E0%80%AE /%F0%80%80%AE%F0%80%80%AE /%u002e%u002e /%uff0e%uff0e
/..%u2215 /..%u002f /%EF%BC%8E%EF%BC%8E /%E2%80%A5 /.%E2%80%8C. /.%EF%BB%BF. /.%C2%AD. /.%CC%81.
/..%CD%BE /..%EF%BC%9B /.%C3%A9. /..%C3%A9 /.%F0%9F%92%A5.
/... /.... /..../ /...; /..., /.., /..,x /..= /..=x /..: /..:x /..::$DATA /..$ /..$x /..~ /..~1 /..! /..'
/..* /..& /..&x /..@ /..( /..() /..(S(x)) /.(S(x)). /(S(x)).. /(S(x))/.. /..(A(x)S(y))
/..? /..# /..%3F /..%3f/ /..%23 /..%3Fx /..%25 /..%25x /..%26 /..%3D /..%2C /..%3A /..%24 /..%22 /..%3C
/..%7C /..%7c /..%60 /..%5E /..%7B%7D /..%5B%5D /..[] /..{} /..| /..< /..> /..^ /..` /.." /..'%20
//.. //..// /./.. /.//.. /../. /..// /..//. /x/../.. /x//../.. /x/..;/../ /x/%2e%2e/%2e%2e /x/...git/..
/..git /...git /...git/ /...GIT /....git /..git/..git /.git/.. /.git/../.. /ok.git/.. /ok.git/../..
/ok.git;/../.. /ok.git/..;/..; /ok.git/..;x/..;y /ok.git%2f..%2f.. /ok.git/%2e%2e/%2e%2e /git~1/..
/ok.git/hooks/../../.. /OK.GIT/..;/..; /~/.. /~ana/.. /~ana/..; /-/.. /_git/.. /a/.. /+/.. /$/.. /./;/..
/..;jsessionid=1 /..;/;/ /.;x/..;x /;x/..;y /..;%2f /..;%2F.. /..%3B%2f /.%2e;/ /%2e%2e%3Bx
/.. /..%E3%80%82 /..%E2%81%84 /..%E2%81%B4 /..%D6%89
""".split()

# Tails, as they stand behind /scm/team/: whole paths of their own.
TAILS = """
.git .git/ .GIT .git; .git%20 .git. .git+ .git.git ..git ...git git~1 GIT~1 .git%3B .git::$DATA
.git::$INDEX_ALLOCATION .git%3A%3A%24INDEX_ALLOCATION .git%E2%80%8C .g%E2%80%8Cit %2egit %2Egit .%67it .git/.
.git/.git .git/modules/x ;.git x;/.git . ./ ./. .. ../ ; ;/ ;x %20 %20/ + +/ ? # %3f %3F %23 %00 %0a %2f
%2F%2F // /// x/.. x/../ x/..; ok.git/.. info/refs info/refs/ git-upload-pack git-receive-pack HEAD objects
ok.git/hooks ok.git/objects ok.git/info/refs ok.git/.git ok.git/.. ok.git/. ok.git;x ok.git%3Bx ok.git.
ok.git%20 ok.git+ ok.git%00 ok.git%00.x ok.git/git-upload-pack ok;x.git %6fk.git ok%2egit ok.git%2f OK~1.GIT
other/secret.git ../other/secret ..;/other/secret ..;/other/secret;x.git %2e%2e/other/secret
....//other/secret.git ..././other/secret.git ..%2fother/secret.git ..;%2fother/secret.git
.;/..;/other/secret.git;/ ok.git/../../other/secret.git ok.git/..;/..;/other/secret.git;
..%5cother%5csecret.git ..\\other\\secret.git ok.git?/../../other/secret.git ok.git#/../../other/secret.git
..;@x/other/secret.git @x/../../other/secret.git http://127.0.0.1/scm/other/secret.git
//other/secret.git /../other/secret.git /..;/other/secret.git /%2e%2e/other/secret.git
""".split()

# What must be allowed, with the repository in the folder that a server should find.
REAL = {
    "ok.git": "ok.git",
    "ok.git/": "ok.git",
    "sub/deep.git": "sub/deep.git",
    "group.with.dots/sub-group/note_books.git": "group.with.dots/sub-group/note_books.git",
    "R&D%20(EU)/_git/r.git": "R&D (EU)/_git/r.git",
    "R%26D%20%28EU%29/_git/r.git": "R&D (EU)/_git/r.git",
    "Ana's%20project!/r.git": "Ana's project!/r.git",
    "~ana/r.git": "~ana/r.git",
    "~ana/+git/gtk+.git": "~ana/+git/gtk+.git",
    "ana@acme.example/r.git": "ana@acme.example/r.git",
    "Donn%C3%A9es%20%E2%80%93%202026/r.git": "Donn\u00e9es \u2013 2026/r.git",
    "%E3%83%87%E3%83%BC%E3%82%BF.git": "\u30c7\u30fc\u30bf.git",
    ".github.git": ".github.git",
    "a/b/c/d/-/e_f.git": "a/b/c/d/-/e_f.git",
}


def hostile():
    """Paths, each once, in a stable order."""
    paths = [f"/scm/team{up}/other/secret.git" for up in UP]
    paths += [f"/scm/team{up}other/secret.git" for up in UP if not up.endswith("/")]
    paths += [f"/scm/team/x{up}{up}/other/secret.git" for up in UP]
    paths += [f"/scm/team/{tail}" for tail in TAILS]
    paths += ["/scm/team/..;/..;/scm/other/secret.git", "/scm/team;/other/secret.git",
              "/scm/team;/../other/secret.git", "/scm/team%2f../other/secret.git",
              "/scm/team", "/scm/team/", "/scm/team.git", "/scm/team;x/ok.git",
              "/scm/./team/../other/secret.git", "/scm;/other/secret.git",
              "/SCM/team/../other/secret.git", "/scm/other/secret.git"]
    return list(dict.fromkeys(paths))
