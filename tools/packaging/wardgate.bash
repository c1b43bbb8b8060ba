# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Completion of wardgate(8) and wardgated(8). Commands and options are what their help says.

_wardgate_options() {
	grep -oE '^  --[a-z-]+(, --[a-z-]+)?' | grep -oE -- '--[a-z-]+'
}

# --name: the word that the help has for its value, or nothing.
_wardgate_argument() {
	case $1 in
	--*) ;;
	*) return ;;
	esac
	sed -n "s/^  $1 \([A-Z]\{1,\}\) .*/\1/p"
}

# Names in what the daemon lists, if it runs and this user may ask it.
_wardgate_names() {
	"$wardgate" ${socket:+--socket "$socket"} --json devices 2>/dev/null |
		sed -n 's/^ *"name": "\([A-Za-z0-9._-]*\)".*/\1/p'
}

# Words that can stand for ARGUMENT, or files.
_wardgate_words() {
	case $option$1 in
	*DEVICE* | --deviceNAME | *FROM* | *WHO | *WHOM) _wardgate_names ;;
	*COMMAND*) "$wardgate" help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\).*/\1/p' ;;
	*CODE*) "$wardgate" explain-error | sed -n 's/^  \([EW][0-9]*\) .*/\1/p' ;;
	*LABEL) "$wardgate" reasons --json | sed -n 's/^ *"label": "\(.*\)",*$/\1/p' ;;
	*FLAGS) echo S SA A PA FA R ;;
	esac
}

_wardgate_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_wardgate() {
	local wardgate=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} command='' socket='' \
		option='' word argument help i
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		# Readline splits --name=value.
		[ "$word" != = ] || continue
		case $option in
		--socket) socket=$word option='' && continue ;;
		?*) option='' && continue ;;
		esac
		case $word in
		--*) [ -z "$("$wardgate" help ${command:+"$command"} 2>/dev/null |
			_wardgate_argument "$word")" ] || option=$word ;;
		*) command=${command:-$word} ;;
		esac
	done
	[ "$current" != = ] || current=
	help=$("$wardgate" help ${command:+"$command"} 2>/dev/null)
	if [ -n "$option" ]; then
		argument=$(_wardgate_argument "$option" <<<"$help")
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_wardgate_options <<<"$help")" -- "$current")
		return
	elif [ -z "$command" ]; then
		argument=COMMAND
	else
		argument=$(sed -n "s/^usage: wardgate $command \(.*\) *\[OPTION...\]$/\1/p" <<<"$help")
	fi
	case $argument in
	*FILE* | PATH | *NEW*) _wardgate_files "$current" ;;
	*) mapfile -t COMPREPLY < <(compgen -W "$(_wardgate_words "$argument")" -- "$current") ;;
	esac
}

_wardgated() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} help argument
	help=$("${COMP_WORDS[0]}" --help)
	argument=$(_wardgate_argument "$previous" <<<"$help")
	case $argument in
	DIR) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
	FILE | PATH) _wardgate_files "$current" ;;
	N) COMPREPLY=() ;;
	*) mapfile -t COMPREPLY < <(compgen -W "detach $(_wardgate_options <<<"$help")" -- "$current") ;;
	esac
}

complete -F _wardgate wardgate
complete -F _wardgated wardgated
