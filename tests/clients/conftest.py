# SPDX-License-Identifier: Apache-2.0
"""The fixtures of the end-to-end tests."""

import importlib.util
import pathlib
import sys

E2E = pathlib.Path(__file__).resolve().parent.parent / "e2e"
sys.path.insert(0, str(E2E))

spec = importlib.util.spec_from_file_location("e2e_conftest", E2E / "conftest.py")
e2e = importlib.util.module_from_spec(spec)
spec.loader.exec_module(e2e)
emulator_binary = e2e.emulator_binary
emulator = e2e.emulator
