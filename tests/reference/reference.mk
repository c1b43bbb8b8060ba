# SPDX-License-Identifier: GPL-2.0-only
# The reference gateway, its unit tests, and the fuzzer that holds the program against it.

REFERENCE_ALL = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/reference/*.c))
REFERENCE_UNIT = $(filter $(BUILD)/tests/reference/test_%.o,$(REFERENCE_ALL)) \
	$(BUILD)/tests/reference/stub.o
REFERENCE_FUZZ = $(addprefix $(BUILD)/tests/reference/,fuzz.o real.o)
REFERENCE_BOTH = $(filter-out $(REFERENCE_UNIT) $(REFERENCE_FUZZ),$(REFERENCE_ALL))

# The program with a clock that is set, and the kernel room a second time, against its skeleton.
$(BUILD)/test/gateway.bpf.o: bpf/gateway.bpf.c $(wildcard bpf/*.h include/wardgate/*.h)
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPF_CFLAGS) -DWARD_TEST -c $< -o $@.tmp
	$(quiet)$(BPFTOOL) gen object $@ $@.tmp
	@rm -f $@.tmp

$(BUILD)/test/gateway.skel.h: $(BUILD)/test/gateway.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name gateway_bpf > $@.tmp
	@mv $@.tmp $@

TEST_KERNEL = $(patsubst user/%.c,$(BUILD)/test/%.o,$(call sources,kernel))

$(BUILD)/test/%.o: user/%.c $(BUILD)/test/gateway.skel.h
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -I$(BUILD)/test $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/reference/real.o: tests/reference/real.c $(BUILD)/test/gateway.skel.h
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -I$(BUILD)/test $(ALL_CFLAGS) -MMD -MP -c $< -o $@

-include $(TEST_KERNEL:.o=.d)

$(BUILD)/tests/reference/run: $(REFERENCE_BOTH) $(REFERENCE_UNIT)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lyaml -lcriterion

$(BUILD)/tests/reference/fuzz: $(REFERENCE_BOTH) $(REFERENCE_FUZZ) $(TEST_KERNEL) \
		$(call objects,base policy)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS)

REFERENCE_FILES = $(BUILD)/tests/reference/run $(BUILD)/tests/reference/fuzz

# An hour of random frames. SOAK_TIME, in seconds, and SEED may be said.
SOAK_TIME ?= 3600
soak: $(BUILD)/tests/reference/fuzz ## random frames for SOAK_TIME=3600 seconds, as root; SEED=N
	$< --time $(SOAK_TIME) $(if $(SEED),--seed $(SEED))

.PHONY: soak
