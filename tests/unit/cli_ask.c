/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands print that answer questions about a policy. */
#include <criterion/criterion.h>

#include "base/own.h"
#include "cli/command.h"
#include "cli_lab.h"

#define OLD CLI_GOLDEN "old.yaml"
#define NEW CLI_GOLDEN "new.yaml"
#define LESS CLI_GOLDEN "less.yaml"

static struct options diff(const char *operands[], size_t count)
{
	return (struct options){ .command = "diff",
				 .operand = operands[0],
				 .operands = operands,
				 .operand_count = count };
}

Test(cli_ask, diff_says_what_changes_and_its_exit_code_whether_it_widens)
{
	cli_expect_as("running", "diff", diff((const char *[]){ OLD, NEW }, 2), EXIT_WIDENED);
	cli_expect_as("running", "diff-same", diff((const char *[]){ OLD, OLD }, 2), EXIT_DONE);
	cli_expect_as("running", "diff-less", diff((const char *[]){ OLD, LESS }, 2),
		      EXIT_NARROWED);
	cli_expect_as("running", "diff-running", diff((const char *[]){ NEW }, 1), EXIT_WIDENED);
}

static struct options who(const char *from, const char *to)
{
	return (struct options){ .command = "who",
				 .operand = OLD,
				 .operand_count = 1,
				 .from = from,
				 .to = to };
}

Test(cli_ask, who_lists_those_who_may)
{
	struct options service = who(NULL, "pacs"), running = who("central", NULL);

	cli_expect_as("running", "who-to", who(NULL, "servers"), EXIT_DONE);
	cli_expect_as("running", "who-devices", who(NULL, "198.18.120.0/24"), EXIT_DONE);
	service.service = "ssh";
	cli_expect_as("running", "who-none", service, EXIT_DONE);
	running.from = "device:central";
	running.operand_count = 0;
	running.operand = NULL;
	cli_expect_as("running", "who-running", running, EXIT_DONE);
	cli_expect_as("running", "who-unknown", who("scaner", NULL), EXIT_USAGE);
	cli_expect_as("running", "who-ambiguous", who("central", NULL), EXIT_USAGE);
}

Test(cli_ask, who_has_other_forms)
{
	struct options csv = who(NULL, "servers"), dot = csv, svg = csv;

	csv.csv = dot.dot = svg.svg = true;
	cli_expect_as("running", "who-csv", csv, EXIT_DONE);
	cli_expect_as("running", "who-dot", dot, EXIT_DONE);
	cli_expect_as("running", "who-svg", svg, EXIT_DONE);
}

/* Groups have networks that nobody wrote, and a file may include others. */
Test(cli_ask, places_are_in_the_file_that_they_are_in)
{
	struct options grouped = who(NULL, "icu");

	grouped.operand = CLI_GOLDEN "grouped.yaml";
	cli_expect_as("running", "who-grouped", grouped, EXIT_DONE);
	cli_expect_as("running", "diff-grouped",
		      diff((const char *[]){ OLD, CLI_GOLDEN "grouped.yaml" }, 2), EXIT_WIDENED);
}

Test(cli_ask, test_names_what_does_not_hold)
{
	const char *files[] = { "tests/golden/assertions_fail.yaml", OLD };
	struct options options = { .command = "test",
				   .operand = files[0],
				   .operands = files,
				   .operand_count = 2 };

	cli_expect_as("running", "test", options, EXIT_FAILED);
	options.junit = true;
	cli_expect_as("running", "test-junit", options, EXIT_FAILED);
	options.operands = &files[1];
	options.operand_count = 1;
	options.junit = false;
	cli_expect_as("running", "test-none", options, EXIT_DONE);
}

Test(cli_ask, explain_shows_stages_rule_and_edit)
{
	cli_expect("explain",
		   (struct options){ .command = "explain",
				     .operand = "ct",
				     .operands = (const char *[]){ "ct", "198.18.110.200",
								   "tcp/104" },
				     .operand_count = 3 },
		   EXIT_DONE);
}

static struct options audit(const char *operands[], size_t count)
{
	return (struct options){ .command = "audit",
				 .operand = count ? operands[0] : NULL,
				 .operands = operands,
				 .operand_count = count };
}

#define LOG CLI_GOLDEN "audit.log"
#define EDITED CLI_GOLDEN "audit-edited.log"

Test(cli_ask, audit_lists_who_did_what)
{
	struct options json = audit((const char *[]){ LOG }, 1);

	cli_expect_as("running", "audit", json, EXIT_DONE);
	json.json = true;
	cli_expect_as("running", "audit-json", json, EXIT_DONE);
	cli_expect_as("running", "audit-edited", audit((const char *[]){ EDITED }, 1), EXIT_FAILED);
}

Test(cli_ask, audit_verify_finds_a_changed_line)
{
	cli_expect_as("running", "audit-verify", audit((const char *[]){ "verify", LOG }, 2),
		      EXIT_DONE);
	cli_expect_as("running", "audit-verify-edited",
		      audit((const char *[]){ "verify", EDITED }, 2), EXIT_FAILED);
}

Test(cli_ask, audit_verify_finds_a_cut_end_by_a_noted_head)
{
	struct options head = audit((const char *[]){ "verify", LOG }, 2);

	/* That of the fifth line, which was the last one for a while. */
	head.head = "4045bb222c811fa5";
	cli_expect_as("running", "audit-verify", head, EXIT_DONE);
	head.head = "0123456789abcdef";
	cli_expect_as("running", "audit-verify-head", head, EXIT_FAILED);
	head.head = "nothing";
	cli_expect_as("running", "audit-verify-bad-head", head, EXIT_USAGE);
}
