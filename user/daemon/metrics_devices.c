/* SPDX-License-Identifier: GPL-2.0-only */
/* Metrics of ports and devices. */
#include <inttypes.h>

#include "base/own.h"
#include "daemon/metrics_parts.h"
#include "daemon/reasons.h"

static void port_labels(struct export *e, const char *name, size_t port)
{
	const struct running *r = &e->daemon->running;
	const struct image_port *p = &r->policy->image->ports.items[port];
	char link[2 * WARD_NAME_SIZE + 1];

	metrics_label(e, name, "port", p->ifname);
	text_add(e->out, ",link=\"%s\",side=\"%s\"}",
		 metrics_escaped(link, r->policy->model->links.items[p->link].name.text),
		 p->flags & WARD_PORT_HAIRPIN ? "both"
		 : p->side == WARD_CLINICAL   ? "clinical"
					      : "it");
}

void metrics_port_attached(struct export *e, const char *name)
{
	for (size_t i = 0; i < metrics_port_count(e); i++) {
		struct port_status status = { .state = PORT_MISSING };
		struct error ignored;

		kernel_port_status(e->daemon->kernel,
				   e->daemon->running.policy->image->ports.items[i].ifname, &status,
				   &ignored);
		port_labels(e, name, i);
		text_add(e->out, " %d\n", status.state == PORT_ATTACHED);
	}
}

static const struct owner_totals *port_totals(const struct export *e, size_t port)
{
	return &e->counters->owners[e->daemon->running.slots.port_owner[port]];
}

static uint64_t passed_packets(const struct owner_totals *totals)
{
	return totals->lane[WARD_CLINICAL].packets + totals->lane[WARD_IT].packets;
}

void metrics_port_passed_packets_total(struct export *e, const char *name)
{
	for (size_t i = 0; i < metrics_port_count(e); i++) {
		port_labels(e, name, i);
		text_add(e->out, " %" PRIu64 "\n", passed_packets(port_totals(e, i)));
	}
}

/* Whom the packets are charged to, as a label of the series. */
struct charged {
	const char *label, *name;
};

static void by_reason(struct export *e, const char *family, struct charged to,
		      const uint64_t packets[WARD_DROP_SLOTS])
{
	for (int i = 0; i < WARD_DROP_SLOTS; i++) {
		const char *reason = reason_texts[WARD_FIRST_DROP_REASON + i].label;

		if (!reason || !packets[i])
			continue;
		metrics_label(e, family, to.label, to.name);
		text_add(e->out, ",reason=\"%s\"} %" PRIu64 "\n", reason, packets[i]);
	}
}

static struct charged to_port(const struct export *e, size_t port)
{
	return (struct charged){ "port",
				 e->daemon->running.policy->image->ports.items[port].ifname };
}

void metrics_port_dropped_packets_total(struct export *e, const char *name)
{
	for (size_t i = 0; i < metrics_port_count(e); i++)
		by_reason(e, name, to_port(e, i), port_totals(e, i)->dropped);
}

static void two_series(struct export *e, const char *name, const struct subject *s,
		       const char *const texts[2], const uint64_t numbers[2])
{
	for (int i = 0; i < 2; i++) {
		metrics_label(e, name, "device", s->name);
		text_add(e->out, ",%s\"} %" PRIu64 "\n", texts[i], numbers[i]);
	}
}

static const char *const verdicts[2] = { "verdict=\"passed", "verdict=\"dropped" };
static const char *const directions[2] = {
	[WARD_CLINICAL] = "direction=\"sent", [WARD_IT] = "direction=\"received"
};

void metrics_packets_total(struct export *e, const char *name)
{
	for (size_t i = 0; i < e->subjects.count; i++) {
		const struct subject *s = &e->subjects.items[i];

		two_series(
			e, name, s, verdicts,
			(uint64_t[]){ passed_packets(s->totals), metrics_sum(s->totals->dropped) });
	}
}

void metrics_bytes_total(struct export *e, const char *name)
{
	for (size_t i = 0; i < e->subjects.count; i++) {
		const struct subject *s = &e->subjects.items[i];
		const struct ward_lane *lane = s->totals->lane;

		two_series(e, name, s, verdicts,
			   (uint64_t[]){ lane[WARD_CLINICAL].bytes + lane[WARD_IT].bytes,
					 s->totals->dropped_bytes });
	}
}

void metrics_passed_packets_total(struct export *e, const char *name)
{
	for (size_t i = 0; i < e->subjects.count; i++) {
		const struct subject *s = &e->subjects.items[i];
		const struct ward_lane *lane = s->totals->lane;

		two_series(e, name, s, directions,
			   (uint64_t[]){ lane[0].packets, lane[1].packets });
	}
}

void metrics_passed_bytes_total(struct export *e, const char *name)
{
	for (size_t i = 0; i < e->subjects.count; i++) {
		const struct subject *s = &e->subjects.items[i];
		const struct ward_lane *lane = s->totals->lane;

		two_series(e, name, s, directions, (uint64_t[]){ lane[0].bytes, lane[1].bytes });
	}
}

void metrics_dropped_packets_total(struct export *e, const char *name)
{
	for (size_t i = 0; i < e->subjects.count; i++)
		by_reason(e, name, (struct charged){ "device", e->subjects.items[i].name },
			  e->subjects.items[i].totals->dropped);
}

void metrics_audited_packets_total(struct export *e, const char *name)
{
	for (size_t i = 0; i < metrics_port_count(e); i++)
		by_reason(e, name, to_port(e, i), port_totals(e, i)->audited);
	for (size_t i = 0; i < e->subjects.count; i++)
		by_reason(e, name, (struct charged){ "device", e->subjects.items[i].name },
			  e->subjects.items[i].totals->audited);
}

void metrics_flows(struct export *e, const char *name)
{
	for (size_t i = 0; i < e->subjects.count; i++) {
		metrics_label(e, name, "device", e->subjects.items[i].name);
		text_add(e->out, "} %u\n", e->subjects.items[i].totals->flows);
	}
}

void metrics_device_last_seen_timestamp_seconds(struct export *e, const char *name)
{
	for (size_t i = 0; i < e->subjects.count; i++) {
		const struct owner_totals *totals = e->subjects.items[i].totals;
		struct monotonic seen = { totals->lane[WARD_CLINICAL].last_seen };

		metrics_label(e, name, "device", e->subjects.items[i].name);
		text_add(e->out, "} %.3f\n", metrics_seconds(clock_to_realtime(seen)));
	}
}

void metrics_device_quarantined(struct export *e, const char *name)
{
	for (size_t i = 0; i < e->subjects.count; i++) {
		const struct subject *s = &e->subjects.items[i];

		metrics_label(e, name, "device", s->name);
		text_add(e->out, "} %" PRIu64 "\n",
			 s->owner == WARD_OWNER_NONE
				 ? e->others_quarantined
				 : (uint64_t)kernel_is_quarantined(e->daemon->kernel, s->owner));
	}
}
