# SPDX-License-Identifier: GPL-2.0-only
# Programs of the system tests, and `make check`, which runs all tests.

$(BUILD)/tests/system/%.bpf.o: tests/system/%.bpf.c $(wildcard tests/system/*.h)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@.tmp
	$(BPFTOOL) gen object $@ $@.tmp
	@rm -f $@.tmp

$(BUILD)/tests/system/%.skel.h: $(BUILD)/tests/system/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@.tmp
	@mv $@.tmp $@

$(BUILD)/tests/system/load.o: $(BUILD)/tests/system/load.skel.h
$(BUILD)/tests/system/load: $(BUILD)/tests/system/load.o
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lbpf -lelf -lz

SYSTEM_FILES = $(BUILD)/tests/system/load

check:
	@BUILD=$(BUILD) sh tools/deps.sh build check demo
	@$(MAKE) --no-print-directory all $(LAB_FILES) $(SYSTEM_FILES) \
		$(BUILD)/tests/unit/run $(BUILD)/tests/packet/run $(REFERENCE_FILES) $(FUZZ_FILES)
	@BUILD=$(BUILD) tests/run.sh

.PHONY: check
