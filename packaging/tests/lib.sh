# Shared by the tests of packages: sourced, not run.
# shellcheck shell=bash
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
packages=${LUMI_PACKAGES:-$top/target/packages}

skip() {
    echo "skipped: $*"
    exit 0
}

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# step TEXT: what is shown next.
step() {
    echo "=== $*"
}

# check TEXT COMMAND...: shows the command and what it prints; it must succeed.
check() {
    local text=$1
    shift
    echo "--- $text: $*"
    "$@" || fail "$text"
}

# refute TEXT COMMAND...: it must not succeed.
refute() {
    local text=$1
    shift
    ! "$@" >/dev/null 2>&1 || fail "$text: $*"
}

# wait_for SECONDS TEXT COMMAND...: until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1)) text=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || fail "$text does not come: $*"
        sleep 0.1
    done
}

# newest PATTERN: the file of a package.
newest() {
    local file
    # shellcheck disable=SC2012,SC2086 # a pattern of plain names
    file=$(ls -t $packages/$1 2>/dev/null | head -n 1)
    [ -n "$file" ] || skip "there is no $packages/$1; packaging/build makes it"
    echo "$file"
}

# next_version DEB FOLDER: the same package as version 99, with libraries that differ in their last byte.
next_version() {
    local tree=$2/next
    dpkg-deb -R "$1" "$tree"
    sed -i 's/^Version: .*/Version: 99/' "$tree/DEBIAN/control"
    find "$tree" -name 'liblumi.so' -exec sh -c 'printf 9 >>"$1"' sh {} \;
    rm -f "$tree/DEBIAN/md5sums"
    dpkg-deb --root-owner-group -Znone -b "$tree" "$2/$(basename "$1" | cut -d _ -f 1)_99.deb" >/dev/null
    rm -rf "$tree"
    echo "$2/$(basename "$1" | cut -d _ -f 1)_99.deb"
}

# files ROOT: the names of all files, but for logs, caches, and what the package manager and the system keep for themselves.
files() {
    (cd "$1" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp \
        -o -path ./var/log -o -path ./var/cache -o -path ./var/tmp -o -path './var/lib/dpkg' -o -path ./var/lib/rpm \
        -o -path ./var/lib/systemd \) -prune -o -print) | grep -vE '^\./etc/(\.pwd\.lock|group-|gshadow-|subgid-|subuid-|machine-id)$' | LC_ALL=C sort
}
