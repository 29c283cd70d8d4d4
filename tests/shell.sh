#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every script of ours passes shellcheck without a remark.
set -u

cd "$(dirname "$0")/.." || exit 2
if ! command -v shellcheck >/dev/null; then
    echo "shell: skipped, shellcheck is not installed"
    exit 77
fi

mapfile -t scripts < <(find . \( -name .git -o -name 'build*' -o -name '.cache' \) -prune -o \
    -type f \( -name '*.sh' -o -name '*.bash' -o -perm -u=x \) -print | sort)
checked=()
for script in "${scripts[@]}"; do
    if [[ $script == *.bash ]] || head -n 1 "$script" | grep -qE '^#!.*(/sh|bash)'; then
        checked+=("$script")
    fi
done
shellcheck "${checked[@]}" || exit 1
echo "shell: ${#checked[@]} scripts"
