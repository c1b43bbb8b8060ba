#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the test machine: runs the steps that the host asks for, each with the time it may take, and
# leaves their output and exit codes in the folder that is shared with the host.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=/dev/null
. /run/vm/settings		# BUILD, VM_STEPS, VM_STEP_TIME, VM_NICS
export BUILD VM_NICS HOME=/root LC_ALL=C

# finished STEP EXIT-CODE SECONDS: written whole, for the host looks all the time.
finished() {
	printf '%s %s\n' "$2" "$3" >"/run/vm/$1.part"
	mv "/run/vm/$1.part" "/run/vm/$1.end"
}

ip link set lo up
# The NICs, by the addresses that run.sh gave them. A step that takes one leaves it its name, under
# which it comes back when the step's namespace ends.
for number in 0 1; do
	name=$(ip -j link show |
		jq -r ".[] | select(.address == \"02:00:00:00:0c:0$number\").ifname")
	[ -z "$name" ] || ip link set "$name" name "nic$number"
done
uname -r >/run/vm/release
for step in $VM_STEPS; do
	printf 'guest: %s at %s s\n' "$step" "$(cut -d' ' -f1 /proc/uptime)"
	started=$SECONDS
	timeout -k 5 "$VM_STEP_TIME" bash "tests/vm/steps/$step.sh" >"/run/vm/$step.tap" 2>&1
	finished "$step" $? $((SECONDS - started))
done

# What a test provokes must not make the kernel complain.
complaints=$(dmesg | grep -E 'WARNING:|BUG:|Oops|general protection|KASAN')
if [ -z "$complaints" ]; then
	echo 'ok - the kernel logged no warning'
else
	echo 'not ok - the kernel logged no warning'
	sed 's/^/# /' <<<"$complaints"
fi >/run/vm/log.tap
finished log 0 0
