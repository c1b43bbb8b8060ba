# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the steps of the kernel matrix, to be sourced in the tree's root. They print TAP as the system
# tests do, with the same words: see tests/system/common.sh. Added here:
#
#   vm_cable NAME PORT ADDRESS MAC    a host, and its cable into PORT of the gateway
#   vm_reaches NAME ADDRESS           ping is answered
#   vm_listen NAME PORT               a TCP listener that takes any number of connections
#   vm_connects NAME ADDRESS PORT     a TCP connection is accepted
#   vm_transfer FROM TO ADDRESS PORT BYTES    a file arrives whole over TCP
#   vm_ask COMMAND...                 what the host does for the machine: see tests/vm/run.sh

# shellcheck source=tests/system/common.sh
. tests/system/common.sh

# XDP reads frames as a wire carries them: whole checksums, no segments, tags inside the frames. And
# GRO, for only then veth takes redirected frames from its peer.
vm_plain() {
	lab_in "$1" ethtool -K "$2" tx off tso off gso off txvlan off rxvlan off gro on >/dev/null
}

vm_cable() {
	local name=$1 port=$2 address=$3 mac=$4
	lab_netns "$name"
	ip link add "$port" netns "$LAB_PREFIX-gateway" type veth \
		peer name eth0 address "$mac" netns "$LAB_PREFIX-$name"
	vm_plain "$name" eth0
	[ -z "$address" ] || lab_in "$name" ip address add "$address" dev eth0
	lab_in "$name" ip link set lo up
	lab_in "$name" ip link set eth0 up
	lab_in gateway ip link set "$port" up
}

vm_reaches() {
	lab_in "$1" ping -n -c 3 -i 0.2 -W 2 "$2" | grep -q ' [1-3] received'
}

vm_listen() {
	lab_spawn "$1" "nc-$1-$2" nc -6 -n -l -k "$2"
	lab_wait_listen "$1" "$2"
}

vm_connects() {
	lab_in "$1" nc -n -z -w 3 "$2" "$3"
}

vm_transfer() {
	local from=$1 to=$2 address=$3 port=$4 bytes=$5 receiver
	head -c "$bytes" /dev/urandom >"$LAB/sent"
	lab_spawn "$to" receiver sh -c "exec nc -n -l $port >$LAB/received"
	receiver=$LAB_PID
	lab_wait_listen "$to" "$port"
	lab_in "$from" timeout 60 nc -n -N -w 20 "$address" "$port" <"$LAB/sent" || return 1
	wait "$receiver"
	cmp "$LAB/sent" "$LAB/received"
}

# No: the forbidden must not arrive, however the command fails.
vm_not() {
	! "$@"
}

vm_ask() {
	local tries=1200
	rm -f /run/vm/answer
	printf '%s\n' "$*" >/run/vm/ask.part
	mv /run/vm/ask.part /run/vm/ask
	until [ -e /run/vm/answer ]; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
	cat /run/vm/answer
}
