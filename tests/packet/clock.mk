# SPDX-License-Identifier: GPL-2.0-only
# Packet tests that set the wall clock: with the program of the reference gateway.

CLOCK_TESTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/packet/clock/*.c))
CLOCK_KERNEL = $(patsubst user/%.c,$(BUILD)/test/%.o,$(call sources,kernel))

$(BUILD)/tests/packet/clock/%.o: tests/packet/clock/%.c $(BUILD)/test/gateway.skel.h
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -I$(BUILD)/test -Itests/packet $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/packet/clock/run: $(call objects,base policy) $(CLOCK_KERNEL) $(CLOCK_TESTS) \
		$(BUILD)/tests/packet/gateway.o $(BUILD)/tests/packet/frame.o
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS) -lcriterion
