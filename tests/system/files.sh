#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A policy of several files: sent whole, stored whole, and there again after the daemon.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh

devices_known() {
	wardgate --json devices | jq '.devices | length'
}

files_of_devices() {
	wardgate --json devices | jq -r '[.devices[].file] | unique | join(" ")'
}

stop() {
	kill "${1:--TERM}" "$LAB_GATEWAY_PID"
	wait "$LAB_GATEWAY_PID" 2>/dev/null
}

# Without --policy: what the last daemon stored.
go_on() {
	lab_spawn gateway wardgated "$LAB_BUILD/wardgated" --socket "$LAB/socket" \
		--state "$LAB/state" --bpffs "$LAB/bpf/wardgate"
	LAB_GATEWAY_PID=$LAB_PID
	within 10 gateway_answers
}

lab_open
load_cables
mkdir -p "$LAB/site/parts"
load_policy | sed '/^devices:/,$d' >"$LAB/site/parts/profiles.yaml"
sed -i 's/^    allow:$/&\n      - {to: peer, services: [udp\/5003], expires: 2020-01-31}/' \
	"$LAB/site/parts/profiles.yaml"
load_policy | sed -n '/^devices:/,$p' >"$LAB/site/devices.yaml"
cat >"$LAB/site/main.yaml" <<'END'
version: 1
include: [parts/profiles.yaml, devices.yaml]
override:
  networks:
    peer: [198.19.255.254, 198.19.255.253]
END

# The daemon reads the includes of --policy itself.
gateway_start "$LAB/site/main.yaml"
equal "--policy reads what the file includes" "$(devices_known)" 100
equal "a device says which file it is from" "$(files_of_devices)" "$LAB/site/devices.yaml"
equal "a rule that has expired says which file it is in" \
	"$(status_of '.expiry.rules[0].file')" "$LAB/site/parts/profiles.yaml"
check "in the log too" grep -q "$LAB/site/parts/profiles.yaml:[0-9]*: the rule to peer .* has expired" \
	"$LAB/wardgated.log"
load 1 100000
equal "its traffic passes" "$received" "$sent"

# Half of them from another system's list.
load_policy | sed -n '/^devices:/,$p' | head -n 26 >"$LAB/site/devices.yaml"
{
	printf 'Asset;Address;MAC;Comment\r\n'
	for ((i = 26; i <= 50; i++)); do
		printf 'load-%d;198.18.0.%d/15;02:01:00:00:00:%02x;"the ""%d""th;"\r\n' "$i" "$i" "$i" "$i"
	done
} >"$LAB/site/cmms.csv"
cat >>"$LAB/site/main.yaml" <<'END'
import:
  - csv: cmms.csv
    delimiter: ";"
    columns: { name: Asset, mac: MAC, ip: Address }
    profile: loaded
END
check "apply sends what the file includes and imports" wardgate apply "$LAB/site/main.yaml"
equal "and it is in force" "$(devices_known)" 50
equal "an imported device says its line in the list" "$(wardgate --json devices |
	jq -r '.devices[] | select(.name == "load-30") | "\(.file):\(.line)"')" "$LAB/site/cmms.csv:6"
load 1 100000
forwarded=$(wardgate --json devices | jq '.devices[] | select(.name == "load-30").sent.packets')
check "and its traffic passes" test "$forwarded" -gt 0
check "preflight looks at all files, too" bash -c '"$@" | grep -q "would go ahead"' - \
	"$LAB_BUILD/wardgate" --socket "$LAB/socket" preflight "$LAB/site/main.yaml"
equal "the store is one file" "$(cd "$LAB/state" && echo policy.*)" policy.json
equal "with all of them in it" \
	"$(jq -r '[.files[].name] | join(" ")' "$LAB/state/policy.json")" \
	"$LAB/site/main.yaml parts/profiles.yaml devices.yaml cmms.csv"

# The stored files count, not those that are on the disk by now.
hash=$(status_of .hash)
rm -r "$LAB/site/parts"
wardgate apply "$LAB/site/main.yaml" >"$LAB/said" 2>&1
equal "an apply without one of the files is refused" "$?" 1
check "with the line that includes it" grep -q \
	"site/main.yaml:2:11: error\[E501\]: cannot open $LAB/site/parts/profiles.yaml" "$LAB/said"
stop -KILL
go_on
equal "the next daemon has the policy of all files" "$(devices_known)" 50
equal "the same one" "$(status_of .hash)" "$hash"
equal "under its name" "$(status_of .policy)" "$LAB/site/main.yaml"

# Between publish and commit: the policy in force is the one in policy.next.
stop
mv "$LAB/state/policy.json" "$LAB/state/policy.next"
load_policy | jq -Rs --arg name other '{files: [{name: $name, text: .}]}' >"$LAB/state/policy.json"
go_on
equal "a daemon that died before it committed is followed by one with the same policy" \
	"$(status_of .hash) $(devices_known)" "$hash 50"
equal "and the commit is done" "$(cd "$LAB/state" && echo policy.*)" policy.json

# A state folder of before there were several files.
stop
rm "$LAB/state/policy.json"
load_policy >"$LAB/state/policy.yaml"
printf '/etc/old.yaml' >"$LAB/state/policy.name"
go_on
equal "a policy that an older daemon stored is taken over" "$(devices_known)" 100
equal "with its name" "$(status_of .policy)" /etc/old.yaml
equal "and is stored anew" "$(cd "$LAB/state" && echo policy.*)" policy.json

# One that is broken leaves what runs.
stop
echo '{"files": [{"name": "x"}]}' >"$LAB/state/policy.json"
go_on
load 1 100000
equal "a broken store leaves the generation as it is" "$received" "$sent"
exit $((failures > 0))
