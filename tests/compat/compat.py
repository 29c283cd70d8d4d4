# SPDX-License-Identifier: Apache-2.0
"""What real servers make of the URLs that the policy allows. See README.md; started by ./run."""

import argparse
import concurrent.futures
import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import urls

HERE = Path(__file__).resolve().parent
HOST = "git.acme.example"
FOLDER = "/scm/team/"
SERVICE = "/info/refs?service=git-upload-pack"


class Trouble(Exception):
    """Something that this test needs does not work."""


# ---- repositories ----

def git(*arguments, **more):
    env = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
           "GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@acme.example",
           "GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "ana@acme.example"}
    return subprocess.run(["git", *map(str, arguments)], env=env, check=True, text=True,
                          capture_output=True, **more).stdout.strip()


def repository(path, word):
    """A bare repository whose only commit says word; returns the commit, which a list of the
    references has in it."""
    git("init", "-q", "--bare", path)
    tree = git("-C", path, "mktree", input="")
    commit = git("-C", path, "commit-tree", "-m", word, tree)
    git("-C", path, "update-ref", "refs/heads/main", commit)
    git("-C", path, "symbolic-ref", "HEAD", "refs/heads/main")
    git("-C", path, "update-server-info")
    return commit


def repositories(root):
    """Below root: {commit: what it means to be given it}."""
    scm = root / "scm"
    scm.mkdir(parents=True)
    marks = {repository(scm / "other/secret.git", "other"): "other/secret.git",
             repository(root / ".git", "root"): "the root as a repository",
             repository(scm / ".git", "scm"): "scm as a repository",
             repository(scm / "team/.git", "team"): "team as a repository"}
    allowed = {repository(scm / "team" / path, path): path for path in set(urls.REAL.values())}
    return marks, allowed


# ---- servers ----

def free_ports(names):
    sockets = [(name, socket.create_server(("127.0.0.1", 0))) for name in names]
    ports = {name: s.getsockname()[1] for name, s in sockets}
    for _, s in sockets:
        s.close()
    return ports


class Servers:
    """Programs that were started, and the ports on which they listen: {name: port}."""

    def __init__(self, work, root):
        self.work, self.root = work, root
        self.ports, self.programs, self.missing = {}, [], []

    def start(self, *command):
        self.programs.append(subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,  # Apache ends its whole process group
            stderr=open(self.work / "servers.log", "a", encoding="utf-8")))
        return self.programs[-1]

    def announced(self, *command):
        """A program that prints "NAME PORT" for each server, then "ready"."""
        program = self.start(*command)
        for line in program.stdout:
            if line == "ready\n":
                return
            name, port = line.split()
            self.ports[name] = int(port)
        raise Trouble(f"'{command[0]}' did not start, see {self.work}/servers.log")

    def configured(self, template, values, *command):
        """A program with a configuration in which each @NAME@ that has no value is a server."""
        text = (HERE / "servers" / template).read_text(encoding="utf-8")
        prefix = template.split(".")[0] + "-"
        names = {word for word in text.split("@") if word.startswith(prefix)}
        ports = free_ports(sorted(names))
        for name, value in {**values, **ports}.items():
            text = text.replace(f"@{name}@", str(value))
        conf = self.work / template.removesuffix(".in")
        conf.write_text(text, encoding="utf-8")
        self.start(*command, conf)
        self.ports.update(ports)

    def stop(self):
        for program in self.programs:
            program.stdin.close()
            program.terminate()
        for program in self.programs:
            program.wait(timeout=30)


def java(servers, age, suffix):
    """JGit on Tomcat and Jetty: the jars by Maven, the classes by javac."""
    if not shutil.which("mvn") or not shutil.which("javac"):
        servers.missing.append(f"tomcat{suffix} and jetty{suffix}: no mvn and javac "
                               "(default-jdk-headless, maven)")
        return
    place, source = servers.work / age, HERE / "servers"
    place.mkdir()
    shutil.copy(source / age / "pom.xml", place)
    fetched = subprocess.run(["mvn", "-q", "-B", "dependency:copy-dependencies",
                              "-DoutputDirectory=lib"], cwd=place, capture_output=True, text=True)
    if fetched.returncode:
        servers.missing.append(f"tomcat{suffix} and jetty{suffix}: Maven cannot get the jars: "
                               + fetched.stdout.strip().split("\n")[0][:200])
        return
    subprocess.run(["javac", "-nowarn", "-proc:none", "-cp", "lib/*", "-d", "classes",
                    str(source / "Servers.java"), str(source / age / "JettyServer.java")],
                   cwd=place, check=True)
    servers.announced("java", "-Xmx128m", "-cp", f"{place}/classes:{place}/lib/*", "Servers",
                      servers.root, suffix)


