# SPDX-License-Identifier: Apache-2.0
"""suite-targets.py DIRECTORY SUITE...: what ninja has to build in DIRECTORY for the tests of these
suites, one target a line. ./check builds no more of what it builds a second time."""

import json
import os
import subprocess
import sys


def main(directory, *suites):
    said = json.loads(subprocess.run(["meson", "introspect", "--tests", "--targets", directory],
                                     check=True, capture_output=True, text=True).stdout)
    wanted = {one for test in said["tests"] for one in test["depends"]
              if {suite.rpartition(":")[2] for suite in test["suite"]} & set(suites)}
    files = {os.path.relpath(file, directory) for target in said["targets"]
             if target["id"] in wanted for file in target["filename"]}
    if not files:
        sys.exit(f"suite-targets.py: no test of {' '.join(suites)} in '{directory}'")
    print(*sorted(files), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
