#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs.sh: the daemon's manual page, README and the shell completions know what the code offers, and
# what the documents point to exists. (docs-manual.sh compares the other manual pages.)
set -u
export LC_ALL=C

cd "$(dirname "$0")/.." || exit 2

violations=0
complain() {
    echo "docs: $*"
    violations=$((violations + 1))
}

options_of() { # FILES...
    sed -nE 's/.*\{ "([a-z-]+)", (no|required|optional)_argument.*/--\1/p' "$@" | sort -u
}

subcommands() {
    sed -nE 's/^[[:space:]]*\{ "([a-z]+)", cmd_[a-z]+, .*/\1/p' ctl/main.c
}

# A table that cannot be read any more must not pass as an empty one.
[ "$(options_of daemon/main.c | wc -l)" -gt 3 ] || complain "cannot read the options of nbsyncd"
[ "$(subcommands | wc -l)" -gt 3 ] || complain "cannot read the subcommands of nbsync"

# ---- manual pages ----

for option in $(options_of daemon/main.c); do
    grep -qE "\*$option\*( |\$)" docs/nbsyncd.8.scd || complain "nbsyncd.8.scd lacks '$option'"
done
for page in docs/*.scd; do
    if command -v scdoc >/dev/null && ! scdoc <"$page" >/dev/null; then
        complain "$page is not valid scdoc"
    fi
    grep -q "'$(basename "$page" .scd)'" docs/meson.build || complain "$page is not installed"
done

# ---- README, completions ----

while read -r code; do
    grep -q "^| $code |" README.md || complain "README.md does not explain exit code $code"
done < <(sed -nE 's/^[[:space:]]*EXIT_[A-Z_]+ = ([0-9]+),.*/\1/p' common/base/err.h)
for file in packaging/completions/nbsync.bash packaging/completions/_nbsync; do
    for name in $(subcommands); do
        sources=("ctl/$name.c")
        grep -q OPTIONS_ASK "ctl/$name.c" && sources+=(ctl/cli/cli.h)
        for word in "$name" $(options_of "${sources[@]}"); do
            grep -qE -- "(^|[^a-z-])$word([^a-z-]|\$)" "$file" || complain "$file does not know '$word'"
        done
    done
done

# ---- links ----

for page in *.md docs/*.md docs/*/*.md; do
    [ -e "$page" ] || continue
    while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || complain "$page links to '$link', which is not there"
    done < <(grep -oE '\]\([^)#:]+[^):]*\)' "$page" | sed -E 's/^\]\(//; s/\)$//; s/#.*//')
done

if [ "$violations" -ne 0 ]; then
    exit 1
fi
echo "docs: everything is documented"
