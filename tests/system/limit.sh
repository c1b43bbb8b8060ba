#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Limits under load: exact over ten seconds, and no device slows another.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

lab_open
load_cables
load_policy "{packets: 500/s, burst: 100}" >"$LAB/policy"
gateway_start "$LAB/policy"
# Ten seconds, 100 devices, 2,000 allowed frames a second each.
load 10 400000
# A burst of 100, then 500 a second over 10 s: 5,100 for each device, of 20,000 sent.
least=$(wardgate --json devices | jq '[.devices[].sent.packets] | min')
most=$(wardgate --json devices | jq '[.devices[].sent.packets] | max')
between "a device over its limit gets at least 99 % of it ($least of 5,100)" "$least" 5049 5151
between "and at most 101 % ($most)" "$most" 5049 5151
equal "what passed is what arrived" "$received" "$(status_of .passed.packets)"
limited=$(wardgate --json drops | jq '[.drops[] | select(.reason == "packet_rate").packets] | add')
equal "the rest is dropped for the limit" "$limited" $((sent - received))
equal "received by the ports is the sum of all verdicts" "$(gateway_received)" "$(gateway_judged)"

sed 's/limit: .*/limit: {bits: 480k\/s, burst-bits: 48k}/' "$LAB/policy" >"$LAB/bits"
check "a limit in bits is applied" wardgate apply "$LAB/bits"
before=$(wardgate --json devices | jq '.devices[0].sent.packets')
load 10 400000
# 480 kbit/s are 1,000 frames of 60 bytes a second; the burst is 100 frames.
passed=$(($(wardgate --json devices | jq '.devices[0].sent.packets') - before))
between "bits a second are within 1 % ($passed of 10,100)" "$passed" 9999 10201
exit $((failures > 0))
