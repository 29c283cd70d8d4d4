# SPDX-License-Identifier: Apache-2.0
"""All modes, and those of ./check among them."""

import fnmatch

import modes_content
import modes_http
import modes_json
import modes_listing

MODES = modes_http.MODES + modes_json.MODES + modes_listing.MODES + modes_content.MODES


def spread(count):
    """That many of the quick modes, evenly from all of the tables."""
    quick = [m for m in MODES if not m.slow]
    count = min(count, len(quick))
    return [quick[i * len(quick) // count] for i in range(count)]


def named(pattern):
    return [m for m in MODES if fnmatch.fnmatchcase(m.name, pattern)]
