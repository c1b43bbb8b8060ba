/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exhaustive, not sampled. All addresses are cut into intervals at every border that the model or
 * the image knows of; inside an interval neither can tell two addresses apart, so its first address
 * speaks for all. The same for the ports of each protocol. Then, for each profile and direction,
 * every interval of addresses meets every interval of ports.
 *
 * What keeps it quick: whether a rule matches depends on the address and the port one by one. So
 * the naive evaluation runs once for each rule and interval, and intervals that match the same
 * rules and have the same class in the image are compared once.
 */
#include "policy/policy.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/own.h"
#include "policy/evaluate.h"

/* One point that speaks for an interval. */
struct point {
	uint32_t value;		/* address or port, host order */
	enum protocol protocol;	/* of a port */
	uint32_t class;		/* in the image */
};

typedef VEC(struct point) points;

/* Which rules of a profile match a point, and the point's class: a row. */
struct rows {
	size_t words;		/* of 64 rules, for each row */
	size_t count;
	const struct point **point;
	uint64_t *bits;
};

static int by_value(const void *left, const void *right)
{
	const struct point *a = left, *b = right;

	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	return a->value < b->value ? -1 : a->value > b->value;
}

static void sort_unique(points *p)
{
	size_t kept = 0;

	if (!p->count)
		return;
	qsort(p->items, p->count, sizeof(*p->items), by_value);
	for (size_t i = 0; i < p->count; i++)
		if (!i || by_value(&p->items[i], &p->items[kept - 1]))
			p->items[kept++] = p->items[i];
	p->count = kept;
}

static int add_point(points *p, enum protocol protocol, uint32_t value)
{
	struct point *point = vec_add(p);

	if (!point)
		return -ENOMEM;
	point->protocol = protocol;
	point->value = value;
	return 0;
}

/* The first address of the prefix, and the first one behind it. */
static int add_prefix(points *p, uint32_t address, uint32_t length)
{
	uint64_t behind = (uint64_t)address + (1ull << (32 - length));

	if (add_point(p, 0, address))
		return -ENOMEM;
	return behind <= UINT32_MAX ? add_point(p, 0, (uint32_t)behind) : 0;
}

static int collect_addresses(const struct model *model, const struct image *image, points *out)
{
	int err = add_point(out, 0, 0);

	for (size_t n = 0; !err && n < model->networks.count; n++) {
		const struct model_network *network = &model->networks.items[n];

		for (size_t i = 0; !err && i < network->prefixes.count; i++)
			err = add_prefix(out, ntohl(network->prefixes.items[i].address),
					 network->prefixes.items[i].length);
	}
	for (size_t i = 0; !err && i < image->hosts.count; i++)
		err = add_prefix(out, ntohl(image->hosts.items[i].key.address), 32);
	for (size_t i = 0; !err && i < image->prefixes.count; i++)
		err = add_prefix(out, ntohl(image->prefixes.items[i].key.address),
				 image->prefixes.items[i].key.length);
	if (err)
		return err;
	sort_unique(out);
	for (size_t i = 0; i < out->count; i++)
		out->items[i].class = image_peer_class(image, htonl(out->items[i].value));
	return 0;
}

static int add_range(points *p, const struct model_port_range *range)
{
	if (range->protocol == PROTOCOL_ICMP_ECHO)
		return 0;
	if (add_point(p, range->protocol, range->first))
		return -ENOMEM;
	return range->last < UINT16_MAX ? add_point(p, range->protocol, range->last + 1u) : 0;
}

static int collect_model_ports(const struct model *model, points *out)
{
	int err = 0;

	for (size_t s = 0; !err && s < model->services.count; s++)
		for (size_t i = 0; !err && i < model->services.items[s].ranges.count; i++)
			err = add_range(out, &model->services.items[s].ranges.items[i]);
	for (size_t p = 0; !err && p < model->profiles.count; p++) {
		const struct model_profile *profile = &model->profiles.items[p];

		for (size_t r = 0; !err && r < profile->rules.count; r++)
			for (size_t s = 0; !err && s < profile->rules.items[r].services.count; s++)
				if (profile->rules.items[r].services.items[s].in_place)
					err = add_range(
						out,
						&profile->rules.items[r].services.items[s].range);
	}
	return err;
}

