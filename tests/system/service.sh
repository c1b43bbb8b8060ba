#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# wardgated under a service manager: first what it tells one, then systemd itself with the unit that
# `make install` puts there, in a PID namespace and on a root of its own.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

lab_open
load_cables
load_policy >"$LAB/policy"

# --- sd_notify(3), without systemd

cat >"$LAB/manager.py" <<'END'
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1].replace("@", "\0", 1))
while True:
    print(manager.recv(4096).decode().replace("\n", " "), flush=True)
END

# manager NAME: one that listens at a socket of that name; what it hears is in NAME.log.
manager() {
	lab_spawn gateway "$1" /usr/bin/python3 "$LAB/manager.py" "$2"
	within 10 grep -q "$2" /proc/net/unix "/proc/$LAB_PID/net/unix"
}
heard() {
	cat "$LAB/$1.log"
}
stop_gateway() {
	kill "$LAB_GATEWAY_PID"
	wait "$LAB_GATEWAY_PID" 2>/dev/null
}

manager told "$LAB/manager"
NOTIFY_SOCKET=$LAB/manager WATCHDOG_USEC=400000 gateway_start "$LAB/policy"
check "ready is said with what is in force" within 5 grep -q \
	'^READY=1 STATUS=in force: 100 devices, 1 rule$' "$LAB/told.log"
beats() {
	grep -c '^WATCHDOG=1$' "$LAB/told.log"
}
before=$(beats) began=${EPOCHREALTIME/./}
sleep 2
due=$(((${EPOCHREALTIME/./} - began) / 200000))
between "signs of life come twice in an interval" "$(($(beats) - before))" $((due / 2)) $((due + 2))
wardgate apply "$LAB/policy" >/dev/null
check "an apply is a reload, with its time" within 5 grep -qE \
	'^RELOADING=1 MONOTONIC_USEC=[1-9][0-9]+$' "$LAB/told.log"
equal "and what follows is ready again" "$(sed -n '/^RELOADING/,$p' "$LAB/told.log" |
	grep -v WATCHDOG | cut -d ' ' -f 1 | paste -sd ' ')" "RELOADING=1 READY=1"
: >"$LAB/told.log"
kill -STOP "$LAB_GATEWAY_PID"
sleep 0.5
: >"$LAB/told.log"
sleep 1
equal "a daemon that hangs gives none" "$(heard told)" ""
kill -CONT "$LAB_GATEWAY_PID"
check "one that goes on does" within 5 grep -q WATCHDOG "$LAB/told.log"
stop_gateway
check "stopping is said" within 5 grep -q '^STOPPING=1$' "$LAB/told.log"

manager abstract "@$LAB_PREFIX"
NOTIFY_SOCKET=@$LAB_PREFIX WATCHDOG_USEC=400000 WATCHDOG_PID=1 gateway_start "$LAB/policy"
check "an abstract socket is told, too" within 5 grep -q READY=1 "$LAB/abstract.log"
sleep 1
equal "but of the watchdog of another process, nothing" "$(grep -c WATCHDOG "$LAB/abstract.log")" 0
stop_gateway
NOTIFY_SOCKET=nowhere gateway_start "$LAB/policy"
check "a manager that cannot be told is no reason not to start" grep -q \
	'cannot be told anything: .*: nowhere' "$LAB/wardgated.log"
stop_gateway
lab_in gateway "$LAB_BUILD/wardgated" detach --bpffs "$LAB/bpf/wardgate" 2>/dev/null

# --- systemd

# machine ROOT STAGED: becomes the init of a machine with a root of its own, and what is staged in it.
machine() {
	local root=$1 staged=$2 name
	set -e
	mount --make-rprivate /
	mount -t tmpfs -o mode=755 tmpfs "$root"
	mkdir -p "$root"/{etc,var/lib/prometheus/node-exporter,var/tmp,run,tmp,proc,sys,dev,usr,root}
	for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
	mount --bind /usr "$root/usr"
	mount -o remount,bind,ro "$root/usr"
	mount -t tmpfs tmpfs "$root/usr/local"
	mount -t proc proc "$root/proc"
	mount -t sysfs sysfs "$root/sys"
	mount -t bpf bpf "$root/sys/fs/bpf"
	umount -R "$root/sys/fs/cgroup" 2>/dev/null || true
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
	mount -t tmpfs -o mode=755 tmpfs "$root/dev"
	mkdir "$root/dev/shm" "$root/dev/pts"
	mount -t devpts -o newinstance devpts "$root/dev/pts"
	ln -s pts/ptmx "$root/dev/ptmx"
	for name in null zero full random urandom tty; do
		touch "$root/dev/$name"
		mount --bind "/dev/$name" "$root/dev/$name"
	done
	cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache "$root/etc"
	cp -r "$staged/." "$root"
	mkdir -p "$root/etc/systemd/system/wardgated.service.d"
	printf '[Unit]\n%s\n[Service]\nWatchdogSec=2s\n' \
		$'Wants=systemd-journald.service\nAfter=systemd-journald.service' >"$root/etc/systemd/system/wardgated.service.d/test.conf"
	echo 'WARDGATED_OPTIONS="--interval 1 --textfile /var/lib/prometheus/node-exporter/w.prom"' \
		>"$root/etc/default/wardgated"
	exec chroot "$root" /usr/bin/env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/bin \
		/lib/systemd/systemd --unit=wardgated.service --log-target=null
}

