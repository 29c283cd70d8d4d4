#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# units.sh SYSTEM-UNIT... USER-UNIT: every unit passes systemd-analyze verify, and each system unit
# scores at most 2.0 in systemd-analyze security (0 is best; most daemons are above 7).
set -u

threshold=20 # 2.0, as the option wants it
failures=0

fail() {
    echo "units: $*" >&2
    failures=$((failures + 1))
}

if ! command -v systemd-analyze >/dev/null; then
    echo "units: skipped, systemd-analyze is not installed"
    exit 77
fi
if [ $# -lt 2 ]; then
    echo "usage: units.sh SYSTEM-UNIT... USER-UNIT" >&2
    exit 2
fi
user_unit=${*: -1}
system_units=("${@:1:$#-1}")

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/system" "$work/user"
export XDG_RUNTIME_DIR="$work" # a user manager insists on one

# Verification wants the programs to exist; before installation ours does not.
place() { # UNIT TARGET
    sed -E 's|^(Exec[A-Za-z]*)=[^ ]*|\1=/bin/true|' "$1" >"$2"
}

verify() { # UNIT OPTIONS...
    local unit=$1 complaints
    shift
    # What it says about other units of the machine is not ours to mend.
    complaints=$(systemd-analyze verify --man=no --recursive-errors=no "$@" "$unit" 2>&1)
    local status=$?
    if [ "$status" -ne 0 ] || grep -qF "$work" <<<"$complaints"; then
        fail "$(basename "$unit") does not verify: $complaints"
    else
        echo "units: $(basename "$unit") verifies"
    fi
}

for unit in "${system_units[@]}"; do
    name=$(basename "$unit")
    place "$unit" "$work/system/$name"
    verify "$work/system/$name"
    if report=$(systemd-analyze security --no-pager --offline=true --threshold=$threshold \
        "$work/system/$name" 2>&1); then
        echo "units: $name: $(tail -n 1 <<<"$report")"
    else
        fail "$name scores worse than 2.0: $(tail -n 1 <<<"$report")"
    fi
    grep -q '^RestartPreventExitStatus=78$' "$unit" || fail "$name restarts on a wrong configuration"
done

place "$user_unit" "$work/user/nbsyncd.service"
verify "$work/user/nbsyncd.service" --user

exit $((failures > 0))
