#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
#   manual.sh WARDGATE TEMPLATE     prints wardgate(8)
#
# The lines @COMMANDS@, @OPTIONS@, @CODES@ and @REASONS@ of the template stand for what the program
# says of itself.
set -eu
wardgate=$1 template=$2

# What mdoc(7) would read as something else.
escape='function escape(s) {
	gsub(/\\/, "\\e", s); gsub(/^[.\047]/, "\\\\\\&&", s); gsub(/--/, "\\-\\-", s)
	gsub(/\140/, "\\(ga", s); gsub(/~/, "\\(ti", s); gsub(/\^/, "\\(ha", s)
	return s
}'

# "  --name ARG   text", as an item of a list.
options() {
	awk "$escape"'
	/^  --/ {
		text = $0; sub(/^  --[a-z-]+( [A-Z]+)? +/, "", text)
		print ".It Fl -" substr($1, 3) ($2 ~ /^[A-Z]+$/ ? " Ar " $2 : "")
		print escape(text)
	}'
}

# A page of help, as a subsection.
page() {
	"$wardgate" help "$1" | awk -v name="$1" "$escape"'
	function synopsis(  i, word) {
		printf ".Nm wardgate Cm %s", name
		for (i = 4; i <= NF; i++) {
			word = $i
			if (word ~ /^\[/) { printf " Oo"; sub(/^\[/, "", word) }
			printf " Ar %s", word ~ /\]$/ ? substr(word, 1, length(word) - 1) " Oc" : word
		}
		print ""
	}
	# A sentence begins on a line of its own; the help breaks lines where they are full.
	function flush() {
		if (text == "") return
		print ".Pp"
		gsub(/[.] /, ".\n", text); print text; text = ""
	}
	/^usage: / { print ".Ss " name; synopsis(); next }
	/^Examples:$/ { flush(); part = "examples"
		print ".Pp\n.Bd -literal -offset indent -compact"; next }
	/^Options:$/ { if (part == "examples") print ".Ed"; part = "options"; exit }
	part == "examples" { if ($0 != "") print escape(substr($0, 3)); next }
	$0 == "" { flush(); next }
	$1 == name ":" { $1 = ""; $0 = toupper(substr($0, 2, 1)) substr($0, 3) }
	{ text = text (text == "" ? "" : " ") escape($0) }'
	own=$("$wardgate" help "$1" | awk 'NR == FNR { common[$1]; next }
		/^  --/ && !($1 in common)' "$common" -)
	[ -z "$own" ] || {
		printf '.Pp\nIts own options:\n.Bl -tag -width Ds -compact\n'
		printf '%s\n' "$own" | options
		echo .El
	}
}

commands() {
	"$wardgate" help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' |
		while read -r command; do page "$command"; done
}

codes() {
	"$wardgate" help | awk "$escape"'
	/^Exit codes:/ { on = 1; next }
	on && /^ ? [0-9]/ { print ".It " $1; $1 = "" }
	on { sub(/^ +/, ""); print escape($0) }'
}

reasons() {
	"$wardgate" reasons | awk "$escape"'
	/^[A-Z]/ { if (on) print ".El"; print ".Ss " $0; print ".Bl -tag -width Ds"; on = 1; next }
	/^ +-> / { sub(/^ +-> /, ""); print ".br\nTo let it pass: " escape($0) "."; next }
	NF { label = $1; sub(/^ +[a-z0-9_]+ +/, ""); print ".It Cm " label; print escape($0) "." }
	END { print ".El" }'
}

common=$(mktemp)
trap 'rm -f "$common"' EXIT
"$wardgate" help | grep '^  --' >"$common"
while IFS= read -r line; do
	case $line in
	@COMMANDS@) commands ;;
	@OPTIONS@) options <"$common" ;;
	@CODES@) codes ;;
	@REASONS@) reasons ;;
	*) printf '%s\n' "$line" ;;
	esac
done <"$template"
