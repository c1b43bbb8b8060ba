# SPDX-License-Identifier: GPL-2.0-only
# Programs of the system tests, and `make check`, which runs all tests.

$(BUILD)/tests/system/%.bpf.o: tests/system/%.bpf.c $(wildcard tests/system/*.h)
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPF_CFLAGS) -c $< -o $@.tmp
	$(quiet)$(BPFTOOL) gen object $@ $@.tmp
	@rm -f $@.tmp

$(BUILD)/tests/system/%.skel.h: $(BUILD)/tests/system/%.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@.tmp
	@mv $@.tmp $@

$(BUILD)/tests/system/load.o: $(BUILD)/tests/system/load.skel.h
$(BUILD)/tests/system/load: $(BUILD)/tests/system/load.o
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lbpf -lelf -lz

# Preloaded, so that bpf() fails where a test wants it to.
$(BUILD)/tests/system/refuse.so: tests/system/refuse.c
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(WARN) -std=gnu11 -D_GNU_SOURCE -fPIC -shared -o $@ $<

SYSTEM_FILES = $(BUILD)/tests/system/load $(BUILD)/tests/system/refuse.so

check: ## run all tests, as root
	@BUILD=$(BUILD) sh tools/deps.sh build check demo
	@$(MAKE) --no-print-directory all $(LAB_FILES) $(SYSTEM_FILES) \
		$(BUILD)/tests/unit/run $(BUILD)/tests/packet/run $(BUILD)/tests/packet/clock/run $(REFERENCE_FILES) $(FUZZ_FILES)
	@BUILD=$(BUILD) tests/run.sh

.PHONY: check
