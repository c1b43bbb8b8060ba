# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The kernels of the matrix: found by apt, downloaded, never installed, and kept below $VM_CACHE.
#
#   kernel_prepare_alone SERIES     makes $VM_CACHE/SERIES/{release,vmlinuz,initrd}; fails with the
#                                   reason in KERNEL_WHY
#
# What was downloaded once is used again, without a network. FRESH=1 looks for a newer one.

# shellcheck disable=SC2034 # for those who source this
VM_CACHE=$(realpath -m "${BUILD:-build}")/vm
KERNEL_WHY=

# What a scenario may need; what these depend on comes along. No module is loaded on demand.
VM_MODULES="virtio_pci 9pnet_virtio 9p overlay virtio_net veth 8021q bridge sch_netem sch_ingress
	cls_bpf act_bpf"

# The newest package of the series: the plain flavour, for the cloud flavour has no 9p.
kernel_package() {
	local name="^linux-image-${1//./\\.}\.[0-9][0-9.+a-z-]*amd64\$"
	apt-cache search --names-only "$name" 2>/dev/null | awk '{ print $1 }' |
		grep -vE -- '-(cloud|rt)-' | sort -V | tail -n 1
}

kernel_download() {
	local series=$1 package log=$VM_CACHE/$1/log
	[ "$(uname -m)" = x86_64 ] ||
		{ KERNEL_WHY="the machines are x86_64, and run the host's programs"; return 1; }
	command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
		{ KERNEL_WHY="needs apt-get and dpkg-deb, for Debian's kernels"; return 1; }
	package=$(kernel_package "$series")
	if [ -z "$package" ] || [ -n "${FRESH:-}" ]; then
		apt-get -qq -o Acquire::http::Timeout=20 update >"$log" 2>&1
		package=$(kernel_package "$series")
	fi
	[ -n "$package" ] || { KERNEL_WHY="apt offers no linux-image-$series"; return 1; }
	[ "$(cat "$VM_CACHE/$series/package" 2>/dev/null)" != "$package" ] || return 0
	rm -rf "$VM_CACHE/$series/new"
	mkdir -p "$VM_CACHE/$series/new"
	if ! (cd "$VM_CACHE/$series/new" &&
		apt-get -qq -o APT::Sandbox::User=root -o Acquire::http::Timeout=20 \
			download "$package") >"$log" 2>&1; then
		KERNEL_WHY="apt-get could not download $package: $(tail -n 1 "$log")"
		return 1
	fi
	mv "$VM_CACHE/$series"/new/*.deb "$VM_CACHE/$series/kernel.deb"
	rmdir "$VM_CACHE/$series/new"
	rm -rf "$VM_CACHE/$series/tree"
	printf '%s\n' "$package" >"$VM_CACHE/$series/package"
}

# The kernel, and all its modules as they come.
kernel_unpack() {
	local folder=$VM_CACHE/$1
	[ ! -d "$folder/tree" ] || return 0
	rm -rf "$folder/tree.new"
	mkdir "$folder/tree.new"
	dpkg-deb --fsys-tarfile "$folder/kernel.deb" | tar -x -C "$folder/tree.new" --wildcards \
		'./boot/vmlinuz*' './lib/modules/*/kernel/drivers/virtio/*' \
		'./lib/modules/*/kernel/drivers/net/*' './lib/modules/*/kernel/net/*' \
		'./lib/modules/*/kernel/fs/*' './lib/modules/*/kernel/lib/*' || return 1
	mv "$folder/tree.new" "$folder/tree"
}

# module_add NAME: copies the module and, before it, what it depends on, into $work/modules. What
# is not there is built into the kernel.
module_add() {
	local name=${1//-/_} file on
	[ ! -e "$work/modules/$name.ko" ] || return 0
	file=$(awk -v name="$name" -F/ '{ f = $NF; sub(/\.ko.*/, "", f); gsub(/-/, "_", f) }
		f == name { print; exit }' "$work/list")
	[ -n "$file" ] || return 0
	case $file in
	*.xz) xz -dc "$file" ;;
	*.zst) zstd -qdc "$file" ;;
	*) cat "$file" ;;
	esac >"$work/modules/$name.ko"
	for on in $(grep -zoa '^depends=.*' "$work/modules/$name.ko" | tr '\0,' '\n\n' |
		sed 's/^depends=//'); do
		module_add "$on"
	done
	printf '%s\n' "$name" >>"$work/modules/order"
}

# An initramfs of busybox, the modules and init.sh. Made each time: it takes a second.
kernel_initrd() {
	local folder=$VM_CACHE/$1 work name busybox
	busybox=$(command -v busybox) || { KERNEL_WHY="needs busybox"; return 1; }
	# Those of runs that were killed: the cache is locked.
	rm -rf "$folder"/initrd.??????
	work=$(mktemp -d "$folder/initrd.XXXXXX")
	mkdir -p "$work/bin" "$work/modules" "$work/proc" "$work/sys" "$work/dev" "$work/root" \
		"$work/lower" "$work/upper"
	find "$folder/tree/lib/modules" -name '*.ko*' >"$work/list"
	for name in $VM_MODULES; do
		module_add "$name"
	done
	rm "$work/list"
	cp "$busybox" "$work/bin/busybox"
	cp tests/vm/init.sh "$work/init"
	(cd "$work" && find . | cpio --quiet -o -H newc | gzip -1) >"$folder/initrd.new"
	mv "$folder/initrd.new" "$folder/initrd"
	rm -rf "$work"
}

kernel_prepare() {
	local folder=$VM_CACHE/$1 program
	mkdir -p "$folder"
	for program in qemu-system-x86_64 busybox cpio xz zstd; do
		command -v $program >/dev/null ||
			{ KERNEL_WHY="needs $program: sudo sh tools/deps.sh vm"; return 1; }
	done
	if [ ! -f "$folder/kernel.deb" ] || [ -n "${FRESH:-}" ]; then
		kernel_download "$1" || [ -f "$folder/kernel.deb" ] || return 1
	fi
	kernel_unpack "$1" || { KERNEL_WHY="cannot unpack $folder/kernel.deb"; return 1; }
	cp "$folder"/tree/boot/vmlinuz-* "$folder/vmlinuz"
	(cd "$folder/tree/boot" && echo vmlinuz-*) | sed 's/^vmlinuz-//' >"$folder/release"
	kernel_initrd "$1"
}

# Two runs of the matrix share what is below $VM_CACHE.
kernel_prepare_alone() {
	local lock rc
	mkdir -p "$VM_CACHE"
	exec {lock}>"$VM_CACHE/lock"
	flock "$lock"
	kernel_prepare "$1"
	rc=$?
	exec {lock}>&-
	return $rc
}
