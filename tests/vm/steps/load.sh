#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The program loads with every policy of the tree, and the verifier has room to spare.
cd "$(dirname "$0")/../../.." || exit 1
. tests/vm/common.sh

# The kernel's limits: BPF_COMPLEXITY_LIMIT_INSNS of include/linux/bpf.h, MAX_BPF_STACK of
# include/linux/filter.h. On the oldest kernel half of it, for what is still to come.
most=1000000
[[ $(uname -r) != 6.1.* ]] || most=500000
stack=512

lab_open
lab_netns gateway
export LD_PRELOAD=
for policy in policies/*.yaml policies/hospital/main.yaml; do
	name=${policy#policies/}
	export WARDGATE_VERIFIER=$LAB/verifier
	rm -f "$WARDGATE_VERIFIER"
	LD_PRELOAD=$LAB_BUILD/tests/vm/verifier.so
	gateway_start "$policy"
	LD_PRELOAD=
	check "$name: the program loads and runs" test "$(status_of .generation)" -gt 0
	check "$name: the verifier's figures are there" test -s "$WARDGATE_VERIFIER"
	while read -r program instructions depth; do
		between "$name: $program: $instructions instructions verified, of $most" \
			"$instructions" 1 "$most"
		between "$name: $program: calls use $depth bytes of stack, of $stack" \
			"$depth" 0 $stack
	done <"$WARDGATE_VERIFIER"
	kill "$LAB_GATEWAY_PID"
	wait "$LAB_GATEWAY_PID" 2>/dev/null
done
exit $((failures > 0))
