/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "cli/command.h"

static const struct command commands[] = {
	{ "check", "FILE", false, 0, "say what is wrong with a policy file, without the daemon",
	  "Reads, checks, compiles and proves the policy with the daemon's own code. Needs "
	  "neither\n"
	  "root nor a running daemon, and changes nothing. What the file includes is read with it.\n"
	  "As file, - is standard input; so it is to `diff`, `who`, `test`, `print` and `fmt`.\n"
	  "\n"
	  "Examples:\n"
	  "  wardgate check hospital.yaml\n"
	  "  wardgate check hospital.yaml --json | jq '.findings[] | {file, line, message}'\n"
	  "  git show main:hospital.yaml | wardgate check -\n",
	  command_check },
	{ "diff", "[OLD] NEW", false, 0, "say what a change of the policy changes, exactly",
	  "Compares what devices may do, not words: over all addresses, services and times. With one\n"
	  "file, compares it with the policy in force. Lines begin with + for what lets more pass, -\n"
	  "for less, ~ for other, = for what only looks or is counted differently. Rules are compared\n"
	  "whatever the enforcement; a change of enforcement has a line of its own. The exit code is\n"
	  "11 when anything lets more pass, 10 when only less passes, 0 when nothing changes.\n"
	  "\n"
	  "Examples:\n"
	  "  wardgate diff hospital.yaml new.yaml\n"
	  "  sudo wardgate diff new.yaml\n"
	  "  wardgate diff a.yaml b.yaml --json | jq '.changes[] | select(.effect==\"widened\")'\n",
	  command_diff },
	{ "who", "FILE", true,
	  OPTION_FROM | OPTION_TO | OPTION_SERVICE | OPTION_CSV | OPTION_DOT | OPTION_SVG,
	  "say who may open what to whom, by the rules",
	  "Exact, of the policy file or of the policy in force. Between two devices both policies must\n"
	  "allow. An end is a name, also as device:NAME, group:NAME, profile:NAME or network:NAME, an\n"
	  "address or a prefix. Rules are meant, whatever the enforcement.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate who --to 10.20.30.40 --service dicom\n"
	  "  wardgate who --from ct-er-1 hospital.yaml\n"
	  "  wardgate who --to pacs --svg hospital.yaml >pacs.svg\n"
	  "  wardgate who --to pacs --dot hospital.yaml | dot -Tpdf >pacs.pdf\n",
	  command_who },
	{ "test", "FILE...", false, OPTION_JUNIT, "say whether assertions and tests hold",
	  "Judges each item of `assert` and `tests` of the policy files over all addresses and\n"
	  "services, and names a counterexample where one does not hold. The exit code is 7 then. An\n"
	  "apply refuses such a policy.\n"
	  "\n"
	  "Examples:\n"
	  "  wardgate test hospital.yaml\n"
	  "  wardgate test --junit policies/*.yaml >results.xml\n",
	  command_test },
	{ "explain", "FROM TO SERVICE", true,
	  OPTION_PCAP | OPTION_POLICY | OPTION_FLAGS | OPTION_PORT,
	  "say what becomes of a packet, and why",
	  "Runs the gateway's own program on the packet, beside the one in force and on a copy of the\n"
	  "live state: nothing is sent, and no counter, limit or connection changes. FROM and TO are\n"
	  "devices or addresses. For a drop it names the rule that comes nearest, and the smallest\n"
	  "edit that would allow it. With --policy, says what would become of it under that policy.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate explain ct-1 10.20.30.40 tcp/104\n"
	  "  sudo wardgate explain 10.20.30.40 ct-1 ssh\n"
	  "  sudo wardgate explain ct-1 10.20.30.40 dicom --flags A\n"
	  "  sudo wardgate explain --pcap trace.pcapng --port eth1 --policy new.yaml\n",
	  command_explain },
	{ "print", "FILE", false, 0, "print the whole policy as one text",
	  "What the file says, with all that it names, in the one order and layout. Comments are "
	  "not\n"
	  "kept. It is a policy that means the same. Needs neither root nor a running daemon.\n"
	  "\n"
	  "Examples:\n"
	  "  wardgate print hospital.yaml\n"
	  "  diff <(wardgate print old.yaml) <(wardgate print new.yaml)\n",
	  command_print },
	{ "fmt", "FILE...", false, OPTION_CHECK, "lay policy files out in the one way",
	  "Rewrites the files in place: indentation, quotes, and what goes on one line. Keys and "
	  "items\n"
	  "stay in their order, and comments with what they stand at. A file that can't be kept "
	  "so is\n"
	  "refused and left as it is. Owner, group and mode of a file stay. Says which files changed.\n"
	  "Of - (standard input) it prints the result.\n"
	  "\n"
	  "Examples:\n"
	  "  wardgate fmt hospital.yaml\n"
	  "  wardgate fmt --check *.yaml\n",
	  command_fmt },
	{ "apply", "FILE", false, 0, "put a policy file in force",
	  "The whole policy comes into force at once. When anything is wrong with it, nothing\n"
	  "changes and the policy before it goes on. A rule that is gone stops live flows, too. What\n"
	  "the file includes is sent to the daemon with it. Says how many devices and rules come and\n"
	  "go, and warns when more than half of the devices go: `wardgate diff NEW` says so before. The\n"
	  "exit code is 1 when the policy is refused, 6 when the machine is not ready for it. Ctrl-C\n"
	  "ends the command, and not the apply that the daemon has begun.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate apply hospital.yaml\n"
	  "  wardgate check new.yaml && sudo wardgate apply new.yaml\n",
	  command_apply },
	{ "preflight", "FILE", true, 0, "say what the machine lacks for a policy",
	  "Looks at the NICs of the policy file, or of the policy in force: native XDP, MTU, queues,\n"
	  "offloads, and what routed links need of the kernel; and whether the gateway has room for\n"
	  "its devices and rules. Each finding ends in its fix. Changes nothing; an apply looks at the same and refuses when something would fail. The exit code "
	  "is\n"
	  "6 then.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate preflight hospital.yaml\n"
	  "  sudo wardgate preflight --json | jq '.findings[] | select(.result!=\"ok\")'\n",
	  command_preflight },
	{ "quarantine", "DEVICE...", true, 0, "take devices off the network at once",
	  "From its next packet on a device may do what the policy's `quarantine` profile allows, or\n"
	  "nothing. Live connections stop too. It stays so over applies and restarts of the daemon,\n"
	  "until it is released; a policy that calls the device by another name is refused. Without\n"
	  "a device, lists those in quarantine. A device is a name, or a MAC or address of the policy\n"
	  "or of a lease.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate quarantine pump-icu-12\n"
	  "  sudo wardgate quarantine 02:00:00:00:12:0c 10.120.4.212\n"
	  "  sudo wardgate quarantine\n",
	  command_quarantine },
	{ "release", "DEVICE...", false, 0, "let devices out of quarantine",
	  "Examples:\n"
	  "  sudo wardgate release pump-icu-12\n"
	  "  sudo wardgate release $(sudo wardgate quarantine --json | jq -r '.devices[].name')\n",
	  command_release },
	{ "status", NULL, false, 0, "tell whether all is well",
	  "The first line is the short answer. Warnings follow, then the numbers. The exit code is 6\n"
	  "when there is no policy, the daemon does not know the one that runs, or a port does not\n"
	  "work.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate status\n"
	  "  sudo wardgate status --json | jq .generation\n",
	  command_status },
	{ "devices", "DEVICE", true, 0, "list the policy's devices with their traffic",
	  "All, or the one of this name, MAC or address. SENT and RECEIVED count what passed from and\n"
	  "to the device, DROPPED what it lost. LAST PASSED is when something that it sent last\n"
	  "passed: a device of which all is dropped has \"never\" there, and is not switched off. A\n"
	  "leased address is followed by how long the lease goes on.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate devices\n"
	  "  sudo wardgate devices 02:00:00:00:11:01\n"
	  "  sudo wardgate devices --json | jq -r '.devices[] | select(.last_seen==null).name'\n"
	  "  sudo wardgate devices --json | jq -r '.devices[] | select(.quarantined).name'\n",
	  command_devices },
	{ "rules", "DEVICE", true, 0, "list the policy's rules with their use",
	  "All, or those of the profile of a device, by its name, MAC or address. A rule that is never\n"
	  "used may be one that nobody needs. What is counted is of all devices of the profile.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate rules\n"
	  "  sudo wardgate rules ct-er-1\n"
	  "  sudo wardgate rules --json | jq '.rules[] | select(.packets==0)'\n",
	  command_rules },
	{ "drops", NULL, false, OPTION_DEVICE | OPTION_REASON | OPTION_AUDITED,
	  "count what was dropped, by device and reason",
	  "The counters are exact. What belongs to no device is charged to the port it came in "
	  "on. With --audited it counts what passed in audit mode only: what `enforce` would drop.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate drops\n"
	  "  sudo wardgate drops --audited\n"
	  "  sudo wardgate drops --device ct-er-1\n"
	  "  sudo wardgate drops --reason unsolicited\n",
	  command_drops },
	{ "watch", NULL, false, OPTION_DEVICE | OPTION_REASON | OPTION_COUNT,
	  "show drops as they happen, with the place in the policy",
	  "A line a drop, in local time: who, to whom, which service, why, and where in the "
	  "policy\n"
	  "an allow would go. Floods are sampled here; `wardgate drops` has the exact numbers. "
	  "Ends\n"
	  "with Ctrl-C or after --count drops.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate watch --device ct-er-1\n"
	  "  sudo wardgate watch --reason service --count 1\n"
	  "  sudo wardgate watch --json | jq -r .sentence\n",
	  command_watch },
	{ "audit", "[verify] [FILE]", true, OPTION_HEAD, "list who changed what, or verify that log",
	  "Each change that was asked for has a line in the audit log, and one for how it went. Each\n"
	  "line keeps the hash of the one before: `verify` finds a line that was changed, removed or\n"
	  "moved, and exits with 7 then. Lines cut off at the end leave no trace there: compare the\n"
	  "number and hash of the last one with those of `status` or Prometheus, or give a noted hash\n"
	  "with --head. Reads the file (/var/lib/wardgate/audit.jsonl), and asks no daemon.\n"
	  "\n"
	  "Examples:\n"
	  "  sudo wardgate audit\n"
	  "  sudo wardgate audit verify\n"
	  "  wardgate audit verify --head 5e884898da28 copy-of-audit.jsonl\n"
	  "  sudo wardgate audit --json | jq -r '.entries[] | select(.action==\"apply\").subject'\n",
	  command_audit },
	{ "reasons", NULL, false, 0, "explain every reason, and what to do about it",
	  "Works without the daemon.\n"
	  "\n"
	  "Examples:\n"
	  "  wardgate reasons | grep -A1 spoofed\n"
	  "  wardgate reasons --json\n",
	  command_reasons },
	{ "explain-error", "CODE", true, 0, "explain a finding of `check`, as in E031",
	  "Says why it is one, with an example and what to write instead. Without a code, lists all.\n"
	  "Works without the daemon.\n"
	  "\n"
	  "Examples:\n"
	  "  wardgate explain-error E031\n"
	  "  wardgate check hospital.yaml --json | jq -r '.findings[].code' | sort | uniq -c\n",
	  command_explain_error },
	{ "services", "NAME", true, 0, "list the services that a policy may name without defining them",
	  "The shipped library: names, ports, what they are for, and who says so. A policy defines\n"
	  "others under `services`. Works without the daemon.\n"
	  "\n"
	  "Examples:\n"
	  "  wardgate services dicom\n"
	  "  wardgate services --json | jq -r '.services[].name'\n",
	  command_services },
	{ "help", "COMMAND", true, 0, "explain the program, or a command",
	  "Examples:\n"
	  "  wardgate help\n"
	  "  wardgate help watch\n",
	  command_help },
	{ "version", NULL, false, 0, "print the version",
	  "Examples:\n"
	  "  wardgate version\n",
	  command_version },
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

const char *command_guess(const char *name)
{
	const char *best = NULL;
	unsigned least = 3;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned distance = text_distance(commands[i].name, name);

		if (distance < least) {
			least = distance;
			best = commands[i].name;
		}
	}
	return best;
}

