# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the system tests, which print TAP: "ok - sentence", "not ok - sentence", and why in "# " lines.
# Each has a lab of its own and leaves nothing behind.
#
#   check "sentence" command...     ok when the command succeeds
#   equal "sentence" GOT WANTED
#   check "sentence" within SECONDS command...    and is WANTED command..., of what comes in time
#   skip "sentence" "why"

set -uo pipefail
BUILD=${BUILD:-build}
LAB_BUILD=$(realpath -m "$BUILD")

# shellcheck source=tools/lab/lab.sh
. tools/lab/lab.sh
# shellcheck source=tools/lab/gateway.sh
. tools/lab/gateway.sh

failures=0

check() {
	local sentence=$1 output
	shift
	if output=$("$@" 2>&1); then
		printf 'ok - %s\n' "$sentence"
	else
		failures=$((failures + 1))
		printf 'not ok - %s\n' "$sentence"
		printf '# %s\n' "failed: $*"
		sed 's/^/# /' <<<"$output"
	fi
}

equal() {
	if [ "$2" = "$3" ]; then
		printf 'ok - %s\n' "$1"
	else
		failures=$((failures + 1))
		printf 'not ok - %s\n# got %s, wanted %s\n' "$1" "$2" "$3"
	fi
}

# between SENTENCE GOT LOW HIGH
between() {
	if [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]; then
		printf 'ok - %s\n' "$1"
	else
		failures=$((failures + 1))
		printf 'not ok - %s\n# got %s, wanted %s to %s\n' "$1" "$2" "$3" "$4"
	fi
}

# within SECONDS command...: until it succeeds, looked at ten times a second.
within() {
	local tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || { "$@"; return; }
		sleep 0.1
	done
}

# is WANTED command...: what the command prints.
is() {
	local wanted=$1 got
	shift
	got=$("$@")
	[ "$got" = "$wanted" ] || { echo "got $got, wanted $wanted"; false; }
}

skip() {
	printf 'ok - %s # SKIP %s\n' "$1" "$2"
}

# gen0 <-> gw0 (gateway) gw1 <-> sink0: what `load` needs.
load_cables() {
	lab_netns generator
	lab_netns gateway
	lab_netns sink
	ip link add gen0 netns "$LAB_PREFIX-generator" type veth \
		peer name gw0 netns "$LAB_PREFIX-gateway"
	ip link add sink0 netns "$LAB_PREFIX-sink" type veth \
		peer name gw1 netns "$LAB_PREFIX-gateway"
	# Only with GRO does veth take redirected frames from its peer.
	lab_in generator ethtool -K gen0 gro on
	lab_in sink ethtool -K sink0 gro on
	lab_in generator ip link set gen0 up
	lab_in sink ip link set sink0 up
	lab_in gateway ip link set gw0 up
	lab_in gateway ip link set gw1 up
}

# A policy for the hundred devices of the load. $1: a limit or nothing; $2: one more service.
load_policy() {
	local i
	cat <<-END
	version: 1
	links:
	  - {name: load, clinical: gw0, it: gw1}
	networks:
	  peer: [198.19.255.254]
	profiles:
	  loaded:
	    allow:
	      - {to: peer, services: [udp/5000, ${2:-udp/5002}]}
	    ${1:+limit: $1}
	devices:
	END
	for ((i = 1; i <= 100; i++)); do
		printf '  - {name: load-%d, mac: 02:01:00:00:00:%02x, ip: 198.18.0.%d, profile: loaded}\n' \
			"$i" "$i" "$i"
	done
}

# load SECONDS FRAMES_A_SECOND: sets sent, sent_forbidden, received, received_forbidden, and took, in ms.
load() {
	local line
	line=$("$LAB_BUILD/tests/system/load" "$LAB_PREFIX-generator" "$LAB_PREFIX-sink" "$@") || return 1
	read -r _ sent sent_forbidden _ received received_forbidden _ took <<<"$line"
}

status_of() {
	wardgate --json status | jq -r "$1"
}
