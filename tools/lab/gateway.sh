# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The real gateway in the lab's namespace "gateway", to be sourced after lab.sh.

LAB_GATEWAY_PID=

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
}

wardgate() {
	"$LAB_BUILD/wardgate" --socket "$LAB/socket" "$@"
}

# "owner reason packets", by tabs.
gateway_drops() {
	wardgate --json drops | jq -r '.drops[] | [.name // .kind, .reason, .packets] | @tsv'
}

# Frames that the ports' NICs received.
gateway_received() {
	lab_in gateway ip -j -s link show | jq '[.[] | select(.ifname != "lo") | .stats64.rx.packets] | add'
}

# Frames that got a verdict.
gateway_judged() {
	wardgate --json status | jq '.passed.packets + .dropped.packets'
}
