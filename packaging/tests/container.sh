# A container with a systemd of its own: sourced after lib.sh.
# shellcheck shell=bash
#
# LUMI_SYSTEMD_ROOT names the root of a distribution with systemd, as `debootstrap --include=systemd-sysv,dbus` makes it.
# It is copied, so it stays as it is.

[ "$(id -u)" = 0 ] || skip "only root can boot a container"
[ -n "${LUMI_SYSTEMD_ROOT:-}" ] || skip "LUMI_SYSTEMD_ROOT does not name the root of a distribution with systemd"
command -v systemd-nspawn >/dev/null || skip "systemd-nspawn is not installed"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/lumi-packages.XXXXXX")
tree=$scratch/root
nspawn=
cp -a --reflink=auto "$LUMI_SYSTEMD_ROOT" "$tree"

# boot ARGUMENT...: arguments are those of systemd-nspawn.
boot() {
    systemd-nspawn --register=no --keep-unit --private-network --quiet --boot --directory="$tree" "$@" \
        >"$scratch/console" 2>&1 </dev/null &
    nspawn=$!
    wait_for 60 "its first process" grep -q . "/proc/$nspawn/task/$nspawn/children"
    init=$(cut -d ' ' -f 1 "/proc/$nspawn/task/$nspawn/children")
    wait_for 300 "the end of booting" has_booted
}

# A unit of the root that fails is no matter of ours; systemctl tells it by its exit status, too.
has_booted() {
    case $(inside systemctl is-system-running --wait || true) in running | degraded) ;; *) false ;; esac
}

inside() {
    nsenter --all --target "$init" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
}

# A program of this machine on the network of the container.
on_its_network() {
    nsenter --net --target "$init" "$@"
}

stop() {
    inside systemctl poweroff || true
    local end=$((SECONDS + 60))
    while kill -0 "$nspawn" 2>/dev/null && [ $SECONDS -lt $end ]; do sleep 0.2; done
    kill -KILL "$nspawn" 2>/dev/null || true
    wait "$nspawn" 2>/dev/null || true
    nspawn=
}

clean_up() {
    [ -z "$nspawn" ] || { kill -KILL "$nspawn" && wait "$nspawn"; } 2>/dev/null || true
    # What ran inside may still be ending.
    rm -rf "$scratch" || { sleep 5 && rm -rf "$scratch"; }
}
trap clean_up EXIT

# ask COMMAND ARGUMENT...: lumi in the container, through its service.
ask() {
    inside sh -c 'cut -d : -f 2 /var/lib/lumi/credentials >/run/lumi-password && exec lumi "$@"' lumi "$@" \
        --url https://127.0.0.1:5986/wsman --user lumi --password-file /run/lumi-password --ca /var/lib/lumi/certificate.pem
}