# boot: starts it. Its first process is then $init; if it fails, $missing says why.
boot() {
	local groups
	groups=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	[ -x /lib/systemd/systemd ] || { missing="there is no systemd"; return 1; }
	[ -n "$groups" ] || { missing="there is no cgroup2"; return 1; }
	[ -d /sys/fs/bpf ] && mkdir -p "$LAB/machine" && mkdir "$groups/$LAB_PREFIX" ||
		{ missing="there is no place for it"; return 1; }
	lab_register "cgroup $groups/$LAB_PREFIX"
	make --no-print-directory -s BUILD="$BUILD" DESTDIR="$LAB/staged" install || return 1
	export -f machine
	lab_spawn gateway machine bash -c 'echo $$ >"$1/cgroup.procs" && exec unshare --mount --pid \
		--uts --ipc --cgroup --fork --kill-child bash -c '\''machine "$@"'\'' - "$2" "$3"' \
		- "$groups/$LAB_PREFIX" "$LAB/machine" "$LAB/staged"
	within 20 pgrep -P "$LAB_PID" || return 1
	init=$(pgrep -P "$LAB_PID")
	within 20 inside systemctl show -P Version || { missing=$(paste -sd ' ' "$LAB/machine.log"); return 1; }
}
inside() {
	nsenter -t "$init" --mount --pid --uts --ipc --cgroup --root --wd "$@"
}
property() {
	inside systemctl show -P "$1" wardgated
}
# in_service command...: in the mount namespace of the daemon.
in_service() {
	inside nsenter -t "$(property MainPID)" --mount --root --wd "$@"
}
status_field() {
	inside sed -n "s/^$1:[[:space:]]*//p" "/proc/$(property MainPID)/status"
}
load_passes() {
	load 1 100000 && [ "$received" = "$sent" ] && [ "$sent" -gt 0 ]
}

missing='' init=''
if ! boot; then
	skip "wardgated under systemd" "$missing"
	[ "$failures" = 0 ]
	exit
fi
check "systemd's wardgated is ready" within 20 is active property ActiveState
if [ "$(property ActiveState)" != active ]; then
	inside systemctl status wardgated 2>&1 | sed 's/^/# /'
	exit 1
fi
check "without a policy, it says so" is "no policy is in force: see \`wardgate apply\`" property StatusText
lab_in gateway ip link set gw0 down
cp "$LAB/policy" "/proc/$init/root/etc/wardgate/policy.yaml"
check "a reload puts the policy of /etc in force" inside systemctl reload wardgated
check "which systemd then shows" within 5 is "in force: 100 devices, 1 rule" property StatusText
check "a port that was down at that time" lab_in gateway ip link set gw0 up
check "is attached" within 10 inside wardgate status
check "traffic passes" load_passes
echo 'version: 99' >"/proc/$init/root/etc/wardgate/policy.yaml"
check "a reload of a bad policy fails" bash -c '! "$@"' - nsenter -t "$init" --mount --pid --root --wd \
	systemctl reload wardgated
check "and leaves all as it was" is active property ActiveState
check "metrics are where node_exporter looks" within 10 \
	test -s "/proc/$init/root/var/lib/prometheus/node-exporter/w.prom"

equal "only what the unit names is permitted: bpf, net_admin, perfmon, sys_admin" \
	"$(status_field CapEff) $(status_field CapBnd)" "000000c000201000 000000c000201000"
equal "with a filter of system calls, and no new privileges" \
	"$(status_field Seccomp) $(status_field NoNewPrivs)" "2 1"
check "a quarantine works under that" inside wardgate quarantine load-1
check "and a release" inside wardgate release load-1
check "and explain" inside wardgate explain load-1 198.19.255.254 udp/5000
check "and preflight" inside wardgate preflight
for path in /etc/wardgate/policy.yaml /usr/local/bin/wardgate /proc/sys/kernel/printk \
	/sys/kernel/mm/ksm/run; do
	equal "the daemon cannot write $path" "$(in_service bash -c ': >>"$1"' - "$path" 2>&1 | sed 's/.*: //')" \
		"Read-only file system"
done
for path in /proc/sys/net/ipv4/ip_forward /var/lib/wardgate/test /run/wardgate/test; do
	check "but it can write $path" in_service bash -c ': >>"$1"' - "$path"
done

check "a restart" inside systemctl restart wardgated
check "has the policy again" within 10 inside wardgate status
check "and traffic passes" load_passes
main=$(property MainPID)
inside kill -KILL "$main"
check "a daemon that is killed is started again" within 20 \
	bash -c '[ "$("$@")" = active ]' - nsenter -t "$init" --mount --pid --root --wd systemctl is-active wardgated
check "as another process" [ "$(property MainPID)" != "$main" ]
inside kill -STOP "$(property MainPID)"
check "one that hangs is, too" within 20 is 2 property NRestarts
check "and ready" within 20 is active property ActiveState
check "with the policy" within 10 inside wardgate status
journal_has() {
	inside journalctl -q --no-pager -u wardgated >"$LAB/journal"
	grep "$1" "$LAB/journal" || { cat "$LAB/journal"; false; }
}
check "its log is in the journal" within 5 journal_has 'is in force, by user 0: 100 devices'
equal "nothing was refused to it" "$(grep 'not permitted' "$LAB/journal")" ""
check "a stop" inside systemctl stop wardgated
check "changes nothing for the packets" load_passes
unit=/proc/$init/root/usr/local/lib/systemd/system/wardgated.service
check "systemd has nothing against the unit" bash -c '[ -z "$("$@" 2>&1)" ]' - \
	nsenter -t "$init" --mount --pid --root --wd systemd-analyze verify --man=no wardgated.service
check "and calls its exposure 2.5 or less" systemd-analyze security --offline=true --threshold=25 \
	--no-pager "$unit"
kill -KILL "$init"
wait "$LAB_PID" 2>/dev/null
[ "$failures" = 0 ]
