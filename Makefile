# SPDX-License-Identifier: GPL-2.0-only
# Wardgate. `make` builds, `sudo make demo` and `sudo make check` do the rest, set-up included.

BUILD   ?= build
CC      ?= gcc
CLANG   ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
VERSION := 0.1.0

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

all: $(BUILD)/wardgated $(BUILD)/wardgate

$(BUILD)/wardgated: $(call objects,base policy kernel control daemon)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS)

$(BUILD)/wardgate: $(call objects,base policy control cli)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CLI_LIBS)

$(BUILD)/tests/unit/run: $(call objects,$(UNIT_ROOMS)) $(UNIT_TESTS)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CLI_LIBS) -lcriterion

$(BUILD)/tests/packet/run: $(call objects,base policy kernel) $(PACKET_TESTS)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(DAEMON_LIBS) -lcriterion

$(BUILD)/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h include/wardgate/*.h)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@.tmp
	$(BPFTOOL) gen object $@ $@.tmp
	@rm -f $@.tmp

$(BUILD)/%.skel.h: $(BUILD)/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@.tmp
	@mv $@.tmp $@

$(call objects,kernel): $(BUILD)/gateway.skel.h

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

include $(wildcard tools/*/*.mk tests/*/*.mk)

-include $(shell find $(BUILD)/user $(BUILD)/tests $(BUILD)/tools -name '*.d' -type f 2>/dev/null)

clean:
	rm -rf $(BUILD)

.PHONY: all clean
.SECONDARY:
