#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The system test of preflight: here with VLAN interfaces, and on kernels that tell less of drivers.
cd "$(dirname "$0")/../../.." || exit 1
exec bash tests/system/preflight.sh
