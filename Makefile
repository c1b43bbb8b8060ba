# SPDX-License-Identifier: GPL-2.0-only
# Wardgate. `make` builds, `sudo make demo` and `sudo make check` do the rest, set-up included;
# `make help` lists all targets.

BUILD   ?= build
CC      ?= gcc
CLANG   ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
VERSION := 0.1.0

# A line a file, as in `CC user/base/text.c`, in front of a command that is not shown; V=1 shows them.
quiet    = $(if $(filter 1,$(V)),,@)
say      = $(quiet)$(if $(filter 1,$(V)),,printf '  %-6s %s\n' '$(1)' '$(2)' && )

WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
           -Wformat=2 -Wvla -Werror
HARDEN  := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -Wformat-security
CFLAGS  ?= -O2 -g
ALL_CFLAGS = $(CFLAGS) $(HARDEN) $(WARN) -std=gnu11 -D_GNU_SOURCE -DWARDGATE_VERSION='"$(VERSION)"' \
             -Iuser -Iinclude -I$(BUILD) -I/usr/include/libnl3 $(EXTRA_CFLAGS)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now $(LDFLAGS) $(EXTRA_CFLAGS)

BPF_CFLAGS = -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Iinclude -Ibpf \
             -idirafter /usr/include/$(shell $(CC) -print-multiarch)

sources  = $(foreach room,$(1),$(wildcard user/$(room)/*.c))
objects  = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1)))

DAEMON_LIBS = -lyaml -ljansson -lbpf -lelf -lz -lnl-route-3 -lnl-3 -lmd
CLI_LIBS    = -lyaml -ljansson -lmd

UNIT_ROOMS   = base policy control
UNIT_TESTS   = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/*.c))
PACKET_TESTS = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/packet/*.c))

all: $(BUILD)/wardgated $(BUILD)/wardgate ## build the daemon and the CLI (the default)

$(BUILD)/wardgated: $(call objects,base policy kernel control daemon)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS)

$(BUILD)/wardgate: $(call objects,base policy control cli)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CLI_LIBS)

$(BUILD)/tests/unit/run: $(call objects,$(UNIT_ROOMS)) $(UNIT_TESTS)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CLI_LIBS) -lcriterion

$(BUILD)/tests/packet/run: $(call objects,base policy kernel) $(PACKET_TESTS)
	$(call say,LD,$@)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS) -lcriterion

$(BUILD)/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h include/wardgate/*.h)
	@mkdir -p $(@D)
	$(call say,BPF,$<)$(CLANG) $(BPF_CFLAGS) -c $< -o $@.tmp
	$(quiet)$(BPFTOOL) gen object $@ $@.tmp
	@rm -f $@.tmp

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(call say,SKEL,$@)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@.tmp
	@mv $@.tmp $@

$(call objects,kernel): $(BUILD)/gateway.skel.h

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

include $(wildcard tools/*/*.mk tests/*/*.mk)

-include $(shell find $(BUILD)/user $(BUILD)/tests $(BUILD)/tools -name '*.d' -type f 2>/dev/null)

clean: ## remove what was built
	rm -rf $(BUILD)

# Targets are those with a comment behind ## on their line, here and in the other makefiles.
help: ## show this
	@printf 'usage: make [TARGET] [VARIABLE=VALUE...]\n\n'
	@sed -n 's/^\([a-z][a-z-]*\):.*## *\(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | sort | \
		awk -F '\t' '{ printf "  %-16s %s\n", $$1, $$2 }'
	@printf '\nV=1 shows whole commands, BUILD=DIR is where to build (%s).\n' '$(BUILD)'

.PHONY: all clean help
.SECONDARY:
