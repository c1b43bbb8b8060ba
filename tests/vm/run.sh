#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel matrix: every step in a virtual machine with each kernel. Prints TAP, a table, and ends
# with "N passed, N failed, N skipped".
#
#   tests/vm/run.sh [step...]     steps are the files of tests/vm/steps; all of them by default
#
# KERNELS="6.1 6.12" are the series, MACHINES how many machines run at once. QEMU emulates the
# processor (TCG): KVM is not there on most build servers, and would not be the same everywhere.
cd "$(dirname "$0")/../.." || exit 1
set -uo pipefail

BUILD=${BUILD:-build}
LAB_BUILD=$(realpath -m "$BUILD")
KERNELS=${KERNELS:-6.1 6.12}
MACHINES=${MACHINES:-2}
STEP_TIME=1500			# s, for one step: the packet tests load the program each anew
MACHINE_TIME=2800		# s, for all of them
# An old one: emulated, it runs the verifier nearly twice as fast as "max", whose newer instructions
# the kernel prefers and QEMU is slow at.
CPU=Nehalem
# On a busy host time stands still for a while: the kernel must not take that for broken hardware.
PATIENCE="no_timer_check nowatchdog rcupdate.rcu_cpu_stall_suppress=1"
BUSY="ok - not finished # SKIP the host is busy: the machine waited longer than it ran"

# shellcheck source=tools/lab/lab.sh
. tools/lab/lab.sh
# shellcheck source=tests/vm/kernel.sh
. tests/vm/kernel.sh

passed=0 failed=0 skipped=0
declare -A cell started pid pid_started

# row KERNEL STEP: prints the step's TAP with the kernel's name in it, counts it, fills its cell.
row() {
	local kernel=$1 step=$2 tap=$3 rc=$4 good bad skips
	skips=$(grep -cE '^ok .*# SKIP' "$tap")
	good=$(($(grep -cE '^ok ' "$tap") - skips))
	bad=$(grep -cE '^not ok ' "$tap")
	if [ "$bad" = 0 ] && { [ "$rc" != 0 ] || [ $((good + skips)) = 0 ]; }; then
		printf 'not ok - ended with %s\n' "$rc" >>"$tap"
		bad=1
	fi
	sed -E "s/^((not )?ok) ([0-9]+ )?(- )?/\1 - $kernel $step: /" "$tap"
	passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skips))
	cell[$kernel/$step]="ok $good"
	[ "$bad" = 0 ] || cell[$kernel/$step]="FAILED $bad of $((good + bad))"
	[ "$skips" = 0 ] || cell[$kernel/$step]+=", $skips skipped"
	[ $((good + bad)) -gt 0 ] || cell[$kernel/$step]=SKIPPED
}

# all_rows KERNEL LINE: the same line for every step that has none.
all_rows() {
	local step
	for step in $steps log; do
		[ -z "${cell[$1/$step]:-}" ] || continue
		printf '%s\n' "$2" >"$LAB/line"
		row "$1" "$step" "$LAB/line" 0
	done
}

# The two NICs of a machine end in tap devices of a namespace of its own, without any address.
machine_nics() {
	local kernel=$1 side tap nic
	nics=()
	lab_netns "$kernel"
	for side in clinical it; do
		lab_in "$kernel" ip tuntap add dev $side mode tap multi_queue 2>/dev/null || return
		lab_in "$kernel" ip link set $side up
	done
	for side in clinical/0c:00 it/0c:01; do
		tap="tap,id=${side%/*},ifname=${side%/*},queues=4,vhost=off"
		nic="virtio-net-pci,netdev=${side%/*},mac=02:00:00:00:${side#*/}"
		nics+=(-netdev "$tap,script=no,downscript=no")
		nics+=(-device "$nic,mq=on,vectors=10,romfile=")
	done
}

machine_start() {
	local kernel=$1 folder=$LAB/$1 nics
	mkdir "$folder"
	machine_nics "$kernel"
	printf 'BUILD=%q VM_STEPS=%q VM_STEP_TIME=%q VM_NICS=%q\n' "$BUILD" "$steps" "$STEP_TIME" \
		"$((${#nics[@]} / 4))" >"$folder/settings"
	# It ends with this script, however that ends.
	lab_spawn "$kernel" "console-$kernel" setpriv --pdeathsig KILL \
		qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu $CPU \
		-smp 4 -m 1536 -nodefaults -no-user-config -no-reboot -display none -serial stdio \
		-kernel "$VM_CACHE/$kernel/vmlinuz" -initrd "$VM_CACHE/$kernel/initrd" \
		-append "console=ttyS0 panic=-1 quiet $PATIENCE wardgate.tree=$PWD" \
		-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap" \
		-device virtio-9p-pci,fsdev=root,mount_tag=root \
		-fsdev "local,id=exchange,path=$folder,security_model=none" \
		-device virtio-9p-pci,fsdev=exchange,mount_tag=exchange "${nics[@]}"
	pid[$kernel]=$LAB_PID
	pid_started[$kernel]=$(lab_started "$LAB_PID")
	started[$kernel]=$SECONDS
}

