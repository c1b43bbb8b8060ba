/* SPDX-License-Identifier: GPL-2.0-only */
/* A list of devices as CSV; its first byte says the delimiter. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const char *const delimiters[] = { "\",\"", "\";\"", "\"|\"", "tab" };
	struct sources *sources;
	char text[1024];

	if (!length)
		return 0;
	snprintf(text, sizeof(text),
		 FUZZ_HEAD
		 "import:\n"
		 "  - csv: list\n"
		 "    delimiter: %s\n"
		 "    columns: { name: name, mac: mac, ip: [ip, ip6], vlan: vlan, profile: type }\n"
		 "    skip: { type: [old, \"\"] }\n"
		 "    profiles: { \"CT, new\": ct, CT: ct }\n",
		 delimiters[bytes[0] % 4]);
	sources = fuzz_sources(text, strlen(text));
	fuzz_add(sources, "list", bytes + 1, length - 1);
	fuzz_check(&sources);
	return 0;
}
