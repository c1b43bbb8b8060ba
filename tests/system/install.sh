#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What `make install` puts where, the manual, and bash completion.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
lab_open
root=$LAB/root

install() {
	make --no-print-directory -s BUILD="$BUILD" DESTDIR="$root" PREFIX=/usr "$@"
}

# --- Files

check "make install installs" install install
for file in usr/bin/wardgate usr/sbin/wardgated usr/share/man/man8/wardgate.8 \
	usr/share/man/man8/wardgated.8 usr/share/man/man5/wardgate-policy.5 \
	usr/share/bash-completion/completions/wardgated usr/lib/systemd/system/wardgated.service \
	usr/lib/tmpfiles.d/wardgate.conf usr/share/wardgate/schema.json etc/default/wardgated \
	usr/share/doc/wardgate/examples/hospital/profiles/wards.yaml; do
	check "it installs /$file" test -s "$root/$file"
done
check "an installed example is a policy" "$root/usr/bin/wardgate" check \
	"$root/usr/share/doc/wardgate/examples/hospital/main.yaml"
check "the service starts and reloads what was installed" bash -c '
	sed -n "s/^Exec[A-Za-z]*=\([^ ]*\).*/\1/p" "$1/usr/lib/systemd/system/wardgated.service" |
		while read -r program; do [ -x "$1$program" ] || exit 1; found=$((found + 1))
			[ "$found" != 2 ] || echo both; done | grep both' - "$root"
check "no place in it is left open" bash -c '! grep @[a-z]*dir@ "$1"' - \
	"$root/usr/lib/systemd/system/wardgated.service"
echo 'WARDGATED_OPTIONS="--interval 5"' >"$root/etc/default/wardgated"
install install
equal "a second install keeps the options of the service" \
	"$(cat "$root/etc/default/wardgated")" 'WARDGATED_OPTIONS="--interval 5"'
touch "$root/etc/wardgate/policy.yaml"
check "make uninstall takes away" install uninstall
equal "all but what is the administrator's" "$(cd "$root" && find . -type f | sort | tr '\n' ' ')" \
	"./etc/default/wardgated ./etc/wardgate/policy.yaml "

# --- Manual: nothing of the programs and of the language is missing in it, and nothing is too much.

manual=$BUILD/tools/packaging/wardgate.8
for page in "$manual" tools/packaging/wardgated.8 tools/packaging/wardgate-policy.5; do
	equal "mandoc finds no fault in ${page##*/}" \
		"$(mandoc -T lint "$page" 2>&1 | grep -v ': STYLE: ')" ""
done
for page in wardgated.8 wardgate-policy.5; do
	check "man(1) finds none in $page" bash -c '[ -z "$(MANWIDTH=80 man --warnings -l "$1" 2>&1 >/dev/null)" ]' \
		- "tools/packaging/$page"
done

# "command --option", or "OPTIONS --option" for those of every command.
options_of_page() {
	awk '/^\.S[hs] / { part = $2 } /^\.It Fl / { for (i = 3; i <= NF; i++)
		if ($i ~ /^-/) print part " -" $i }' "$1" | sort -u
}
options_of_help() {
	grep -oE '^  --[a-z-]+(, --[a-z-]+)?' | grep -oE -- '--[a-z-]+' | sort -u
}
options_of_commands() {
	local command
	for command in $commands; do
		"$BUILD/wardgate" help "$command" | options_of_help |
			comm -23 - <("$BUILD/wardgate" help | options_of_help) | sed "s/^/$command /"
	done
	"$BUILD/wardgate" help | options_of_help | sed 's/^/OPTIONS /'
}

commands=$("$BUILD/wardgate" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
equal "wardgate(8) has every command" \
	"$(sed -n '/^\.Sh COMMANDS/,/^\.Sh REASONS/s/^\.Ss //p' "$manual")" "$commands"
check "and every option" diff <(options_of_page "$manual") <(options_of_commands | sort -u)
check "wardgated(8) has every option" diff \
	<(options_of_page tools/packaging/wardgated.8 | cut -d ' ' -f 2) \
	<("$BUILD/wardgated" --help | options_of_help)
equal "wardgate(8) has every reason" \
	"$(sed -n '/^\.Sh REASONS/,/^\.Sh ENV/s/^\.It Cm //p' "$manual")" \
	"$("$BUILD/wardgate" --json reasons | jq -r '.reasons[].label')"

# "table: key". A multicast group has the keys of a device, but some.
keys_of_page() {
	awk '/^\.\\" keys of / { sub(/.* keys of /, ""); count = split($0, tables, ", ") }
		/^\.It Cm/ { for (i = 1; i <= count; i++) print tables[i] ": " $3 }' \
		tools/packaging/wardgate-policy.5 | sort -u
}
keys_of_schema() {
	jq -r '."$defs"[] | select(.properties and .title != "a multicast group") |
		.title as $table | .properties | keys[] | "\($table): \(.)"' policies/schema.json |
		sort -u
}
check "wardgate-policy(5) has every key of the language" \
	diff <(keys_of_page) <(keys_of_schema)

# --- Completion

# complete WORD...: what the last word may become.
complete() {
	bash -c '
		unset -f complete
		. tools/packaging/wardgate.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		"_${1##*/}"
		printf "%s\n" "${COMPREPLY[@]}" | sort | paste -sd " "' - "$@" 2>&1
}
gate=$LAB_BUILD/wardgate
equal "commands are completed" "$(complete "$gate" re)" "reasons release"
equal "the options of a command are" "$(complete "$gate" drops --a)" "--audited"
equal "and not those of another one" "$(complete "$gate" drops --pc)" ""
equal "reasons are" "$(complete "$gate" drops --reason spoo)" \
	"$("$gate" --json reasons | jq -r '.reasons[].label' | grep ^spoo | sort | paste -sd ' ')"
equal "also behind =" "$(complete "$gate" drops --reason = stacked)" "stacked_vlan"
equal "files are" "$(complete "$gate" check policies/sta)" "policies/starter.yaml"
equal "codes are" "$(complete "$gate" explain-error W03)" "W030 W031 W032 W033"
equal "an option of the daemon is" "$(complete "$LAB_BUILD/wardgated" --vers)" "--version"
equal "without a daemon, devices are not" "$(complete "$gate" --socket "$LAB/none" release pu)" ""
load_cables
load_policy >"$LAB/policy"
gateway_start "$LAB/policy"
equal "with one, devices are" "$(complete "$gate" --socket "$LAB/socket" release load-10)" \
	"load-10 load-100"
equal "also the value of an option" "$(complete "$gate" --socket "$LAB/socket" drops --device load-9)" \
	"load-9 $(seq -s ' ' -f 'load-%g' 90 99)"
equal "and the second of several" "$(complete "$gate" --socket "$LAB/socket" quarantine load-1 load-100)" \
	load-100
[ "$failures" = 0 ]
