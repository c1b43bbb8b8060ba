# SPDX-License-Identifier: GPL-2.0-only
# `make install`, `make uninstall`, and `make deb`, a package for Debian.
#
# PREFIX, DESTDIR and the names of the GNU Coding Standards for folders may be said. What is fixed in
# the programs (/run/wardgate, /var/lib/wardgate) is made when they start, or by systemd.

PREFIX       ?= /usr/local
prefix       ?= $(PREFIX)
bindir       ?= $(prefix)/bin
sbindir      ?= $(prefix)/sbin
datarootdir  ?= $(prefix)/share
datadir      ?= $(datarootdir)
mandir       ?= $(datarootdir)/man
docdir       ?= $(datarootdir)/doc/wardgate
sysconfdir   ?= /etc
systemdsystemunitdir ?= $(prefix)/lib/systemd/system
tmpfilesdir  ?= $(prefix)/lib/tmpfiles.d
bashcompletiondir ?= $(datadir)/bash-completion/completions
INSTALL      ?= install

PACKAGING = $(BUILD)/tools/packaging
PACKAGING_FILES = $(addprefix $(PACKAGING)/,wardgate.8 wardgated.service)

# The help says all commands and reasons: the manual has them from there.
$(PACKAGING)/wardgate.8: tools/packaging/wardgate.8.in tools/packaging/manual.sh $(BUILD)/wardgate
	@mkdir -p $(@D)
	$(call say,MAN,$@)sh tools/packaging/manual.sh $(BUILD)/wardgate $< >$@.tmp
	@mv $@.tmp $@

# Each time: the folders may be others.
$(PACKAGING)/wardgated.service: tools/packaging/wardgated.service.in always
	@mkdir -p $(@D)
	@sed 's,@bindir@,$(bindir),; s,@sbindir@,$(sbindir),; s,@sysconfdir@,$(sysconfdir),' $< >$@

# mode:source:target
INSTALLED = \
	755:$(BUILD)/wardgate:$(bindir)/wardgate \
	755:$(BUILD)/wardgated:$(sbindir)/wardgated \
	644:$(PACKAGING)/wardgate.8:$(mandir)/man8/wardgate.8 \
	644:tools/packaging/wardgated.8:$(mandir)/man8/wardgated.8 \
	644:tools/packaging/wardgate-policy.5:$(mandir)/man5/wardgate-policy.5 \
	644:tools/packaging/wardgate.bash:$(bashcompletiondir)/wardgate \
	644:tools/packaging/wardgate.bash:$(bashcompletiondir)/wardgated \
	644:$(PACKAGING)/wardgated.service:$(systemdsystemunitdir)/wardgated.service \
	644:tools/packaging/wardgate.tmpfiles:$(tmpfilesdir)/wardgate.conf \
	644:policies/schema.json:$(datadir)/wardgate/schema.json \
	$(foreach file,$(EXAMPLES),644:policies/$(file):$(docdir)/examples/$(file))
EXAMPLES = $(patsubst policies/%,%,$(filter-out policies/schema.json, \
	$(shell find policies -type f | sort)))
# What belongs to those who run it: never replaced, and taken away only when it is as it came.
DEFAULTS = $(DESTDIR)$(sysconfdir)/default/wardgated

install: all $(PACKAGING_FILES) ## install programs, manual, examples and the service (PREFIX, DESTDIR)
	@set -e; for file in $(INSTALLED); do \
		IFS=:; set -- $$file; unset IFS; \
		$(INSTALL) -D -m $$1 $$2 "$(DESTDIR)$$3"; done
	@$(INSTALL) -d -m 755 "$(DESTDIR)$(sysconfdir)/wardgate"
	@[ -e "$(DEFAULTS)" ] || \
		$(INSTALL) -D -m 644 tools/packaging/wardgated.default "$(DEFAULTS)"

uninstall: ## remove what `install` put there
	@for file in $(INSTALLED); do rm -f "$(DESTDIR)$${file##*:}"; done
	@! cmp -s tools/packaging/wardgated.default "$(DEFAULTS)" || rm -f "$(DEFAULTS)"
	@for folder in "$(DESTDIR)$(docdir)" "$(DESTDIR)$(datadir)/wardgate" \
		"$(DESTDIR)$(sysconfdir)/wardgate"; do \
		[ ! -d "$$folder" ] || find "$$folder" -depth -type d -empty -delete; done

.PHONY: install uninstall always

# A package for Debian, in $(BUILD)/deb.
deb: ## make a package for Debian 12, in build/deb
	@BUILD=$(BUILD) sh tools/deps.sh build deb
	@BUILD=$(BUILD) tools/packaging/deb.sh

# And what becomes of a Debian that it is installed in.
check-deb: deb ## install, upgrade and remove that in a Debian of its own
	@BUILD=$(BUILD) sh tools/deps.sh build check
	@$(MAKE) --no-print-directory $(SYSTEM_FILES)
	@BUILD=$(BUILD) FRESH=$(FRESH) tests/run.sh deb

.PHONY: deb check-deb
