# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A bare Debian system in a directory, and commands in it; sourced by the tests that want one.
#
# Nothing is mounted where others would see it: each command gets namespaces of its own, in which
# the directory is the root itself (in a chroot there could be no user namespaces). They, and every
# process left in them, are gone when the command ends, even if all this is killed. So whoever made
# such a directory removes it by a plain rm -rf.

# Whether there can be a bare system here; otherwise one sentence on standard output.
bare_root_possible() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "a bare Debian system needs root"
    elif ! command -v debootstrap >/dev/null; then
        echo "a bare Debian system needs the program debootstrap"
    elif [ -z "$(bare_root_mirror)" ]; then
        echo "apt has no source from which to take a bare Debian system"
    elif ! unshare --mount --pid --fork true 2>/dev/null; then
        echo "a bare Debian system needs namespaces, which are refused here"
    else
        return 0
    fi
    return 1
}

# The file in which this machine's first apt source stands: usually all of Debian, with its security.
bare_root_sources() {
    grep -lsE '^(deb |URIs:)' /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
        /etc/apt/sources.list.d/*.sources | head -n 1
}

# The address of that source: a bare system comes from the same place.
bare_root_mirror() {
    local file
    file=$(bare_root_sources)
    [ -z "$file" ] || sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb +(\[[^]]*\] +)?([^ ]+).*/\2/p' \
        "$file" | head -n 1
}

# Fills a directory, which is made, with the smallest Debian of this code name. apt in it finds what
# apt finds here, but of that release, and by the same proxies.
bare_root_make() { # CODENAME DIRECTORY
    local file here
    debootstrap --variant=minbase "$1" "$2" "$(bare_root_mirror)" </dev/null || return
    file=$(bare_root_sources)
    here=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    if [ -n "$here" ] && grep -qw "$here" "$file"; then
        rm -f "$2/etc/apt/sources.list"
        sed -E "s/\\b$here\\b/$1/g" "$file" >"$2/etc/apt/sources.list.d/$(basename "$file")"
        cp -rn /usr/share/keyrings/. "$2/usr/share/keyrings/"
    fi
    apt-config dump | grep -E '^Acquire::(Check|http|https)' | grep -v '""' \
        >"$2/etc/apt/apt.conf.d/90lent"
    return 0
}

# Runs a command in the root directory of such a system, with an environment of a few variables and
# those that name a proxy. Its exit status.
bare_root_run() { # DIRECTORY [NAME=VALUE...] COMMAND...
    local root=$1 proxies=() name
    shift
    for name in http_proxy https_proxy no_proxy; do
        [ -z "${!name:-}" ] || proxies+=("$name=${!name}")
    done
    unshare --mount --pid --fork --kill-child bash -c "$bare_root_enter" enter "$root" \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
        "${proxies[@]}" "$@"
}

# The bash that runs this is process 1 in there: it stays, and takes in what others leave behind.
# shellcheck disable=SC2016 # it is that bash which expands them
bare_root_enter='
    set -e
    cd "$1"
    shift
    mount --bind . .
    cd "$PWD"
    mount -t proc proc proc
    mount --rbind /dev dev # a bare one has no loop devices
    mount -t tmpfs -o mode=1777 tmpfs dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
    pivot_root . mnt
    umount --lazy /mnt
    set +e
    "$@"
    exit $?
'
