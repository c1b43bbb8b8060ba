/* SPDX-License-Identifier: GPL-2.0-only */
/* A list of devices as JSON. */
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const char text[] =
		FUZZ_HEAD "import:\n"
			  "  - netbox: list\n"
			  "    columns: { name: name, mac: mac, ip: [ip4.address, ip6.address], "
			  "vlan: custom.vlan, profile: type }\n"
			  "    skip: { type: [old], custom.vlan: [\"9\"] }\n"
			  "    profiles: { \"CT, new\": ct, CT: ct }\n";
	struct sources *sources = fuzz_sources(text, strlen(text));

	fuzz_add(sources, "list", bytes, length);
	fuzz_check(&sources);
	return 0;
}
