# SPDX-License-Identifier: GPL-2.0-only
# The kernel matrix: `sudo make check-kernels`, or some of it by KERNELS="6.1" STEPS="load queues".

# "yes" makes it a part of `make check`.
CHECK_KERNELS ?= no

$(BUILD)/tests/vm/verifier.so: tests/vm/verifier.c
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(WARN) -std=gnu11 -D_GNU_SOURCE -fPIC -shared -o $@ $< -lbpf -ldl

VM_FILES = $(BUILD)/tests/vm/verifier.so $(LAB_FILES) $(BUILD)/tests/packet/run \
	$(BUILD)/tests/packet/clock/run

vm-ready:
	@BUILD=$(BUILD) sh tools/deps.sh build check vm
	@$(MAKE) --no-print-directory all $(VM_FILES)

check-kernels: vm-ready ## run tests under other kernels, in QEMU; KERNELS="6.1" STEPS="load"
	@BUILD=$(BUILD) KERNELS="$(KERNELS)" FRESH="$(FRESH)" tests/vm/run.sh $(STEPS)

ifneq ($(CHECK_KERNELS),no)
check: vm-ready
check: export CHECK_KERNELS := $(CHECK_KERNELS)
endif

.PHONY: check-kernels vm-ready