static int collect_ports(const struct model *model, const struct image *image, points *out)
{
	int err = add_point(out, PROTOCOL_ICMP_ECHO, 0) ?: collect_model_ports(model, out);

	for (enum protocol p = PROTOCOL_TCP; !err && p <= PROTOCOL_UDP; p++)
		for (uint32_t port = 0; !err && port <= UINT16_MAX; port++)
			if (!port || image_service_class(image, p, (uint16_t)port) !=
					     image_service_class(image, p, (uint16_t)(port - 1)))
				err = add_point(out, p, port);
	if (err)
		return err;
	sort_unique(out);
	for (size_t i = 0; i < out->count; i++)
		out->items[i].class = image_service_class(image, out->items[i].protocol,
							  (uint16_t)out->items[i].value);
	return 0;
}

static void rows_free(struct rows *rows)
{
	free(rows->point);
	free(rows->bits);
	*rows = (struct rows){ 0 };
}

static uint64_t *row_bits(const struct rows *rows, size_t row)
{
	return rows->bits + row * rows->words;
}

/* A row counts once for each class of the image and set of matching rules. */
static void keep_if_new(struct rows *rows, size_t *table, size_t size, const struct point *point)
{
	const uint64_t *bits = row_bits(rows, rows->count);
	uint64_t h = point->class * 0x9e3779b97f4a7c15u;
	size_t at;

	for (size_t w = 0; w < rows->words; w++)
		h = (h ^ bits[w]) * 0xd6e8feb86659fd93u, h ^= h >> 32;
	for (at = h & (size - 1); table[at]; at = (at + 1) & (size - 1))
		if (rows->point[table[at] - 1]->class == point->class &&
		    !memcmp(row_bits(rows, table[at] - 1), bits, rows->words * sizeof(*bits)))
			return;
	rows->point[rows->count++] = point;
	table[at] = rows->count;
}

static int rows_of_points(const struct model *model, const struct model_profile *profile,
			  const points *from, bool addresses, struct rows *out)
{
	size_t size = 64;
	_cleanup_free_ size_t *table = NULL;

	while (size < from->count * 2)
		size *= 2;
	table = calloc(size, sizeof(*table));
	out->words = profile->rules.count / 64 + 1;
	out->point = calloc(from->count + 1, sizeof(struct point *));
	out->bits = calloc((from->count + 1) * out->words, sizeof(*out->bits));
	if (!table || !out->point || !out->bits)
		return -ENOMEM;
	for (size_t i = 0; i < from->count; i++) {
		const struct point *point = &from->items[i];
		uint64_t *bits = row_bits(out, out->count);

		memset(bits, 0, out->words * sizeof(*bits));
		for (size_t r = 0; r < profile->rules.count; r++) {
			const struct model_rule *rule = &profile->rules.items[r];
			bool match = addresses ?
					     evaluate_peer(model, rule, htonl(point->value)) :
					     evaluate_service(model, rule, point->protocol,
							      (uint16_t)point->value);

			if (match)
				bits[r / 64] |= 1ull << (r % 64);
		}
		keep_if_new(out, table, size, point);
	}
	return 0;
}

/* The first rule of `opener` in both rows (ports may be NULL: any), or NULL. */
static const struct model_rule *first_rule(const struct model_profile *profile,
					   enum ward_side opener, const uint64_t *address,
					   const uint64_t *port)
{
	for (size_t r = 0; r < profile->rules.count; r++) {
		uint64_t bits = address[r / 64] & (port ? port[r / 64] : ~0ull);

		if (!bits) {
			r |= 63;
			continue;
		}
		if (bits >> (r % 64) & 1 && profile->rules.items[r].opener == opener)
			return &profile->rules.items[r];
	}
	return NULL;
}

static const char *rule_text(const struct model_rule *rule, char *out, size_t size)
{
	if (rule)
		snprintf(out, size, "allowed by line %u", rule->place.line);
	else
		snprintf(out, size, "denied");
	return out;
}

