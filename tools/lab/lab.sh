# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A lab of network namespaces, to be sourced by bash scripts. Everything it makes is written into a
# registry first and removed by that registry: at exit, at Ctrl-C, or later by lab_close_left_over.
#
#   lab_open                       starts a lab with a prefix of its own
#   lab_netns NAME                 a namespace without IPv6 and without addresses
#   lab_switch NAME                a switch in a namespace of its own
#   lab_host NAME SWITCH VLAN ADDRESS MAC     a host on an access port of the switch
#   lab_wire SWITCH NAME PORT      a trunk cable from the switch to PORT in the namespace NAME
#   lab_in NAME command...         runs the command there
#   lab_spawn NAME LOG command...  starts it there in the background; its pid in LAB_PID
#   lab_wait_listen NAME PORT      until someone listens on the TCP port
#
# A namespace is entered with nsenter and not with `ip netns exec`, which would mount another /sys
# and hide the BPF file system.

LAB_ROOT=/run/wardgate-lab
LAB=			# folder of this lab: registry, logs, files
LAB_PREFIX=
LAB_PID=

lab_fail() {
	printf 'lab: %s\n' "$*" >&2
	exit 1
}

# When the process started, in ticks: with its pid it names one process for ever. Fails when it ended.
lab_started() {
	local line fields
	line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	read -ra fields <<<"${line##*) }"
	[ "${fields[0]}" != Z ] || return 1
	printf '%s\n' "${fields[19]}"
}

lab_register() {
	printf '%s\n' "$*" >>"$LAB/registry"
}

lab_open() {
	[ "$(id -u)" = 0 ] || lab_fail "needs root, for network namespaces and BPF"
	(lab_close_left_over) >&2
	LAB_PREFIX=wg$$
	LAB=$LAB_ROOT/$LAB_PREFIX
	# Another lab that ends may take the empty folder away in between.
	until mkdir -m 700 "$LAB" 2>/dev/null; do
		[ ! -e "$LAB" ] || lab_fail "$LAB is already there"
		mkdir -p "$LAB_ROOT" || lab_fail "$LAB_ROOT cannot be made"
	done
	trap 'lab_close "$LAB"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	lab_register "owner $$ $(lab_started $$)"
}

# From here on the lab stays after the script's end, for lab_close_left_over of the same folder.
lab_keep() {
	lab_register "keep $PWD"
	trap - EXIT INT TERM HUP
}

lab_path() {
	printf '/run/netns/%s-%s\n' "$LAB_PREFIX" "$1"
}

lab_in() {
	local name=$1
	shift
	nsenter --net="/run/netns/$LAB_PREFIX-$name" "$@"
}

lab_netns() {
	lab_register "netns $LAB_PREFIX-$1"
	ip netns add "$LAB_PREFIX-$1"
	lab_in "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
}

lab_spawn() {
	local name=$1 log=$2
	shift 2
	nsenter --net="/run/netns/$LAB_PREFIX-$name" "$@" >>"$LAB/$log.log" 2>&1 </dev/null &
	LAB_PID=$!
	lab_register "pid $LAB_PID $(lab_started $LAB_PID)"
}

# A BPF file system of the lab's own: unmounting it removes every pin.
lab_bpffs() {
	mkdir -p "$LAB/bpf"
	lab_register "mount $LAB/bpf"
	mount -t bpf bpf "$LAB/bpf"
}

# A setting of the whole machine that only grows, and is put back in the end.
lab_sysctl() {
	local key=$1 least=$2 now
	now=$(sysctl -n "$key")
	[ "$now" -lt "$least" ] || return 0
	lab_register "sysctl $key=$now"
	sysctl -qw "$key=$least"
}

lab_switch() {
	lab_netns "$1"
	lab_in "$1" ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	lab_in "$1" ip link set br0 up
}

# The switch's port of a host, put into a VLAN: tags on the way in, untags on the way out. VLAN "none"
# leaves frames as they are.
lab_access() {
	local switch=$1 port=$2 vlan=$3
	local object=$LAB_BUILD/tools/lab/vlan.bpf.o
	[ "$vlan" != none ] || return 0
	lab_in "$switch" tc filter replace dev "$port" ingress prio 1 handle 1 \
		bpf da obj "$object" sec "tc/tag$vlan"
	lab_in "$switch" tc filter replace dev "$port" egress prio 1 handle 1 \
		bpf da obj "$object" sec "tc/untag$vlan"
}