/* What is looked for here, and is done elsewhere. */
static const struct {
	const char *name, *hint;
} elsewhere[] = {
	{ "detach", "stop the daemon and run `wardgated detach`, which takes the program off the "
		    "ports and forgets all state" },
	{ "start", "run `wardgated`, the daemon" },
	{ "stop", "stop the process wardgated: the policy stays in force without it; `wardgated "
		  "detach` takes the gateway out" },
	{ "reload", "`wardgate apply FILE` puts a policy in force" },
};

void command_unknown(struct output *out, const char *name)
{
	const char *guess = command_guess(name);

	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++) {
		if (strcmp(elsewhere[i].name, name))
			continue;
		output_error(out, "Usage", "there is no command '%s': %s", name,
			     elsewhere[i].hint);
		return;
	}
	output_error(out, "Usage", "there is no command '%s'%s%s%s", name,
		     guess ? "; did you mean '" : ", see `wardgate help`", guess ? guess : "",
		     guess ? "'?" : "");
}

bool command_can_send(const char *what, const char *text, struct output *out)
{
	if (text_is_clean(text, strlen(text)))
		return true;
	output_error(out, "Usage", "the %s %s is not clean UTF-8", what, text);
	return false;
}

/* "check FILE", "help [COMMAND]". */
static void format_usage(char *out, size_t size, const struct command *command)
{
	bool optional = command->operand_optional && command->operand[0] != '[';

	if (command->operand)
		snprintf(out, size, "%s %s%s%s", command->name, optional ? "[" : "",
			 command->operand, optional ? "]" : "");
	else
		snprintf(out, size, "%s", command->name);
}