static int differ(const struct model_profile *profile, enum ward_side opener,
		  const struct point *address, const struct point *port,
		  const struct model_rule *meant, const struct model_rule *compiled,
		  struct error *error)
{
	static const char *const protocols[] = { "tcp", "udp", "icmp echo" };
	char peer[INET_ADDRSTRLEN], one[48], two[48];
	struct in_addr in = { htonl(address->value) };

	inet_ntop(AF_INET, &in, peer, sizeof(peer));
	return error_set(error, -EINVAL,
			 "the compiled policy is wrong and was not used: profile %s, %s %s, %s %" PRIu32
			 " is %s in the policy but %s in the image. Please report this as a bug.",
			 profile->name.text, opener == WARD_CLINICAL ? "to" : "from", peer,
			 protocols[port->protocol], port->value, rule_text(meant, one, sizeof(one)),
			 rule_text(compiled, two, sizeof(two)));
}

static const struct model_rule *compiled_rule(const struct model *model, const struct image *image,
					      const struct image_entry *entry)
{
	if (!entry || entry->rule == UINT32_MAX)
		return NULL;
	return &model->profiles.items[image->rules.items[entry->rule].profile]
			.rules.items[image->rules.items[entry->rule].rule];
}

struct proof {
	const struct model *model;
	const struct image *image;
	points addresses, ports;
	uint64_t compared;
};

static int compare_rows(struct proof *proof, size_t p, enum ward_side opener,
			const struct rows *addresses, const struct rows *ports,
			struct error *error)
{
	const struct model_profile *profile = &proof->model->profiles.items[p];

	for (size_t a = 0; a < addresses->count; a++) {
		const uint64_t *bits = row_bits(addresses, a);
		const struct point *address = addresses->point[a];
		const struct image_entry *mark = image_find(proof->image, (uint16_t)p, opener,
							    address->class, WARD_ANY_SERVICE);

		if (!mark != !first_rule(profile, opener, bits, NULL))
			return error_set(error, -EINVAL,
					 "the compiled policy is wrong and was not used: profile %s "
					 "does not know whether it names a peer. Please report this "
					 "as a bug.",
					 profile->name.text);
		for (size_t s = 0; s < ports->count; s++) {
			const struct point *port = ports->point[s];
			const struct model_rule *meant =
				first_rule(profile, opener, bits, row_bits(ports, s));
			const struct model_rule *compiled = compiled_rule(
				proof->model, proof->image,
				image_find(proof->image, (uint16_t)p, opener, address->class,
					   port->class));

			proof->compared++;
			if (meant != compiled)
				return differ(profile, opener, address, port, meant, compiled,
					      error);
		}
	}
	return 0;
}

static int prove_profile(struct proof *proof, size_t p, struct error *error)
{
	const struct model_profile *profile = &proof->model->profiles.items[p];
	_cleanup_(rows_free) struct rows addresses = { 0 }, ports = { 0 };

	if (rows_of_points(proof->model, profile, &proof->addresses, true, &addresses) ||
	    rows_of_points(proof->model, profile, &proof->ports, false, &ports))
		return error_set(error, -ENOMEM, "no memory to prove the policy");
	return compare_rows(proof, p, WARD_CLINICAL, &addresses, &ports, error) ?:
		       compare_rows(proof, p, WARD_IT, &addresses, &ports, error);
}

static int prove_devices(const struct model *model, const struct image *image, struct error *error)
{
	if (image->devices.count != model->devices.count)
		return error_set(error, -EINVAL,
				 "the compiled policy is wrong and was not used: it has %zu devices, "
				 "not %zu. Please report this as a bug.",
				 image->devices.count, model->devices.count);
	for (size_t i = 0; i < model->devices.count; i++) {
		const struct model_device *meant = &model->devices.items[i];
		const struct ward_device *entry =
			i < image->devices.count ? &image->devices.items[i].entry : NULL;

		if (!entry || entry->owner != i || entry->link != meant->link ||
		    entry->vlan != meant->vlan || entry->profile != meant->profile ||
		    entry->address[3] != meant->address || entry->address[0] || entry->address[1] ||
		    entry->address[2] != htonl(0xffff) ||
		    memcmp(entry->mac, meant->mac, sizeof(meant->mac)))
			return error_set(error, -EINVAL,
					 "the compiled policy is wrong and was not used: device %s "
					 "has another binding. Please report this as a bug.",
					 meant->name.text);
	}
	return 0;
}

