/* SPDX-License-Identifier: GPL-2.0-only */
/* What profiles and rules limit, in the units of the policy. */
#include <errno.h>
#include <string.h>

#include "policy/prove.h"

#define TICKS ((unsigned __int128)16 * 1000000000)

/* Of `each` a second: the interval is the largest whole number that grants no less. */
static bool is_interval(uint64_t interval, uint64_t each, unsigned __int128 second)
{
	return each ? interval * (unsigned __int128)each <= second &&
			       (interval + (unsigned __int128)1) * each > second
		    : !interval;
}

static bool is_rate(const struct ward_rate *compiled, const struct model_rate *meant)
{
	uint64_t packets = meant->packets / 10 > 16 ? meant->packets / 10 : 16;
	uint64_t bits = meant->bits / 20 > 131072 ? meant->bits / 20 : 131072;

	if (meant->burst)
		packets = meant->burst;
	if (meant->burst_bits)
		bits = meant->burst_bits;
	return is_interval(compiled->packet_interval, meant->packets, TICKS) &&
	       is_interval(compiled->byte_interval, meant->bits, TICKS * 8 << 16) &&
	       compiled->packet_tolerance == compiled->packet_interval * (packets - 1) &&
	       compiled->byte_tolerance ==
		       (uint64_t)((unsigned __int128)compiled->byte_interval * (bits / 8) >> 16);
}

static bool is_limit(const struct ward_rate rate[WARD_SIDES], const struct ward_flow_limit *flows,
		     const struct model_limit *meant)
{
	return is_rate(&rate[WARD_CLINICAL], &meant->rate[WARD_CLINICAL]) &&
	       is_rate(&rate[WARD_IT], &meant->rate[WARD_IT]) && flows->flows == meant->flows &&
	       is_interval(flows->interval, meant->new_flows, TICKS) &&
	       flows->tolerance == (meant->new_flows ? meant->new_flows - 1 : 0) * flows->interval;
}

static int prove_profiles(const struct model *model, const struct image *image, struct error *error)
{
	for (size_t i = 0; i < image->profiles.count; i++) {
		const struct ward_profile *compiled = &image->profiles.items[i];
		const struct model_profile *meant;
		const struct model_rate *rate;
		unsigned rates;

		if (compiled->rules >= model->profiles.count)
			return prove_failed(error, "a profile has no rules");
		meant = &model->profiles.items[compiled->rules];
		rate = meant->limit.rate;
		rates = (rate[0].packets || rate[0].bits ? 1 : 0) +
			(rate[1].packets || rate[1].bits ? 2 : 0);
		if (!is_limit(compiled->rate, &compiled->new_flows, &meant->limit) ||
		    compiled->has_rates != rates ||
		    compiled->tracks_fragments != meant->tracks_fragments)
			return prove_failed(error, "a profile has other limits");
	}
	return 0;
}

static int prove_quarantine(const struct model *model, const struct image *image,
			    struct error *error)
{
	const struct ward_profile *profile;

	if (!model->quarantine.text)
		return image->quarantine_profile == WARD_NO_PROFILE
			       ? 0
			       : prove_failed(error, "there is a profile for quarantine");
	if (image->quarantine_profile >= image->profiles.count)
		return prove_failed(error, "quarantine has no profile");
	profile = &image->profiles.items[image->quarantine_profile];
	if (profile->rules != model->quarantine_profile ||
	    profile->enforcement != WARD_MODE_ENFORCE)
		return prove_failed(error, "quarantine has another profile");
	return 0;
}

/* Rules stand in the order of the policy, and those with limits are counted in each profile. */
static int prove_rule_limits(const struct model *model, const struct image *image,
			     struct error *error)
{
	size_t at = 0;

	for (size_t p = 0; p < model->profiles.count; p++) {
		const struct model_profile *profile = &model->profiles.items[p];
		uint32_t buckets = 0;

		for (size_t r = 0; r < profile->rules.count; r++, at++) {
			const struct image_rule *rule = &image->rules.items[at];
			const struct model_limit *limit = &profile->rules.items[r].limit;

			if (at >= image->rules.count || rule->profile != p || rule->rule != r)
				return prove_failed(error, "a rule stands elsewhere");
			if (!is_limit(rule->limit.rate, &rule->limit.new_flows, limit) ||
			    rule->limit.bucket != (limit->place.line ? buckets : 0))
				return prove_failed(error, "a rule has other limits");
			buckets += limit->place.line != 0;
		}
		if (buckets > WARD_RULE_BUCKETS)
			return prove_failed(error, "a profile has too many rules with limits");
	}
	return at == image->rules.count ? 0 : prove_failed(error, "there are more rules");
}

int prove_limits(const struct model *model, const struct image *image, struct error *error)
{
	return prove_profiles(model, image, error) ?: prove_quarantine(model, image, error) ?:
	       prove_rule_limits(model, image, error);
}
