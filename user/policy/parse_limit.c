/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

#include "policy/parse_parts.h"
#include "wardgate/state_maps.h"

static const struct value_range packet_range = { "a limit of packets", "2000/s", 1,
						 VALUES_MAX_PACKETS,
						 "limits of packets are 1/s to 100M/s" };
static const struct value_range burst_range = { "a burst of packets", "4000", 1, VALUES_MAX_BURST,
						"bursts are 1 to 10M packets" };
static const struct value_range new_flow_range = { "a limit of new flows", "50/s", 1,
						   VALUES_MAX_NEW_FLOWS,
						   "limits of new flows are 1/s to 1M/s" };
static const struct value_range flow_range = { "a limit of flows", "20", 1, WARD_FLOWS,
					       "a device has places for 64 flows" };
static const struct value_range bit_range = { "a limit of bits", "400M/s", VALUES_MIN_BITS,
					      VALUES_MAX_BITS,
					      "limits of bits are 1k/s to 400G/s" };
static const struct value_range burst_bit_range = { "a burst of bits", "8M", VALUES_MIN_BURST_BITS,
						    VALUES_MAX_BURST_BITS,
						    "bursts of bits are 16k to 400G" };

static void limit_value(struct parser *p, const struct node *node, const struct value_range *range,
			uint64_t *out)
{
	const char *text = keys_text(p, node, range->what);
	bool rate = strchr(range->example, '/');
	struct complaint complaint;

	if (text && (rate ? value_rate : value_amount)(text, range, out, &complaint))
		keys_complain(p, node, &complaint);
}

/* In one direction. */

static void rate_packets(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &packet_range, &((struct model_rate *)into)->packets);
}

static void rate_burst(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &burst_range, &((struct model_rate *)into)->burst);
}

static void rate_bits(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &bit_range, &((struct model_rate *)into)->bits);
}

static void rate_burst_bits(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &burst_bit_range, &((struct model_rate *)into)->burst_bits);
}

static const struct key rate_table[] = {
	{ "packets", false, rate_packets },
	{ "burst", false, rate_burst },
	{ "bits", false, rate_bits },
	{ "burst-bits", false, rate_burst_bits },
};
KEYS(rate_keys, "what is received", rate_table);

static bool has_key(const struct node *map, const char *name)
{
	for (const struct node *key = map->first; key; key = key->next->next)
		if (key->kind == NODE_BAD || !strcmp(key->text, name))
			return true;
	return false;
}

static void check_rate(struct parser *p, const struct node *node)
{
	if (!node->first)
		diag_error(p->diags, E_EMPTY, node->place, "leave it out for no limit",
			   "a limit without a value");
	if (has_key(node, "burst") && !has_key(node, "packets"))
		diag_error(p->diags, E_BURST_ALONE, node->place, "add `packets`, as in 2000/s",
			   "`burst` without `packets`");
	if (has_key(node, "burst-bits") && !has_key(node, "bits"))
		diag_error(p->diags, E_BURST_ALONE, node->place, "add `bits`, as in 400M/s",
			   "`burst-bits` without `bits`");
}

/* In both, and of flows. */

static struct model_rate *sent(void *into)
{
	return &((struct model_limit *)into)->rate[WARD_CLINICAL];
}

static void limit_packets(struct parser *p, const struct node *node, void *into)
{
	rate_packets(p, node, sent(into));
}

static void limit_burst(struct parser *p, const struct node *node, void *into)
{
	rate_burst(p, node, sent(into));
}

static void limit_bits(struct parser *p, const struct node *node, void *into)
{
	rate_bits(p, node, sent(into));
}

static void limit_burst_bits(struct parser *p, const struct node *node, void *into)
{
	rate_burst_bits(p, node, sent(into));
}

static void limit_new_flows(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &new_flow_range, &((struct model_limit *)into)->new_flows);
}

static void limit_flows(struct parser *p, const struct node *node, void *into)
{
	limit_value(p, node, &flow_range, &((struct model_limit *)into)->flows);
}

static void limit_receive(struct parser *p, const struct node *node, void *into)
{
	if (keys_parse(p, node, &rate_keys, &((struct model_limit *)into)->rate[WARD_IT]))
		check_rate(p, node);
}

static const struct key limit_table[] = {
	{ "packets", false, limit_packets },	 { "burst", false, limit_burst },
	{ "bits", false, limit_bits },		 { "burst-bits", false, limit_burst_bits },
	{ "new-flows", false, limit_new_flows }, { "flows", false, limit_flows },
	{ "receive", false, limit_receive },
};
KEYS(limit_keys, "a limit", limit_table);

void parse_limit(struct parser *p, const struct node *node, struct model_limit *out)
{
	out->place = node->place;
	if (keys_parse(p, node, &limit_keys, out))
		check_rate(p, node);
}