static int not_as_meant(struct error *error, const char *what)
{
	return error_set(error, -EINVAL,
			 "the compiled policy is wrong and was not used: %s. Please report this as "
			 "a bug.",
			 what);
}

static int prove_ports(const struct model *model, const struct image *image, struct error *error)
{
	size_t vlans = 0;

	if (image->ports.count != model->links.count * WARD_SIDES)
		return not_as_meant(error, "the number of ports differs");
	for (size_t i = 0; i < image->ports.count; i++) {
		const struct image_port *port = &image->ports.items[i];
		const struct model_link *link = &model->links.items[i / WARD_SIDES];
		const struct word *name = i % WARD_SIDES == WARD_CLINICAL ? &link->clinical :
									    &link->it;

		if (strcmp(port->ifname, name->text) || port->side != i % WARD_SIDES ||
		    port->link != i / WARD_SIDES || port->other != (i ^ 1))
			return not_as_meant(error, "a port has another link, side or other end");
	}
	for (size_t i = 0; i < model->links.count; i++)
		for (size_t v = 0; v < model->links.items[i].vlans.count; v++, vlans++)
			if (vlans >= image->vlans.count || image->vlans.items[vlans].link != i ||
			    image->vlans.items[vlans].vlan != model->links.items[i].vlans.items[v])
				return not_as_meant(error, "a link has other VLANs");
	return vlans == image->vlans.count ? 0 : not_as_meant(error, "a link has more VLANs");
}

static uint64_t key_number(const struct ward_rule_key *key)
{
	return (uint64_t)key->profile << 40 | (uint64_t)key->opener << 32 |
	       (uint32_t)key->peer_class << 16 | key->service_class;
}

static uint64_t prefix_number(const struct image_prefix *prefix)
{
	return (uint64_t)ntohl(prefix->key.address) << 8 | prefix->key.length;
}

/*
 * The proof asks the image by searching in sorted tables, the kernel by hashing: both see the same
 * only when nothing stands there twice or out of order.
 */
static int prove_order(const struct image *image, struct error *error)
{
	for (size_t i = 1; i < image->entries.count; i++)
		if (key_number(&image->entries.items[i - 1].key) >=
		    key_number(&image->entries.items[i].key))
			return not_as_meant(error, "an entry stands twice or out of order");
	for (size_t i = 1; i < image->hosts.count; i++)
		if (prefix_number(&image->hosts.items[i - 1]) >=
		    prefix_number(&image->hosts.items[i]))
			return not_as_meant(error, "a host stands twice or out of order");
	for (size_t i = 1; i < image->prefixes.count; i++)
		if (prefix_number(&image->prefixes.items[i - 1]) >=
		    prefix_number(&image->prefixes.items[i]))
			return not_as_meant(error, "a prefix stands twice or out of order");
	return 0;
}

int policy_prove(const struct model *model, const struct image *image, uint64_t *compared,
		 struct error *error)
{
	struct proof proof = { .model = model, .image = image };
	int err = prove_ports(model, image, error) ?: prove_devices(model, image, error) ?:
							  prove_order(image, error);

	if (!err && (collect_addresses(model, image, &proof.addresses) ||
		     collect_ports(model, image, &proof.ports)))
		err = error_set(error, -ENOMEM, "no memory to prove the policy");
	for (size_t p = 0; !err && p < model->profiles.count; p++)
		err = prove_profile(&proof, p, error);
	vec_free(&proof.addresses);
	vec_free(&proof.ports);
	if (!err)
		*compared = proof.compared + model->devices.count;
	return err;
}