void command_help_all(FILE *stream)
{
	fputs("usage: wardgate [OPTION...] COMMAND [ARGUMENT] [OPTION...]\n"
	      "\n"
	      "Wardgate lets each medical device talk to exactly what its policy names.\n"
	      "\n"
	      "Commands:\n",
	      stream);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *command = &commands[i];
		char left[64];

		format_usage(left, sizeof(left), command);
		fprintf(stream, "  %-22s  %s\n", left, command->summary);
	}
	fputs("\nOptions of every command:\n", stream);
	options_help_common(stream);
	fputs("\n"
	      "Environment:\n"
	      "  WARDGATE_SOCKET   where wardgated listens, when --socket is not given\n"
	      "  NO_COLOR          not empty: no colours\n"
	      "\n"
	      "`wardgate COMMAND --help` has the options of a command, and examples.\n"
	      "\n"
	      "Exit codes:\n"
	      "  0  done\n"
	      "  1  refused: the policy has errors or would end a quarantine, or `fmt --check`\n"
	      "     would change a file\n"
	      "  2  wrong usage, a file that can't be read, or a device that nobody knows\n"
	      "  3  wardgated can't be reached\n"
	      "  4  permission denied\n"
	      "  5  wardgated, the kernel or this program failed\n"
	      "  6  not all is well: no policy, a port that does not work, or a machine that is\n"
	      "     not ready for the policy\n"
	      "  7  an assertion or a test of the policy does not hold, or the audit log was changed\n"
	      " 10  the new policy lets less pass\n"
	      " 11  the new policy lets more pass, and perhaps less elsewhere\n",
	      stream);
}

void command_help_one(FILE *stream, const struct command *command)
{
	char usage[64];

	format_usage(usage, sizeof(usage), command);
	fprintf(stream, "usage: wardgate %s [OPTION...]\n\n", usage);
	fprintf(stream, "%s: %s.\n\n%s\nOptions:\n", command->name, command->summary,
		command->help);
	options_help(stream, command->options);
	options_help_common(stream);
}
