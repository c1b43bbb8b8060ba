# SPDX-License-Identifier: GPL-2.0-only
# BPF programs of the tools, and what the lab needs.

$(BUILD)/tools/%.bpf.o: tools/%.bpf.c $(wildcard tools/*/*.bpf.h)
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPF_CFLAGS) -c $< -o $@.tmp
	$(quiet)$(BPFTOOL) gen object $@ $@.tmp
	@rm -f $@.tmp

LAB_FILES = $(BUILD)/tools/lab/vlan.bpf.o

demo: ## show the gateway at work in a lab, as root; KEEP=1 leaves the lab up
	@BUILD=$(BUILD) sh tools/deps.sh build demo
	@$(MAKE) --no-print-directory all $(LAB_FILES)
	@BUILD=$(BUILD) KEEP=$(KEEP) tools/demo.sh

.PHONY: demo
