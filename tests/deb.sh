#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The Debian package, in a Debian that debootstrap makes: install, upgrade, remove and purge, with a
# gateway at work meanwhile. `make check-deb` builds it first. Slow: not a part of `make check`.
# The Debian is kept in $BUILD/deb/debian.tar; FRESH=1 makes a new one. Without a mirror it skips.
cd "$(dirname "$0")/.." || exit 1
. tests/system/common.sh
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

deb=$(realpath "$BUILD/deb")
package=$(ls "$deb"/wardgate_[0-9]*.deb) || exit 1
[ -z "${FRESH:-}" ] || rm -f "$deb/debian.tar"

# What the package depends on is in it, so that nothing is downloaded later.
bootstrap() {
	local tree=$deb/debian needs
	needs=$(dpkg-deb -f "$package" Depends | tr , '\n' | sed 's/(.*//; s/ //g' | paste -sd ,)
	rm -rf "$tree"
	debootstrap --variant=minbase --include="$needs,man-db,iproute2" bookworm "$tree" \
		"${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$deb/debootstrap.log" 2>&1 &&
		tar -c -f "$deb/debian.tar.new" -C "$tree" . && mv "$deb/debian.tar.new" "$deb/debian.tar"
	local failed=$?
	rm -rf "$tree"
	return $failed
}
if [ ! -e "$deb/debian.tar" ] && ! bootstrap; then
	skip "the Debian package in a Debian" "$(tail -n 1 "$deb/debootstrap.log")"
	exit 0
fi

lab_open
load_cables
load_policy >"$LAB/policy"
debian=$LAB/debian
# at FOLDER TYPE: mounts it there, in the Debian.
at() {
	mkdir -p "$debian/$1"
	lab_register "mount $debian/$1"
	mount -t "$2" "$2" "$debian/$1"
}
at "" tmpfs
tar -x -f "$deb/debian.tar" -C "$debian"
at proc proc
at sys sysfs
at sys/fs/bpf bpf
cp "$package" "$debian/wardgate.deb"

inside() {
	lab_in gateway chroot "$debian" "$@"
}
start_daemon() {
	lab_spawn gateway wardgated chroot "$debian" wardgated
	within 20 test -S "$debian/run/wardgate/control.sock" || sed 's/^/# /' "$LAB/wardgated.log"
}
passes() {
	load 1 50000 && [ "$received" = "$sent" ] && [ "$sent" -gt 0 ]
}
attached() {
	lab_in gateway ip -j link show | jq '[.[] | select(.xdp)] | length'
}

# The same package, but a newer one.
mkdir "$LAB/newer"
dpkg-deb -R "$package" "$LAB/newer"
sed -i 's/^Version: .*/&+newer/' "$LAB/newer/DEBIAN/control"
dpkg-deb --root-owner-group -b "$LAB/newer" "$debian/newer.deb" >/dev/null

check "it installs" inside dpkg -i /wardgate.deb
check "its programs run" inside wardgate version
check "the manual is found" bash -c '"$@" | grep -q "^WARDGATE-POLICY(5)"' - nsenter \
	--net="$(lab_path gateway)" chroot "$debian" man -P cat wardgate-policy
check "an example is a policy" inside wardgate check /usr/share/doc/wardgate/examples/starter.yaml
cp "$LAB/policy" "$debian/etc/wardgate/policy.yaml"
echo 'WARDGATED_OPTIONS="--interval 5"' >"$debian/etc/default/wardgated"
start_daemon
check "its daemon takes a policy" inside wardgate apply /etc/wardgate/policy.yaml
check "traffic passes" passes

check "a newer one is installed over it" inside dpkg -i --force-confold /newer.deb
equal "and is the one that is there" "$(inside dpkg-query -W -f '${Version}' wardgate)" \
	"$(dpkg-deb -f "$package" Version)+newer"
equal "what the administrator wrote stays" "$(cat "$debian/etc/default/wardgated")" \
	'WARDGATED_OPTIONS="--interval 5"'
check "traffic passes on" passes
equal "the gateway is on its ports" "$(attached)" 2

inside dpkg -r wardgate >"$LAB/said" 2>&1
equal "while a daemon runs that systemd does not know, it is not removed" "$?" 1
equal "and stays on its ports" "$(attached)" 2
lab_stop "$LAB_PID" "$(lab_started "$LAB_PID")"
check "traffic passes without the daemon" passes
check "then it is removed" inside dpkg -r wardgate
equal "and with it the gateway" "$(attached)" 0
check "the record of changes stays" test -s "$debian/var/lib/wardgate/audit.jsonl"
check "it is purged" inside dpkg -P wardgate
equal "with all but the administrator's policy" \
	"$(cd "$debian" && find etc usr var/lib lib run -path '*wardgate*' -not -type d -not -path '*/dpkg/*')" \
	etc/wardgate/policy.yaml
[ "$failures" = 0 ]
