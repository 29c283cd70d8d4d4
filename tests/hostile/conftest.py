# SPDX-License-Identifier: Apache-2.0
"""Prints the table of the modes that were played when pytest ends."""


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    rows = [value for report in reports for name, value in report.user_properties
            if name == "hostile"]
    if rows:
        terminalreporter.write_sep("-", "the misbehaving workspace")
        terminalreporter.write_line("mode | request | rc | sentence | MB | seconds | recovered")
    for row in rows:
        terminalreporter.write_line(row)
