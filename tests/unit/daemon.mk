# SPDX-License-Identifier: GPL-2.0-only
# The unit tests reach into those parts of the daemon that keep files, and know no kernel.
$(BUILD)/tests/unit/run: $(patsubst %,$(BUILD)/user/daemon/%.o,audit)
