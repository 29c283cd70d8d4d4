#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every .c and .h file is as clang-format leaves it with our .clang-format, both version 14 (Debian
# 12) and version 19 (Debian 13); other versions lay some lines out differently. Where those two
# disagree, write it another way, or between /* clang-format off */ and on.
# To mend: clang-format -i FILE
set -u

cd "$(dirname "$0")/.." || exit 2
formatter=
for name in clang-format-14 clang-format-19 clang-format; do
    if "$name" --version 2>/dev/null | grep -qE 'version (14|19)\.'; then
        formatter=$name
        break
    fi
done
if [ -z "$formatter" ]; then
    echo "format: skipped, neither clang-format 14 nor 19 is installed"
    exit 77
fi

mapfile -t files < <(find common config daemon ctl tests -name '*.[ch]' | sort)
if ! "$formatter" --dry-run -Werror "${files[@]}"; then
    echo "format: mend with: $formatter -i FILE"
    exit 1
fi
echo "format: ${#files[@]} files are formatted"
