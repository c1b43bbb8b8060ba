# SPDX-License-Identifier: GPL-2.0-only
# The unit tests reach into the CLI, all but its main().
$(BUILD)/tests/unit/run: $(filter-out $(BUILD)/user/cli/main.o,$(call objects,cli))
