# SPDX-License-Identifier: GPL-2.0-only
# Fuzzers of what a policy is read from. `make fuzz` runs them one after the other, FUZZ_TIME seconds
# each; `make check` gives them 20 s each. And the unit tests with sanitizers.

FUZZERS = policy csv json
FUZZ_FLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -std=gnu11 -D_GNU_SOURCE -Iuser -Iinclude
FUZZ_SHARED = $(patsubst %.c,$(BUILD)/fuzz/%.o,$(call sources,base policy) tests/fuzz/fuzz.c)
FUZZ_FILES = $(FUZZERS:%=$(BUILD)/fuzz/%)

$(BUILD)/fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CLANG,$<)$(CLANG) $(FUZZ_FLAGS) -MMD -MP -c $< -o $@

$(FUZZ_FILES): $(BUILD)/fuzz/%: $(BUILD)/fuzz/tests/fuzz/%.o $(FUZZ_SHARED)
	$(call say,LD,$@)$(CLANG) -fsanitize=fuzzer,address,undefined -o $@ $^ -lyaml -lmd

-include $(shell find $(BUILD)/fuzz -name '*.d' -type f 2>/dev/null)

FUZZ_TIME ?= 1200
fuzz: ## fuzz the readers of policies; FUZZ_TIME=1200 seconds each
	@BUILD=$(BUILD) sh tools/deps.sh build check
	@$(MAKE) --no-print-directory $(FUZZ_FILES)
	@BUILD=$(BUILD) FUZZ_TIME=$(FUZZ_TIME) tests/run.sh fuzz

check-sanitized: ## unit tests with sanitizers
	@BUILD=$(BUILD) sh tools/deps.sh build check
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitized CFLAGS='-O1 -g' \
		EXTRA_CFLAGS='-fsanitize=address,undefined -fno-sanitize-recover=undefined' \
		$(BUILD)/sanitized/tests/unit/run
	@ASAN_OPTIONS=detect_leaks=0 BUILD=$(BUILD)/sanitized tests/run.sh unit

.PHONY: fuzz check-sanitized
