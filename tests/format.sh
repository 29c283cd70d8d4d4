#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every .c and .h file is as clang-format 14 with our .clang-format leaves it; other versions lay
# some lines out differently. To mend: clang-format -i FILE
set -u

cd "$(dirname "$0")/.." || exit 2
formatter=$(command -v clang-format-14 || command -v clang-format)
if [ -z "$formatter" ] || ! "$formatter" --version | grep -q 'version 14\.'; then
    echo "format: skipped, clang-format 14 is not installed"
    exit 77
fi

mapfile -t files < <(find common config daemon ctl tests -name '*.[ch]' | sort)
if ! "$formatter" --dry-run -Werror "${files[@]}"; then
    echo "format: mend with: $formatter -i FILE"
    exit 1
fi
echo "format: ${#files[@]} files are formatted"
