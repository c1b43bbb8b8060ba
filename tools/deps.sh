#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Installs what Wardgate needs, and nothing when all is there.
#
#   sudo sh tools/deps.sh [build] [demo] [check] [bench] [vm] [deb]    default: all but vm and deb
#   sh tools/deps.sh --list [group...]                        only shows the table
#
# Debian 12 is the reference. On another distribution it names what is missing and fails.
#
# It starts no service and replaces none: packages that bring a daemon (chrony would remove
# systemd-timesyncd, prometheus would start) are not installed but unpacked below build/peers.
set -eu

# group     how   package            probe                  what for
table() {
	cat <<'EOF'
build       apt   make               cmd:make               runs everything
build       apt   gcc                cmd:gcc                compiles the daemon and the CLI
build       apt   libc6-dev          file:stdio.h           headers of the C library
build       apt   linux-libc-dev     file:linux/bpf.h       the kernel's UAPI headers
build       apt   clang              cmd:clang              compiles the XDP program to BPF
build       apt   bpftool            cmd:bpftool            turns BPF objects into skeletons
build       apt   pkg-config         cmd:pkg-config         finds libraries
build       apt   libbpf-dev         lib:libbpf             loads BPF programs
build       apt   libelf-dev         lib:libelf             under libbpf
build       apt   zlib1g-dev         lib:zlib               under libbpf
build       apt   libnl-3-dev        lib:libnl-3.0          watches interfaces
build       apt   libnl-route-3-dev  lib:libnl-route-3.0    watches interfaces
build       apt   libyaml-dev        lib:yaml-0.1           reads policies, with places
build       apt   libjansson-dev     lib:jansson            JSON of the control socket
build       apt   tzdata             file:/usr/share/zoneinfo/Etc/UTC  time zones of policies
build       apt   libmd-dev          lib:libmd              SHA-256 of a policy
demo,check,bench  apt  iproute2      cmd:ip                 namespaces, veth, tc
demo,check,bench  apt  ethtool       cmd:ethtool            offloads of veth
demo,check,bench  apt  util-linux    cmd:nsenter            enters namespaces
demo,check,bench  apt  procps        cmd:sysctl             switches of a namespace
demo,check,bench  apt  jq            cmd:jq                 reads what the CLI says as JSON
demo,check  apt   iputils-ping       cmd:ping               echo, and the ping flood
demo,check  apt   dcmtk              cmd:storescp           DICOM: C-ECHO and C-STORE
demo,check  apt   curl               cmd:curl               HTTPS client
demo,check  apt   openssl            cmd:openssl            HTTPS server and its certificate
demo,check  apt   python3            cmd:python3            HL7 server
demo,check  apt   python3-hl7        py:hl7                 HL7 over MLLP
demo,check  apt   python3-scapy      py:scapy               hand-made frames
demo,check  apt   nmap               cmd:nmap               the scan; nping for forged frames
demo,check  apt   hping3             cmd:hping3             forged addresses
demo,check  apt   tcpdump            cmd:tcpdump            what reaches the far side
check       apt   thc-ipv6           cmd:atk6-firewall6     IPv6 attacks: headers, fragments, router advertisements
demo,check  copy  chrony             cmd:chronyd            NTP server and client
demo,check  apt   libcap2            so:libcap.so.2         library of chronyd
demo,check  apt   libgnutls30        so:libgnutls.so.30     library of chronyd
demo,check  apt   libnettle8         so:libnettle.so.8      library of chronyd
demo,check  apt   libseccomp2        so:libseccomp.so.2     library of chronyd
demo,check  copy  prometheus         cmd:promtool           checks metrics and alerts, and is what scrapes
check       copy  prometheus-node-exporter  cmd:prometheus-node-exporter  reads the textfile
check       apt   python3-jsonschema  py:jsonschema         holds policies against their JSON Schema
check       apt   python3-yaml       py:yaml                reads them for that
check       apt   libcriterion-dev   lib:criterion          unit tests and packet rows
check       apt   libclang-rt-dev    san:fuzzer             fuzzers and sanitizers
check       apt   git                cmd:git                lists the files that the house rules are held to
check       apt   netcat-openbsd     cmd:nc                 a TCP session that a revocation must stop
check       apt   mandoc            cmd:mandoc              finds faults in the manual
check       apt   man-db            cmd:man                 reads it as people do
deb         apt   debhelper         cmd:dh                  builds the Debian package
deb         apt   dpkg-dev          cmd:dpkg-buildpackage   builds it
deb         apt   lintian           cmd:lintian             finds faults in it
deb         apt   debootstrap       cmd:debootstrap         a Debian to install it in
bench       apt   nftables           cmd:nft                the firewall to compare with
bench       apt   sockperf          cmd:sockperf           latency through the gateway
vm          apt   qemu-system-x86    cmd:qemu-system-x86_64  machines with other kernels
vm          apt   busybox-static     cmd:busybox            the first process of such a machine
vm          apt   cpio               cmd:cpio               packs what it starts from
vm          apt   xz-utils           cmd:xz                 unpacks kernel modules
vm          apt   zstd               cmd:zstd               unpacks kernel modules
EOF
}

