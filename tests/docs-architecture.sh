#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/ARCHITECTURE.md names every folder of the product and nothing that does not exist. A bare
# file name ("merge.c") stands for a file of the folder that its paragraph is about.
set -u
export LC_ALL=C

cd "$(dirname "$0")/.." || exit 2
page=docs/ARCHITECTURE.md
violations=0

complain() {
    echo "docs-architecture: $*"
    violations=$((violations + 1))
}

for folder in common/*/ config/ daemon/ ctl/ systemd/ packaging/ tests/; do
    grep -qF "\`${folder%/}\`" "$page" || complain "$page does not mention '${folder%/}'"
done

folder=
named=0
while read -r line word; do
    case $word in
    *\**) continue ;; # a pattern
    */*.[ch] | */*.sh | */*.py | *.md)
        [ -e "$word" ] || complain "$page:$line: '$word' does not exist"
        ;;
    *.[ch])
        [ -e "$folder/$word" ] ||
            complain "$page:$line: '$word' does not exist in '$folder', which the paragraph is about"
        ;;
    common/* | tests/*)
        [ -d "$word" ] || complain "$page:$line: '$word' does not exist"
        folder=$word
        ;;
    config | daemon | ctl) folder=$word ;;
    *) continue ;;
    esac
    named=$((named + 1))
done < <(awk '{
    line = $0
    while (match(line, /`[^`]+`/)) {
        print FNR, substr(line, RSTART + 1, RLENGTH - 2)
        line = substr(line, RSTART + RLENGTH)
    }
}' "$page")

[ "$named" -gt 50 ] || complain "found only $named names in $page; has its style changed?"
lines=$(wc -l <"$page")
[ "$lines" -le 200 ] || complain "$page has $lines lines; a newcomer reads 200"

if [ "$violations" -ne 0 ]; then
    exit 1
fi
echo "docs-architecture: $named names exist"
