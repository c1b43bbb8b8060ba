# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The real gateway in the lab's namespace "gateway", to be sourced after lab.sh.

LAB_GATEWAY_PID=
LAB_EARLY=		# frames that the ports received before a gateway was there

# Whether all is well (0) or not (6).
gateway_answers() {
	wardgate status >/dev/null 2>&1
	case $? in
	0 | 6) return 0 ;;
	esac
	return 1
}

# gateway_start POLICY [OPTION...]
gateway_start() {
	local policy=$1 tries=600
	shift
	[ -d "$LAB/bpf" ] || lab_bpffs
	mkdir -p "$LAB/state" "$LAB/textfile"
	lab_spawn gateway wardgated "$LAB_BUILD/wardgated" --policy "$policy" --socket "$LAB/socket" \
		--state "$LAB/state" --bpffs "$LAB/bpf/wardgate" \
		--textfile "$LAB/textfile/wardgate.prom" --interval 1 "$@"
	LAB_GATEWAY_PID=$LAB_PID
	until gateway_answers; do
		tries=$((tries - 1))
		if [ "$tries" = 0 ] || ! kill -0 "$LAB_GATEWAY_PID" 2>/dev/null; then
			cat "$LAB/wardgated.log" >&2
			lab_fail "the gateway did not start"
		fi
		sleep 0.05
	done
	[ -n "$LAB_EARLY" ] || LAB_EARLY=$(gateway_early)
}

# Hosts that speak IPv6 join groups as soon as their cable is in. Looks until two looks agree: a frame
# may arrive between the two counters.
gateway_early() {
	local before now=
	until [ -n "$now" ] && [ "$now" = "$before" ]; do
		before=$now
		now=$(($(gateway_received) - $(gateway_judged)))
	done
	echo "$now"
}

wardgate() {
	"$LAB_BUILD/wardgate" --socket "$LAB/socket" "$@"
}

# "owner reason packets", by tabs.
gateway_drops() {
	wardgate --json drops | jq -r '.drops[] | [.name // .kind, .reason, .packets] | @tsv'
}

# Frames that the ports' NICs received since a gateway was there.
gateway_received() {
	lab_in gateway ip -j -s link show | jq --argjson early "${LAB_EARLY:-0}" \
		'([.[] | select(.ifname != "lo") | .stats64.rx.packets] | add // 0) - $early'
}

# Frames that got a verdict. A status that is not well (6) has them, too.
gateway_judged() {
	{ wardgate --json status || [ $? = 6 ]; } | jq '.passed.packets + .dropped.packets'
}