# What a machine may ask of the host, in words of its own: nothing it writes is run.
machine_serve() {
	local kernel=$1 folder=$LAB/$1 what a b c
	read -r what a b c <"$folder/ask" || return 0
	rm "$folder/ask"
	case "$what $a $b $c" in
	flood\ [0-9]\ [0-9]*\ [01] | flood\ 10\ [0-9]*\ [01])
		lab_in "$kernel" timeout 60 /usr/bin/python3 tests/vm/flood.py "$a" "$b" "$c"
		;;
	*) echo "no such service" ;;
	esac >"$folder/answer.part" 2>>"$LAB/serve.log"
	mv "$folder/answer.part" "$folder/answer"
}

# Did the machine wait for a processor longer than it had one? Then its time limits say nothing.
machine_starved() {
	cat /proc/"${pid[$1]}"/task/*/schedstat 2>/dev/null |
		awk '{ had += $1; waited += $2 } END { exit !(waited > had) }'
}

machine_look() {
	local kernel=$1 folder=$LAB/$1 step rc took
	[ ! -e "$folder/ask" ] || machine_serve "$kernel"
	for step in $steps log; do
		[ -e "$folder/$step.end" ] && [ -z "${cell[$kernel/$step]:-}" ] || continue
		read -r rc took <"$folder/$step.end"
		if [ "$rc" = 124 ] && machine_starved "$kernel"; then
			printf '%s\n' "$BUSY" >>"$folder/$step.tap"
			rc=0
		fi
		row "$kernel" "$step" "$folder/$step.tap" "$rc"
		[ "$step" = log ] || cell[$kernel/$step]+=" (${took} s)"
	done
}

# Fails while the machine runs.
machine_ended() {
	local kernel=$1 why="not ok - the machine ended before"
	machine_look "$kernel"
	if lab_alive "${pid[$kernel]}" "${pid_started[$kernel]}"; then
		[ $((SECONDS - started[$kernel])) -gt $MACHINE_TIME ] || return 1
		! machine_starved "$kernel" || why=$BUSY
		lab_stop "${pid[$kernel]}" "${pid_started[$kernel]}"
	fi
	machine_look "$kernel"
	if [ -z "${cell[$kernel/log]:-}" ]; then
		echo "# the console of $kernel:"
		tail -n 30 "$LAB/console-$kernel.log" | tr -d '\r' | sed 's/^/# /'
	fi
	all_rows "$kernel" "$why"
	printf '# %s: %d s\n' "$kernel" $((SECONDS - started[$kernel]))
}

table() {
	local kernel step
	printf '\n%-12s' ''
	for kernel in $KERNELS; do
		printf ' %-30s' "$(cat "$VM_CACHE/$kernel/release" 2>/dev/null || echo "$kernel")"
	done
	echo
	for step in $steps log; do
		printf '%-12s' "$step"
		for kernel in $KERNELS; do
			printf ' %-30s' "${cell[$kernel/$step]}"
		done
		echo
	done
}

steps="$*"
[ -n "$steps" ] || steps=$(cd tests/vm/steps && printf '%s ' *.sh | sed 's/\.sh//g')
for step in $steps; do
	[ -f "tests/vm/steps/$step.sh" ] || lab_fail "there is no step $step in tests/vm/steps"
done
lab_open
waiting=() running=()
for kernel in $KERNELS; do
	if kernel_prepare_alone "$kernel"; then
		waiting+=("$kernel")
	else
		all_rows "$kernel" "ok - not tested # SKIP $KERNEL_WHY"
	fi
done
while [ ${#waiting[@]} -gt 0 ] || [ ${#running[@]} -gt 0 ]; do
	while [ ${#waiting[@]} -gt 0 ] && [ ${#running[@]} -lt "$MACHINES" ]; do
		machine_start "${waiting[0]}"
		running+=("${waiting[0]}")
		waiting=("${waiting[@]:1}")
	done
	still=()
	for kernel in "${running[@]}"; do
		machine_ended "$kernel" || still+=("$kernel")
	done
	running=("${still[@]}")
	sleep 0.2
done
table
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
