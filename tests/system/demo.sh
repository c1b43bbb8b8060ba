#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The demo: every row as it should be, and nothing left behind.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

# A lab that stays, kept from the folder $1; it has a namespace.
kept_lab() {
	(cd "$1" && exec bash -c '. "$0"; lab_open; lab_netns host; lab_keep; echo "$LAB"' \
		"$OLDPWD/tools/lab/lab.sh")
}

folders=$(mktemp -d)
mkdir "$folders/mine" "$folders/others"
mine=$(kept_lab "$folders/mine")
others=$(kept_lab "$folders/others")
equal "the labs of a folder are removed" "$(lab_close_left_over "$folders/mine")" \
	"removed the lab ${mine##*/}"
check "with what is in them" [ ! -e "/run/netns/${mine##*/}-host" ]
check "and not those of another" [ -e "/run/netns/${others##*/}-host" ]
lab_close_left_over "$folders/others" >/dev/null
rm -r "$folders"

log=$(mktemp)
tools/demo.sh >"$log" 2>&1 &
demo=$!
trap 'kill "$demo" 2>/dev/null; wait "$demo"; rm -f "$log"' EXIT
trap 'exit 143' TERM HUP
wait "$demo"
equal "every row of the demo is as it should be" "$?" 0
# What differs first: who prints this may leave out its middle.
[ "$failures" = 0 ] || { grep '^DIFFERS' "$log"; cat "$log"; } | sed 's/^/# /'
check "and nothing is left behind" bash -c \
	'! ip netns list | grep -q "^wg$1-" && [ ! -e "/run/wardgate-lab/wg$1" ]' - "$demo"
trap 'rm -f "$log"' EXIT
exit $((failures > 0))
