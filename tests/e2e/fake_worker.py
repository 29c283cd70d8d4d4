#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A worker that synchronises nothing: it speaks the worker's protocol and does as it is told.

FAKE_WORKER_DIR names a directory. Every line received, and every start and signal, is appended to
MAPPING.log there as JSON with the moment ("at", seconds of the monotonic clock) and the process id.
MAPPING.plan, if it exists, is read at each cycle:

  {"result": {...}}   members that replace those of the usual result
  {"answer": {...}}   the answer of a cycle that was asked to confirm or to adopt something
  {"steps": N, "step_s": S, "silent": true}  work for N steps with a progress line each
  {"hang": true, "deaf": true}   never answer; deaf: SIGTERM has no effect either
  {"until": "NAME"}   answer when there is such a file in the directory, not before
  {"crash": 11} {"exit": 78}     end by that signal, with that exit code, in the middle
  {"say": "text", "spam": N}     write that line, or N bytes without a newline, first
  {"linger_s": S}     with the plan "stop": how long a request to stop or SIGTERM takes
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

NAME = sys.argv[1]
DIRECTORY = Path(os.environ["FAKE_WORKER_DIR"])
EVERYTHING = {"event": "result", "code": "ok", "sentence": "", "full": True, "duration_ms": 1,
              "next_ms": -1,
              "sides": {"git": {"state": "ok", "sentence": "", "notebooks": 2},
                        "local": {"state": "ok", "sentence": "", "notebooks": 2}},
              "counts": {"written": {"git": 0, "local": 0}, "deleted": {"git": 0, "local": 0},
                         "commits": 0, "pushes": 0, "requests": 0},
              "held": [], "held_total": 0, "conflicts": [], "conflicts_total": 0,
              "waiting": {"paths": 0, "sentence": ""}, "notes": []}
stopping = False
busy = False


def log(**entry):
    entry.update(at=time.monotonic(), pid=os.getpid())
    with open(DIRECTORY / f"{NAME}.log", "a", encoding="utf-8") as out:
        out.write(json.dumps(entry) + "\n")


def say(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def plan():
    try:
        return json.loads((DIRECTORY / f"{NAME}.plan").read_text())
    except FileNotFoundError:
        return {}


def on_sigterm(signo, frame):
    global stopping
    log(signal=signo)
    stopping = not plan().get("deaf")
    if stopping and not busy:
        end()  # Python would resume the interrupted read


def end():
    time.sleep(plan().get("linger_s", 0))
    log(end=True)
    sys.exit(0)


def hang(until=None):
    while not stopping:
        if until and (DIRECTORY / until).exists():
            return {}
        time.sleep(0.05)
    return {"code": "cancelled", "sentence": "asked to stop"}


def cycle(request):
    wanted = plan()
    result = {"full": request.get("full", False)}
    if "say" in wanted:
        print(wanted["say"], flush=True)
    if "spam" in wanted:
        sys.stdout.write("x" * wanted["spam"])
        sys.stdout.flush()
    for step in range(wanted.get("steps", 0)):
        if stopping:
            break
        if not wanted.get("silent"):
            say({"event": "progress", "phase": "look", "done": step,
                 "total": wanted["steps"]})
        time.sleep(wanted.get("step_s", 0.05))
    if "crash" in wanted:
        signal.signal(wanted["crash"], signal.SIG_DFL)
        os.kill(os.getpid(), wanted["crash"])
    if "exit" in wanted:
        os._exit(wanted["exit"])
    if wanted.get("hang") or "until" in wanted:
        result.update(hang(wanted.get("until")))
    result.update(wanted.get("result", {}))
    if "answer" in wanted and ("adopt" in request or "confirm" in request):
        result["answer"] = wanted["answer"]
    say({**EVERYTHING, **result})


def main():
    global busy
    signal.signal(signal.SIGTERM, on_sigterm)
    log(start=True, argv=sys.argv[1:], environment=sorted(os.environ),
        files=sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1])
    for line in sys.stdin:
        request = json.loads(line)
        log(request=request)
        if request["do"] == "cycle":
            busy = True
            cycle(request)
            busy = False
        if request["do"] == "stop" or stopping:
            break
    end()


main()
