# SPDX-License-Identifier: GPL-2.0-only
# The benchmark: `make bench`.

$(BUILD)/tools/bench/%.skel.h: $(BUILD)/tools/bench/%.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@.tmp
	@mv $@.tmp $@

$(BUILD)/tools/bench/redirect.o: $(BUILD)/tools/bench/redirect.skel.h
$(BUILD)/tools/bench/redirect: $(BUILD)/tools/bench/redirect.o
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lbpf -lelf -lz

BENCH_OBJECTS = $(addprefix $(BUILD)/tools/bench/,bench.o hospital.o rules.o)
$(BUILD)/tools/bench/bench.o: $(BUILD)/tools/bench/generate.skel.h $(BUILD)/tools/bench/sink.skel.h
$(BUILD)/tools/bench/bench: $(BENCH_OBJECTS)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lbpf -lelf -lz

$(BUILD)/tools/bench/stages.bpf.o: $(wildcard bpf/*.[ch])
$(BUILD)/tools/bench/stages.o: $(BUILD)/tools/bench/stages.skel.h
$(BUILD)/tools/bench/stages: $(BUILD)/tools/bench/stages.o
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lbpf -lelf -lz

$(BUILD)/tools/bench/policies: $(BUILD)/tools/bench/policies.o $(call objects,base policy kernel)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS)

BENCH_FILES = $(addprefix $(BUILD)/tools/bench/,bench redirect stages policies) $(BUILD)/tests/vm/verifier.so

bench: ## measure, as root
	@BUILD=$(BUILD) sh tools/deps.sh build bench
	@$(MAKE) --no-print-directory all $(BENCH_FILES)
	@BUILD=$(BUILD) tools/bench/bench.sh

.PHONY: bench
