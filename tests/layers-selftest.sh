#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# layers.sh must find what it is there to find: plants one violation of each kind in a small tree
# of its own and expects exactly that sentence.
set -u

layers=$(cd "$(dirname "$0")" && pwd)/layers.sh
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

C_LICENCE='/* SPDX-License-Identifier: Apache-2.0 */'

# A tree in which everything is allowed: also what must not be mistaken for a violation.
plant_clean_tree() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree"/{common/{base,fs,format,http,notebook,policy,workspace,git,sync},config,daemon,ctl} \
        "$work/tree"/tests/{unit,emulator,bench}
    source_file common/base/util.h '#pragma once'
    source_file common/http/http_curl.c '#include <curl/curl.h>' '#include "base/util.h"'
    source_file common/format/json.c '#include <cjson/cJSON.h>'
    source_file common/format/ini.c '#include <ini.h>'
    source_file common/notebook/cells.c '#include "base/util.h"' '#include "notebook/notebook.h"'
    source_file common/policy/policy_file.c '#include <sys/stat.h>' '#include "fs/fs.h"'
    source_file common/git/hub.c '#include <git2.h>' '#include <git2/sys/mempack.h>'
    source_file common/sync/cycle.c '#include "git/hub.h"' '#include "config/config.h"'
    source_file daemon/main.c '#include <uv.h>' '#include "daemon/loop.h"' '#include "version.h"' \
        'int main(void)' '{' '	secret_forbid_dumps();' '	return 0;' '}'
    source_file ctl/status.c '#include "ctl/ctl.h"' '#include "sync/cycle.h"'
    source_file tests/emulator/main.c '#include <microhttpd.h>' '#include "server.h"'
    source_file tests/unit/test-a.c '#include <cmocka.h>' '#include "sync/plan.h"'
    source_file tests/bench/json.c '#include <cjson/cJSON.h>'
    source_file common/base/long.c "$(printf '%s\n' 'int f(void)' '{'; yes '	f();' | head -59; echo '}')"
    printf '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n' >"$work/tree/check"
}

source_file() { # PATH LINES...
    local path=$work/tree/$1
    shift
    printf '%s\n' "$C_LICENCE" "$@" >"$path"
}

expect() { # WHAT PATTERN: the sentence that layers.sh must say
    local said
    if said=$("$BASH" "$layers" "$work/tree"); then
        echo "layers-selftest: $1: nothing was found" >&2
    elif ! grep -q "$2" <<<"$said"; then
        echo "layers-selftest: $1: expected '$2' in: $said" >&2
    elif [ "$(wc -l <<<"$said")" -ne 2 ]; then
        echo "layers-selftest: $1: expected one violation: $said" >&2
    else
        return
    fi
    failures=$((failures + 1))
}

# file | one line to put there | pattern of the complaint
while IFS='|' read -r file line pattern; do
    plant_clean_tree
    source_file "$file" "$line"
    expect "$file gets $line" "^$file:2: $pattern"
done <<'TABLE'
common/base/util.c|#include "git/hub.h"|'common/base' must not include 'git/hub.h'
common/notebook/merge.c|#include "policy/policy.h"|'common/notebook' must not include
common/policy/policy.c|#include "workspace/workspace.h"|'common/policy' must not include
common/workspace/auth.c|# include  "git/hub.h"|'common/workspace' must not include
common/workspace/auth.c|#include "config/config.h"|'common/workspace' must not include
common/git/hub.h|#include "sync/plan.h" /* why */|'common/git' must not include
common/sync/side.c|#include "daemon/loop.h"|'common/sync' must not include
config/config.c|#include "sync/plan.h"|'config' must not include
daemon/main.c|#include "ctl/ctl.h"|'daemon' must not include
ctl/main.c|#include "daemon/loop.h"|'ctl' must not include
ctl/main.c|#include "ctl.h"|'ctl.h' must be included with its folder
common/workspace/list.c|#include <curl/curl.h>|<curl/curl.h> belongs to
common/base/util.c|#include <curl/curl.h>|<curl/curl.h> belongs to
common/sync/cycle.c|#include <git2.h>|<git2.h> belongs to
common/sync/cycle.c|#include <git2/sys/mempack.h>|<git2/sys/mempack.h> belongs to
common/workspace/list.c|#include <cjson/cJSON.h>|<cjson/cJSON.h> belongs to
config/config.c|#include <ini.h>|<ini.h> belongs to
ctl/main.c|#include <uv.h>|<uv.h> belongs to
tests/unit/test-b.c|#include <uv.h>|<uv.h> belongs to
daemon/serve.c|#include <microhttpd.h>|<microhttpd.h> belongs to
common/base/util.c|#include <cmocka.h>|<cmocka.h> belongs to
common/notebook/read.c|#include <unistd.h>|a pure file must not include 'unistd.h'
common/policy/git_url.c|#include "fs/fs.h"|a pure file must not include 'fs/fs.h'
common/policy/policy.c|#include <sys/stat.h>|a pure file must not include 'sys/stat.h'
common/sync/plan_merge.c|#include <time.h>|a pure file must not include 'time.h'
TABLE

plant_clean_tree
if ! said=$("$BASH" "$layers" "$work/tree"); then
    echo "layers-selftest: the clean tree is refused: $said" >&2
    failures=$((failures + 1))
fi

plant_clean_tree
printf 'int x;\n' >"$work/tree/daemon/x.c"
expect "a source file without licence" "^daemon/x.c:1: the first line must be"

plant_clean_tree
printf '#!/bin/sh\nexit 0\n' >"$work/tree/check"
expect "a script without licence" "^check:1: the first line must be"

plant_clean_tree
source_file ctl/big.c "$(yes '/* . */' | head -599)"
expect "a file of 600 lines" "^ctl/big.c:600: a file must have fewer"

plant_clean_tree
source_file ctl/big.c "$(printf '%s\n' 'int f(void)' '{'; yes '	f();' | head -60; echo '}')"
expect "a function of 60 lines" "^ctl/big.c:3: a function must have fewer than 60 lines, this one has 60"

plant_clean_tree
source_file daemon/main.c 'int main(int argc, char **argv)' '{' '	int n = parse(argc, argv);' \
    '' '	secret_forbid_dumps();' '	return n;' '}'
expect "a program that may leave a core for a while" "^daemon/main.c:4: a program begins with"

if [ "$failures" -ne 0 ]; then
    echo "layers-selftest: $failures failures"
    exit 1
fi
echo "layers-selftest: every planted violation was found"