lab_host() {
	local name=$1 switch=$2 vlan=$3 address=$4 mac=$5
	lab_netns "$name"
	ip link add "$name" netns "$LAB_PREFIX-$switch" type veth \
		peer name eth0 address "$mac" netns "$LAB_PREFIX-$name"
	lab_in "$switch" tc qdisc add dev "$name" clsact
	lab_access "$switch" "$name" "$vlan"
	lab_in "$switch" ip link set "$name" master br0 up
	# XDP reads frames as a wire carries them: whole checksums, no segments to cut later.
	lab_in "$name" ethtool -K eth0 tx off tso off gso off txvlan off rxvlan off >/dev/null
	lab_in "$name" ip address add "$address" dev eth0
	lab_in "$name" ip link set lo up
	lab_in "$name" ip link set eth0 up
}

lab_wire() {
	local switch=$1 name=$2 port=$3
	ip link add trunk netns "$LAB_PREFIX-$switch" type veth \
		peer name "$port" netns "$LAB_PREFIX-$name"
	# Tags inside the frames; GRO, because only then veth takes redirected frames from its peer.
	lab_in "$switch" ethtool -K trunk tx off tso off gso off txvlan off rxvlan off gro on >/dev/null
	lab_in "$switch" ip link set trunk master br0 up
	lab_in "$name" ip link set "$port" up
}

lab_wait_listen() {
	local name=$1 port=$2 tries=100
	while ! lab_in "$name" ss -Htln "sport = :$port" | grep -q .; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || lab_fail "nobody listens on $name, port $port"
		sleep 0.05
	done
}

lab_alive() {
	[ -n "$2" ] && [ "$(lab_started "$1")" = "$2" ]
}

lab_stop() {
	local pid=$1 started=$2 tries=40
	lab_alive "$pid" "$started" || return 0
	kill "$pid" 2>/dev/null
	while lab_alive "$pid" "$started"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || { kill -KILL "$pid" 2>/dev/null; break; }
		sleep 0.05
	done
}

# What still runs in a namespace of the lab can only be a child of what the lab started there.
lab_stop_inside() {
	local pid
	for pid in $(ip netns pids "$1" 2>/dev/null); do
		[ "$pid" = $$ ] || lab_stop "$pid" "$(lab_started "$pid")"
	done
}

lab_each() {
	sed -n "s/^$2 //p" "$1/registry" | tac
}

lab_close() {
	local lab=$1 a b
	set +e
	trap '' INT TERM HUP
	[ -f "$lab/registry" ] || return 0
	while read -r a b; do lab_stop "$a" "$b"; done < <(lab_each "$lab" pid)
	while read -r a; do lab_stop_inside "$a"; done < <(lab_each "$lab" netns)
	while read -r a; do sysctl -qw "$a"; done < <(lab_each "$lab" sysctl)
	while read -r a; do find "$a" -depth -type d -exec rmdir {} +; done < <(lab_each "$lab" cgroup)
	while read -r a; do umount "$a" 2>/dev/null; done < <(lab_each "$lab" mount)
	while read -r a; do ip netns delete "$a" 2>/dev/null; done < <(lab_each "$lab" netns)
	rm -rf "$lab"
	rmdir "$LAB_ROOT" 2>/dev/null
	return 0
}

# Labs whose script was killed and, with a folder in $1, those that were kept from there.
lab_close_left_over() {
	local folder=${1:-} lab pid started
	for lab in "$LAB_ROOT"/*; do
		[ -f "$lab/registry" ] || continue
		read -r pid started < <(lab_each "$lab" owner)
		# Just being opened.
		[ -n "$started" ] || continue
		if grep -q '^keep' "$lab/registry"; then
			[ -n "$folder" ] && grep -qxF "keep $folder" "$lab/registry" || continue
		elif lab_alive "$pid" "$started"; then
			continue
		fi
		lab_close "$lab"
		printf 'removed the lab %s\n' "${lab##*/}"
	done
}
