/* SPDX-License-Identifier: GPL-2.0-only */
/* What a talk says next: TCP with its windows, SCTP, UDP, ICMP, IGMP. */
#include "talk.h"

/* Of three steps that open; then anybody. */
static int next_side(struct random *r, const struct talk *talk)
{
	if (talk->now.step > 2)
		return (int)random_below(r, 2);
	return talk->now.step == 1 ? !talk->opener : talk->opener;
}

static unsigned choose_flags(struct random *r, const struct talk *talk, int *side)
{
	enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };
	static const unsigned odd[] = { SYN, SYN | ACK, ACK, RST, RST | ACK, FIN | ACK, FIN,
					FIN | PSH | ACK, 0, SYN | FIN };

	*side = next_side(r, talk);
	if (random_percent(r, 7)) {
		*side = (int)random_below(r, 2);
		return random_of(r, odd);
	}
	if (talk->now.step < 3)
		return ((const unsigned[]){ SYN, SYN | ACK, ACK })[talk->now.step];
	if (random_percent(r, 8))
		return RST | (random_percent(r, 50) ? (unsigned)ACK : 0);
	return random_percent(r, 12) ? FIN | ACK : random_percent(r, 50) ? ACK : PSH | ACK;
}

/* Of another SYN: that of the last one, close to it, close to where the stream is now, or any. */
static uint32_t another_number(struct random *r, const struct numbers *now, int opener)
{
	static const int32_t offsets[] = { -8,	 -7,	    -6,	       -5,	  -1,
					   1000, 268435448, 268435449, 268435450, 268435451 };
	unsigned what = random_below(r, 10);

	if (what < 3)
		return now->first - 1;
	if (what < 5)
		return now->first + (uint32_t)random_below(r, 20) - 10;
	if (what < 8)
		return now->next[opener] + (uint32_t)random_of(r, offsets);
	return (uint32_t)random_next(r);
}

/*
 * One end has forgotten the connection, or says so: there is another on the same ports, or the one
 * before goes on.
 */
static void turn(struct random *r, struct talk *talk)
{
	struct numbers now = talk->now;

	talk->now = talk->before;
	talk->before = now;
	if (talk->now.step && random_percent(r, 60))
		return;
	talk->now.step = 0;
	talk->now.next[!talk->opener] = (uint32_t)random_next(r);
	talk->now.next[talk->opener] = another_number(r, &now, talk->opener);
}

/* Sequence and acknowledgement numbers that are right, or off by something interesting. */
static uint32_t some_offset(struct random *r, const struct talk *talk, int side)
{
	static const int32_t offsets[] = { 1,	 -1,	2,	-2,    1000,
					   -1000, 65535, -65536, -65537, 65536 };
	uint32_t edge = talk->window[!side] << (talk->scale[!side] > 14 ? 0 : talk->scale[!side]);

	if (random_percent(r, 80))
		return 0;
	if (random_percent(r, 30))
		return edge + (uint32_t)random_below(r, 5) - 2;
	if (random_percent(r, 20))
		return (uint32_t)random_next(r);
	return (uint32_t)random_of(r, offsets);
}

/* A byte of what the opener says first; `number` is its place there. */
static uint8_t hello_byte(struct random *r, uint32_t number)
{
	static const uint8_t hello[] = { 22, 3, 1, 0, 200, 1 };

	if (number >= sizeof(hello) || random_percent(r, 1))
		return (uint8_t)random_next(r);
	return hello[number];
}

static unsigned some_payload(struct random *r)
{
	if (random_percent(r, 35))
		return 0;
	return random_percent(r, 30) ? random_between(r, 1, 7) : random_below(r, 60);
}

static void put_payload(struct random *r, const struct talk *talk, int side, uint32_t sequence,
			unsigned length, struct bytes *b)
{
	bool is_hello = talk->tls && side == talk->opener && random_percent(r, 90);

	for (unsigned i = 0; i < length; i++)
		put8(b, is_hello ? hello_byte(r, sequence + i - talk->now.first) : i);
}