say() {
	printf 'deps: %s\n' "$*" >&2
}

# Rows whose group was asked for.
wanted() {
	table | while read -r in how package probe what; do
		for group in $groups; do
			case ",$in," in
			*",$group,"*)
				printf '%s %s %s %s\n' "$how" "$package" "$probe" "$what"
				break
				;;
			esac
		done
	done
}

# chronyd always comes from the copy: AppArmor lets an installed one read its own files only.
copied() {
	[ -x "$peers/usr/bin/$1" ] || [ -x "$peers/usr/sbin/$1" ] || { [ "$1" != chronyd ] && found "cmd:$1"; }
}

# Is it there, however it came? For distributions that are not asked by dpkg.
found() {
	case $1 in
	cmd:*) PATH=$PATH:/usr/sbin:/sbin command -v "${1#cmd:}" >/dev/null ;;
	lib:*) pkg-config --exists "${1#lib:}" 2>/dev/null ;;
	file:*) printf '#include <%s>\n' "${1#file:}" | cc -E - >/dev/null 2>&1 ;;
	so:*) PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null | grep -q "${1#so:}" ;;
	san:*) echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		clang -x c -fsanitize="${1#san:}" - -o /dev/null 2>/dev/null ;;
	py:*) /usr/bin/python3 -c "import ${1#py:}" 2>/dev/null ;;
	esac
}

not_debian() {
	lacking=$(wanted | while read -r _ package probe what; do
		found "$probe" || printf '  %-26s %s\n' "$package" "$what"
	done)
	[ -n "$lacking" ] || exit 0
	say "this is not Debian, so nothing was installed. Still needed, by the names Debian 12 uses:"
	printf '%s\n' "$lacking" >&2
	exit 1
}

installed() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p'
}

root_or_fail() {
	[ "$(id -u)" = 0 ] && return
	say "to install: $*"
	say "run: sudo sh tools/deps.sh $groups"
	exit 1
}

update_once() {
	[ -z "$updated" ] || return 0
	updated=yes
	apt-get -qq update >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
}

install_packages() {
	update_once
	say "installing $*"
	DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -qq -y \
		-o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		install --no-install-recommends "$@" >"$work/log" 2>&1 </dev/null ||
		{ cat "$work/log" >&2; say "apt-get could not install: $*"; exit 1; }
}

# A package's programs and nothing else of it: no user, no service, nothing outside build/.
unpack_package() {
	update_once
	say "unpacking $1 into $peers"
	mkdir -p "$work/deb.$1" "$peers"
	(cd "$work/deb.$1" && apt-get -qq -o APT::Sandbox::User=root download "$1") >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; say "apt-get could not download $1"; exit 1; }
	dpkg-deb --fsys-tarfile "$work/deb.$1"/*.deb | tar -x -C "$peers" --wildcards './usr/*bin/*'
}

# The comment at the top of this file.
usage() {
	sed -n '4,/^set /{ /^set /d; s/^# \{0,1\}//; p; }' "$0"
}

list=
groups=
for argument; do
	case $argument in
	build | demo | check | bench | vm | deb) groups="$groups $argument" ;;
	--list) list=yes ;;
	-h | --help) usage; exit 0 ;;
	*) say "unknown argument \"$argument\": build, demo, check, bench, vm, deb, --list or --help"; exit 2 ;;
	esac
done
groups=${groups:-build demo check bench}
root=$(cd "$(dirname "$0")/.." && pwd)
peers=${BUILD:-$root/build}/peers
updated=

if [ -n "$list" ]; then
	wanted | while read -r how package _ what; do
		printf '%-26s %s%s\n' "$package" "$what" "$([ "$how" = apt ] || echo ' (unpacked, not installed)')"
	done
	exit 0
fi
if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	not_debian
fi

have=$(installed)
missing=$(wanted | while read -r how package probe _; do
	[ "$how" = apt ] || continue
	printf '%s\n' "$have" | grep -qx "$package" || printf '%s ' "$package"
done)
uncopied=$(wanted | while read -r how package probe _; do
	[ "$how" = copy ] || continue
	copied "${probe#cmd:}" || printf '%s ' "$package"
done)
[ -n "$missing$uncopied" ] || exit 0
root_or_fail "$missing$uncopied"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
# shellcheck disable=SC2086 # a list of names
[ -z "$missing" ] || install_packages $missing
for package in $uncopied; do
	unpack_package "$package"
done
