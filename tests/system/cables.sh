# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For system tests whose hosts stand alone at a port of the gateway, or at a switch that only
# repeats. To be sourced after common.sh.
#
#   cable NAME PORT ADDRESS MAC     a host, and its cable into PORT of the gateway, not in yet
#   plug NAME...                    plugs them in
#   reaches NAME ADDRESS            ping is answered
#   serve NAME PORT                 HTTP
#   fetches NAME ADDRESS PORT       a page comes by HTTP
#   refused COMMAND...              the command fails

# XDP reads frames as a wire carries them; and GRO, for only then veth takes redirected frames.
cable() {
	local name=$1 port=$2 address=$3 mac=$4
	lab_netns "$name"
	ip link add "$port" netns "$LAB_PREFIX-gateway" type veth \
		peer name eth0 address "$mac" netns "$LAB_PREFIX-$name"
	lab_in "$name" ethtool -K eth0 tx off tso off gso off txvlan off rxvlan off gro on >/dev/null
	lab_in "$name" ip address add "$address" dev eth0
	lab_in "$name" ip link set lo up
	lab_in gateway ip link set "$port" up
}

plug() {
	local name
	for name in "$@"; do lab_in "$name" ip link set eth0 up; done
}

reaches() {
	lab_in "$1" ping -n -c 3 -i 0.2 -W 1 "$2" | grep -q ' [1-3] received'
}

serve() {
	mkdir -p "$LAB/pages"
	head -c 100000 /dev/zero | tr '\0' 'P' >"$LAB/pages/page"
	lab_spawn "$1" "http-$1-$2" /usr/bin/python3 -m http.server -d "$LAB/pages" "$2"
	lab_wait_listen "$1" "$2"
}

fetches() {
	lab_in "$1" curl -sS -g --max-time 3 -o "$LAB/fetched" "http://$2:$3/page" 2>&1 &&
		cmp -s "$LAB/fetched" "$LAB/pages/page"
}

refused() {
	! "$@"
}
