#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The JSON Schema of policies. Prints TAP.
exec /usr/bin/python3 "${BASH_SOURCE%/*}/schema.py"
