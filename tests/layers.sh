#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The rooms point one way, and the house rules that a machine can check. Prints TAP.
cd "$(dirname "$0")/.." || exit 1

failures=0

# The clone may be another user's than root's.
tracked() {
	git -c safe.directory='*' ls-files "$@"
}

# verdict SENTENCE FINDINGS: ok when there are none.
verdict() {
	if [ -z "$2" ]; then
		printf 'ok - %s\n' "$1"
	else
		failures=1
		printf 'not ok - %s\n' "$1"
		sed 's/^/# /' <<<"$2"
	fi
}

# room ROOM OTHERS: what the room's files include of ours is its own, or begins with one of OTHERS.
room() {
	verdict "user/$1 includes only ${2:-itself}" "$(grep -rnE '^\s*#\s*include "' "user/$1" |
		grep -vE "include \"(${2// /|}${2:+|}$1/)")"
}

room base ""
room policy "base/ wardgate/"
room control "base/ wardgate/"
room kernel "base/ wardgate/ policy/image.h gateway.skel.h"
room cli "base/ policy/ control/ wardgate/"
room daemon "base/ policy/ control/ kernel/ wardgate/"

verdict "bpf/ sees include/ alone" \
	"$(grep -rnE '#include "' bpf | grep -vE '"(wardgate/[a-z_]+\.h|[a-z0-9_]+\.bpf\.h)"')"
verdict "include/ has no user code" "$(grep -rnE '#include [<"]' include | grep -vE '<linux/|"wardgate/')"
verdict "libbpf and libnl are in user/kernel only" \
	"$(grep -rlE 'include <(bpf|netlink)/' user | grep -v '^user/kernel/')"
verdict "policy/ and kernel/ do not log" "$(grep -rnE '\blog_(line|error|warning|info)|printf\(stderr' \
	user/policy user/kernel | grep -v getenv | grep -v vfprintf)"
verdict "git lists the files" "$(tracked | grep -q . || echo 'git ls-files lists nothing')"
verdict "every file has its licence" "$(tracked | grep -vE '^(LICENSE|.*\.(md|ok|err|json|csv|dump))$|^tests/(golden|fuzz/corpus)/|^debian/(changelog|source/format)$' |
	xargs grep -L 'SPDX-License-Identifier: GPL-2.0-only')"
verdict "no file is half merged" "$(tracked | xargs grep -nE '^(<{7} |>{7} |={7}$)')"
verdict "no bare XDP_DROP outside finish.bpf.h" \
	"$(grep -rnE 'return XDP_(DROP|ABORTED)' bpf | grep -v '^bpf/finish.bpf.h')"
verdict "no other XDP verdict outside the ways out" \
	"$(grep -rnE 'return XDP_' bpf | grep -vE '^bpf/(finish|forward|route|rewrite).bpf.h')"
verdict "no file has more than 500 lines" "$(tracked bpf user include tests tools | xargs wc -l |
	awk '$1 > 500 && $2 != "total"')"
verdict "no line without a string is longer than 100 columns" "$(tracked 'bpf/*' 'user/*' 'include/*' 'tests/*.[ch]' 'tools/*.[ch]' |
	xargs awk '{ n = split($0, part, "\t"); w = 0
		for (i = 1; i < n; i++) { w += length(part[i]); w += 8 - w % 8 }
		if (w + length(part[n]) > 100 && !/"/) print FILENAME ":" FNR }')"
exit $failures
