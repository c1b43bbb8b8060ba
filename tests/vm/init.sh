#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# The first process of the test machine: loads the modules, lays a writable layer of memory over the
# host's root, which stays read-only, and runs guest.sh there. The machine ends with it.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
for module in $($b cat /modules/order); do
	$b insmod "/modules/$module.ko" || echo "init: no module $module"
done
# wardgate.tree=FOLDER on the kernel's command line: where the tree is.
tree=$($b sed 's/.*wardgate.tree=\([^ ]*\).*/\1/' /proc/cmdline)

# Nothing on the host changes what is shared while the machine runs, so it may be cached.
share=trans=virtio,version=9p2000.L,msize=262144
$b mount -t 9p -o ro,cache=loose,$share root /lower &&
	$b mount -t tmpfs -o size=60% upper /upper &&
	$b mkdir /upper/upper /upper/work &&
	$b mount -t overlay -o lowerdir=/lower,upperdir=/upper/upper,workdir=/upper/work \
		overlay /root ||
	$b poweroff -f
$b mount --move /proc /root/proc
$b mount --move /sys /root/sys
$b mount --move /dev /root/dev
# Of its own: what runs on the host has left its files there.
$b mount -t tmpfs run /root/run
$b ln -s /proc/self/fd /root/dev/fd
$b mkdir -p /root/dev/shm /root/dev/pts /root/run/vm
$b mount -t tmpfs shm /root/dev/shm
$b mount -t bpf bpf /root/sys/fs/bpf
$b mount -t 9p -o cache=none,$share exchange /root/run/vm

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
$b chroot /root /bin/bash "$tree/tests/vm/guest.sh" </root/dev/null
$b sync
$b poweroff -f