static void put_tcp(struct talks *t, struct talk *talk, int *side, struct bytes *b)
{
	struct random *r = t->r;
	unsigned flags, scale, payload;
	uint32_t sequence;
	bool scales;

	if (talk->now.step && random_percent(r, talk->tls ? 12 : 3))
		turn(r, talk);
	/* It does not wait for the answer to its SYN. */
	if (talk->now.step == 1 && random_percent(r, 15))
		talk->now.step = 2;
	flags = choose_flags(r, talk, side);
	scale = talk->scale[*side];
	scales = (flags & 2) && scale < 99;
	payload = (flags & 2) && random_percent(r, 97) ? 0 : some_payload(r);
	sequence = talk->now.next[*side] + some_offset(r, talk, *side);

	if (flags & 2 && *side == talk->opener)
		talk->now.first = sequence + 1;
	put16(b, talk->port[*side]);
	put16(b, talk->port[!*side]);
	put32(b, sequence);
	put32(b, talk->now.next[!*side] + (random_percent(r, 90) ? 0 : random_below(r, 5) - 2));
	put8(b, scales ? 0x70 : 0x50);
	put8(b, flags | (random_percent(r, 1) ? 0x20u : 0));
	put16(b, talk->window[*side]);
	put32(b, 0);
	if (scales) {
		put32(b, random_percent(r, 80) ? 0x02040500 : 0x01010101);
		put8(b, 3);
		put8(b, 3);
		put8(b, scale);
		put8(b, 1);
	}
	put_payload(r, talk, *side, sequence + (flags >> 1 & 1), payload, b);
	if (random_percent(r, 10))
		return;		/* lost behind the gateway: it will come again */
	talk->now.next[*side] += payload + (flags & 1) + (flags >> 1 & 1);
	talk->now.step++;
}

static void put_sctp(struct talks *t, struct talk *talk, int *side, struct bytes *b)
{
	static const uint8_t chunks[] = { 0, 3, 4, 5, 6, 7, 8, 14 }, opening[] = { 1, 2, 10 };
	struct random *r = t->r;
	uint8_t chunk = talk->now.step < 3 ? opening[talk->now.step] : random_of(r, chunks);

	*side = next_side(r, talk);
	if (random_percent(r, 5)) {
		*side = (int)random_below(r, 2);
		chunk = (uint8_t)random_below(r, 15);
	}
	put16(b, talk->port[*side]);
	put16(b, talk->port[!*side]);
	put32(b, (chunk == 1) != random_percent(r, 2) ? 0 : 77);
	put32(b, 0);
	put8(b, chunk);
	put8(b, 0);
	put16(b, random_percent(r, 98) ? 16 : random_below(r, 6));
	put_zeros(b, 12);
	talk->now.step += random_percent(r, 90);
}

static uint8_t reply_type(const struct talk *talk)
{
	if (talk->protocol == IPPROTO_ICMPV6)
		return talk->type == 128 ? 129 : talk->type;
	return talk->type == 8 ? 0 : talk->type == 13 ? 14 : talk->type;
}

/* A record of DTLS, or something like it. */
static void put_dtls(struct random *r, struct bytes *b)
{
	static const uint8_t hello[] = { 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 40, 1 };
	static const uint8_t values[] = { 0, 1, 11, 12, 13, 22, 0x40, 0x41, 0xfd, 0xff };
	struct bytes record = { 0 };

	put(&record, hello, sizeof(hello));
	if (random_percent(r, 15))
		record.at[random_below(r, sizeof(hello))] = random_of(r, values);
	if (random_percent(r, 5))
		record.length = random_below(r, sizeof(hello));
	put(b, record.at, record.length);
}

static void put_rest(struct talks *t, struct talk *talk, int *side, struct bytes *b)
{
	struct random *r = t->r;
	unsigned payload = random_percent(r, 10) ? random_below(r, 1300) : random_below(r, 40);
	struct bytes record = { 0 };

	*side = talk->now.step == 0 || random_percent(r, 50) ? talk->opener : !talk->opener;
	talk->now.step++;
	if (talk->protocol == IPPROTO_UDP) {
		put16(b, talk->port[*side]);
		put16(b, talk->port[!*side]);
		if (talk->tls && (talk->now.step < 3 || random_percent(r, 10)))
			put_dtls(r, &record);
		put16(b, 8 + record.length + payload);
		put16(b, 0);
		put(b, record.at, record.length);
	} else {
		put8(b, (*side == talk->opener) != random_percent(r, 5) ? talk->type :
									reply_type(talk));
		put8(b, random_percent(r, 2) ? 1 : 0);
		put16(b, 0);
		put16(b, talk->port[0]);
		put16(b, 1);
	}
	put_zeros(b, payload);
	if (random_percent(r, 2))
		b->length -= random_below(r, 8);
}

void put_upper(struct talks *t, struct talk *talk, int *side, struct bytes *b)
{
	if (talk->protocol == IPPROTO_TCP)
		put_tcp(t, talk, side, b);
	else if (talk->protocol == IPPROTO_SCTP)
		put_sctp(t, talk, side, b);
	else
		put_rest(t, talk, side, b);
}
