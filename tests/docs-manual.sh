#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs-manual.sh [ROOT]: the manual says exactly what the program has. Every key of the key table, with
# its default, stands in its section of nbsyncd.ini.5.scd, and nothing else does; every subcommand has
# its part in nbsync.1.scd, with its options, and every exit code is there; every key and reason of a
# policy stands in nbsync-policy.ini.5.scd. Without ROOT it checks this tree, and then that it would
# notice a gap in each of these.
set -u
export LC_ALL=C

problems=0
complain() {
    echo "docs-manual: $*"
    problems=$((problems + 1))
}

ROW='^[[:space:]]*(DAEMON|WORKSPACE|MAPPING)\("'

# "section key default" of each row of the key table; "-" without a default.
table_keys() {
    sed -nE "s/$ROW([a-z_]+)\", [A-Z]+, [a-z_]+, (\"[^\"]*\"|NULL).*/\1 \2 \3/p" config/keys.c |
        sed -E 's/ (NULL|"")$/ -/; s/"//g; s/^[A-Z]+/\L&/'
}

# The same of the manual page: "*key* = ..." below "# [section ...]", and the "Default: *x*." that ends
# its paragraph. A default that is not a value is "-".
page_keys() {
    awk '
        function flush() { if (key) print section, key, value; key = "" }
        /^# / { flush(); section = $2; gsub(/[][]/, "", section) }
        /^\*[a-z_]+\* = / { flush(); key = $1; gsub(/\*/, "", key); value = "-"; text = "" }
        key { sub(/^\t/, ""); text = text " " $0 }
        key && match(text, /Default: \*[^ ]+\*\.$/) {
            value = substr(text, RSTART + 10, RLENGTH - 12)
            gsub(/\\/, "", value)
        }
        END { flush() }
    ' docs/nbsyncd.ini.5.scd | grep -E '^(daemon|workspace|mapping) '
}

check_keys() {
    local line
    if [ "$(table_keys | wc -l)" -ne "$(grep -cE "$ROW" config/keys.c)" ] ||
        [ "$(table_keys | wc -l)" -lt 20 ]; then
        complain "cannot read the table in config/keys.c"
    fi
    while read -r line; do
        complain "config/keys.c has '$line' (section, key, default), nbsyncd.ini.5.scd has not"
    done < <(comm -23 <(table_keys | sort) <(page_keys | sort))
    while read -r line; do
        complain "nbsyncd.ini.5.scd has '$line' (section, key, default), config/keys.c has not"
    done < <(comm -13 <(table_keys | sort) <(page_keys | sort))
}

# The lines of nbsync.1.scd below "## NAME", up to the next heading.
part_of() { # NAME
    awk -v name="$1" '
        /^#/ { inside = ($1 == "##" && $2 == name); found = found || inside }
        inside { print }
        END { exit !found }
    ' docs/nbsync.1.scd
}

check_commands() {
    local name names files option options code codes part
    names=$(sed -nE 's/^[[:space:]]*\{ "([a-z]+)", cmd_[a-z]+, .*/\1/p' ctl/main.c)
    [ -n "$names" ] || complain "cannot read the commands in ctl/main.c"
    for name in $names; do
        grep -qF "*nbsync $name" docs/nbsync.1.scd || complain "nbsync.1.scd: no synopsis of '$name'"
        part=$(part_of "$name") || complain "nbsync.1.scd has no part '## $name'"
        files=("ctl/$name.c")
        grep -q OPTIONS_ASK "ctl/$name.c" && files+=(ctl/cli/cli.h)
        options=$(sed -nE 's/.*\{ "([a-z-]+)", (no|required|optional)_argument.*/\1/p' "${files[@]}")
        for option in $options; do
            [ "$option" = help ] || grep -qF -- "*--$option*" <<<"$part" ||
                complain "nbsync.1.scd: '## $name' lacks '--$option'"
        done
    done
    grep -qF -- "*--help*" docs/nbsync.1.scd || complain "nbsync.1.scd lacks '--help'"
    codes=$(sed -nE 's/^[[:space:]]*EXIT_[A-Z_]+ = ([0-9]+),.*/\1/p' common/base/err.h)
    [ -n "$codes" ] || complain "cannot read the exit codes in common/base/err.h"
    for code in $codes; do
        grep -qxF "*$code*" docs/nbsync.1.scd || complain "nbsync.1.scd lacks the exit code $code"
    done
}

check_policy() {
    local word words
    words=$(sed -nE 's/.*str_eq\(key, "([a-z_]+)"\).*/\1/p' common/policy/policy_parse.c)
    [ -n "$words" ] || complain "cannot read the keys in common/policy/policy_parse.c"
    for word in $words; do
        grep -q "^\*$word\* = " docs/nbsync-policy.ini.5.scd ||
            complain "nbsync-policy.ini.5.scd lacks the key '$word'"
    done
    words=$(sed -nE 's/^[[:space:]]*\[GIT_URL_[A-Z_]+\] = \{ "([a-z-]+)".*/\1/p' \
        common/policy/git_url_text.c)
    [ -n "$words" ] || complain "cannot read the reasons in common/policy/git_url_text.c"
    for word in $words not-listed policy-unreadable; do
        [ "$word" = ok ] || grep -qF "*$word*" docs/nbsync-policy.ini.5.scd ||
            complain "nbsync-policy.ini.5.scd lacks the reason '$word'"
    done
}

check_all() {
    check_keys
    check_commands
    check_policy
    [ "$problems" -eq 0 ]
}

# Breaks a copy in one place, and expects to be told.
plant() { # FILE SED
    local copy
    copy=$(mktemp -d) || exit 2
    mkdir -p "$copy/common/base" "$copy/common/policy"
    cp -r config ctl docs "$copy"
    cp common/base/err.h "$copy/common/base"
    cp common/policy/*.c "$copy/common/policy"
    sed -i -E "$2" "$copy/$1"
    if cmp -s "$1" "$copy/$1"; then
        complain "the test cannot break $1 with '$2'"
    elif bash "$script" "$copy" >/dev/null; then
        complain "nobody notices '$2' in $1"
    fi
    rm -rf "$copy"
}

self_test() {
    plant docs/nbsyncd.ini.5.scd '/^\*git_poll\* = /d'
    plant docs/nbsyncd.ini.5.scd 's/Default: \*300ms\*/Default: *400ms*/'
    plant docs/nbsyncd.ini.5.scd 's/^# \[mapping NAME\]/# [workspace NAME]/'
    plant config/keys.c '/MAPPING\("outputs"/d'
    plant config/keys.c 's/MAPPING\("poll"/MAPPING("pull"/'
    plant docs/nbsync.1.scd 's/^## status/## state/'
    plant docs/nbsync.1.scd 's/nbsync policy/nbsync polity/'
    plant docs/nbsync.1.scd 's/^\*--dump\*/*--dmp*/'
    plant docs/nbsync.1.scd 's/^\*--once\*, \*--no-wait\*/*--once*/'
    plant docs/nbsync.1.scd '/^\*75\*$/d'
    plant docs/nbsync-policy.ini.5.scd 's/^\*allow_whole_host\*/*allow_host*/'
    plant docs/nbsync-policy.ini.5.scd 's/\*host-numeric\*/*host*/'
}

script=$(realpath "$0") || exit 2
cd "${1:-$(dirname "$script")/..}" || exit 2
check_all || exit 1
if [ $# -eq 0 ]; then
    self_test
    [ "$problems" -eq 0 ] || exit 1
    echo "docs-manual: $(table_keys | wc -l) keys are described, and gaps would be noticed"
fi