def others(servers):
    backend = Path(git("--exec-path")) / "git-http-backend"
    tomcat = servers.ports.get("tomcat-jgit7", "")
    if shutil.which("go"):
        subprocess.run(["go", "build", "-o", str(servers.work / "go-servers"),
                        str(HERE / "servers/main.go")], check=True)
        servers.announced(servers.work / "go-servers", servers.root, backend,
                          *([tomcat] if tomcat else []))
    else:
        servers.missing.append("go: not installed (golang-go)")
    if shutil.which("node"):
        servers.announced("node", HERE / "servers/server.js", servers.root)
    else:
        servers.missing.append("node: not installed (nodejs)")
    values = {"DIR": servers.work, "ROOT": servers.root, "TOMCAT": tomcat or 9,
              "BACKEND": backend, "MODULES": "/usr/lib/apache2/modules",
              "USER": "www-data" if os.geteuid() == 0 else getpass.getuser()}
    if shutil.which("nginx"):
        servers.configured("nginx.conf.in", values, "nginx", "-c")
    else:
        servers.missing.append("nginx: not installed (nginx-light)")
    if shutil.which("apache2"):
        servers.configured("apache.conf.in", values, "apache2", "-DFOREGROUND", "-f")
    else:
        servers.missing.append("apache: not installed (apache2-bin)")


def ask(port, path):
    """The body of an answer with status 200; "" for any other answer."""
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as s:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
                      .encode("utf-8"))
            while part := s.recv(65536):
                answer += part
    except ConnectionError:
        pass
    status = answer.split(b"\r\n", 1)[0].split(b" ")[1:2]
    return answer.decode("latin-1") if status == [b"200"] else ""


def wait_until_up(ports):
    for name, port in ports.items():
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                subprocess.run(["sleep", "0.05"], check=True)
        else:
            raise Trouble(f"{name} does not listen")


# ---- the policy ----

def decide(program, policy, paths):
    """{path: the path that would be asked for, None when it is denied}."""
    lines = "".join(f"https://{HOST}{path}\n" for path in paths)
    done = subprocess.run([program, policy], input=lines, text=True, check=True,
                          capture_output=True)
    answers = [line.split(" ", 1) for line in done.stdout.splitlines()]
    assert len(answers) == len(paths), done.stderr
    return {path: text.removeprefix(f"https://{HOST}") if word == "allow" else None
            for path, (word, text) in zip(paths, answers)}


# ---- the comparison ----

def found(body, commits):
    return [what for commit, what in commits.items() if commit in body]


def compare(name, port, decisions, marks, allowed):
    """One server: the paths that leave the folder there, what is wrong, real paths it serves."""
    leaves, wrong, real = [], [], 0
    for path, canonical in decisions.items():
        for asked in dict.fromkeys([path, canonical or path]):
            strays = found(ask(port, asked.split("#")[0] + SERVICE), marks)
            leaves += [asked] * bool(strays)
            if strays and canonical:
                wrong.append(f"{name} serves {strays[0]} for '{asked}', which is allowed")
    for tail, repository_path in urls.REAL.items():
        served = found(ask(port, decisions[FOLDER + tail] + SERVICE), allowed)
        real += served == [repository_path]
        if served not in ([], [repository_path]):
            wrong.append(f"{name} serves {served[0]} for '{tail}'")
    return leaves, wrong, real


def check_real(decisions):
    return [f"'{tail}' is denied, but forges have such names" for tail in urls.REAL
            if not decisions[FOLDER + tail]]


def report(results, decisions, verbose):
    """Prints the table; returns what is wrong, the test's own teeth included."""
    wrong = []
    print(f"{'server':24} {'leave':>6} {'wrong':>6} {'real':>5}")
    for name, (leaves, bad, real) in sorted(results.items()):
        print(f"{name:24} {len(leaves):6} {len(bad):6} {real:2}/{len(urls.REAL)}")
        if verbose:
            print("".join(f"    {path}\n" for path in leaves), end="")
        wrong += bad
        if real == 0:
            wrong.append(f"{name} does not serve a single allowed repository")
    denied = sum(not canonical for canonical in decisions.values())
    print(f"{len(decisions)} paths, {denied} denied, {len(results)} servers")
    trick = "/scm/team/..;/other/secret.git"
    for name, (leaves, _, _) in results.items():
        if name.startswith("tomcat") and trick not in leaves:
            wrong.append(f"{name} no longer serves the secret for '{trick}': this test is blind")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--decide", required=True, help="the program of decide.c")
    parser.add_argument("--verbose", action="store_true", help="print the paths that leave")
    options = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="nbsync-compat."))
    work.chmod(0o755)
    policy = work / "policy.ini"
    policy.write_text("[policy]\nrestrict = clone-commit-push\n"
                      f"allow = https://{HOST}{FOLDER}\n", encoding="utf-8")
    policy.chmod(0o600)
    servers = Servers(work, work / "root")
    try:
        marks, allowed = repositories(servers.root)
        paths = list(dict.fromkeys(urls.hostile() + [FOLDER + tail for tail in urls.REAL]))
        decisions = decide(options.decide, policy, paths)
        wrong = check_real(decisions)
        if wrong:
            raise Trouble("\n".join(wrong))
        java(servers, "now", "-jgit7")
        java(servers, "old", "-jgit5")
        others(servers)
        wait_until_up(servers.ports)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            running = {name: pool.submit(compare, name, port, decisions, marks, allowed)
                       for name, port in servers.ports.items()
                       if "-tomcat" not in name or "tomcat-jgit7" in servers.ports}
            results = {name: future.result() for name, future in running.items()}
        wrong = report(results, decisions, options.verbose)
    except Trouble as trouble:
        wrong = [str(trouble)]
    finally:
        servers.stop()
    for line in servers.missing:
        print(f"skipped: {line}")
    for line in wrong:
        print(f"WRONG: {line}")
    if wrong:
        print(f"FAILED, see {work}")
        return 1
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
