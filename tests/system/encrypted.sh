#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `encrypted:` with programs of others: TLS and DTLS pass, clear text does not or is counted.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
. tests/system/cables.sh

SERVER=198.18.0.101

# policy MODE [LINE]: of all that is to be encrypted, and one more line.
policy() {
	cat <<-END
	version: 1
	${2:-}
	links:
	  - {name: ward, clinical: clinical, it: it}
	networks:
	  server: [$SERVER]
	profiles:
	  plain:
	    allow:
	      - {to: server, services: [tcp/443, tcp/2762, tcp/25, udp/4433], encrypted: $1}
	      - {to: server, services: [tcp/104, tcp/8443, tcp/2525], encrypted: preferred}
	      - {to: server, services: [tcp/8080]}
	devices:
	  - {name: device, mac: "02:00:00:00:00:01", ip: 198.18.0.1, profile: plain}
	END
}

apply() {
	policy "$@" >"$LAB/policy.$$"
	wardgate apply "$LAB/policy.$$"
}

certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj /CN=server.test -keyout "$LAB/key.pem" -out "$LAB/cert.pem" 2>/dev/null
}

speak() {
	lab_in device timeout 40 /usr/bin/python3 tests/system/encrypted.py "$@"
}

servers() {
	local port
	for port in 443 8443; do
		lab_spawn server https /usr/bin/python3 tests/system/encrypted.py https $port \
			"$LAB/pages" "$LAB/cert.pem" "$LAB/key.pem"
	done
	lab_spawn server dtls openssl s_server -quiet -dtls1_2 -accept 4433 \
		-cert "$LAB/cert.pem" -key "$LAB/key.pem"
	lab_spawn server dicom-tls storescp -od "$LAB/archive" +tls "$LAB/key.pem" "$LAB/cert.pem" \
		-ic 2762
	lab_spawn server dicom storescp -od "$LAB/archive" 104
	for port in 25 2525; do
		lab_spawn server smtp /usr/bin/python3 tests/system/encrypted.py greeting $port
	done
	for port in 443 8443 2762 104 25 2525; do lab_wait_listen server $port; done
}

# https PORT [OPTION...]
https() {
	lab_in device curl -sS --max-time 3 --cacert "$LAB/cert.pem" -o "$LAB/fetched" \
		--resolve "server.test:$1:$SERVER" "${@:2}" "https://server.test:$1/page" 2>&1 &&
		cmp -s "$LAB/fetched" "$LAB/pages/page"
}

# echo PORT [OPTION...]
dicom_echo() {
	lab_in device echoscu -to 2 -ta 2 "${@:2}" $SERVER "$1" 2>&1
}

dtls() {
	echo | lab_in device timeout 5 openssl s_client -dtls1_2 -connect $SERVER:4433 2>&1 |
		grep 'Cipher is ECDHE'
}

dropped() {
	wardgate --json drops "$@" | jq '[.drops[] | select(.reason == "clear_text") |
		.packets + .audited] | add // 0'
}

# Of the rule with this service.
clear_flows() {
	wardgate --json rules | jq --arg service "$1" \
		'.rules[] | select(.services | index($service)) | .clear_flows'
}

exported() {
	grep '^wardgate_rule_clear_flows_total' "$LAB/textfile/wardgate.prom" |
		awk '{ sum += $NF } END { print sum + 0 }'
}

lab_open
lab_netns gateway
cable device clinical 198.18.0.1/24 02:00:00:00:00:01
cable server it $SERVER/24 02:00:00:00:00:a1
mkdir -p "$LAB/archive"
certificate
policy required >"$LAB/policy"
gateway_start "$LAB/policy"
lab_spawn gateway watch "$LAB_BUILD/wardgate" --socket "$LAB/socket" --json watch
plug device server
serve server 8080
servers

for version in 1.2 1.3; do
	check "HTTPS with TLS $version passes" https 443 --tlsv$version --tls-max $version
done
check "DICOM over TLS passes" dicom_echo 2762 +tla -ic
check "DTLS passes" dtls
for size in 1 2 3 4 5 6 7; do
	check "a ClientHello in pieces of $size bytes passes" speak tls $SERVER 443 $size
done
equal "nothing of it was dropped" "$(dropped)" 0

check "HTTP on the port of HTTPS does not" refused fetches device $SERVER 443
check "it is dropped as clear text" test "$(dropped)" -gt 0
before=$(dropped)
check "nor does DICOM in clear" refused dicom_echo 2762
check "it is dropped as clear text too" test "$(dropped)" -gt "$before"
check "wardgate watch says which line asks for TLS" within 3 grep -qE \
	'"reason": ?"clear_text".*"line": ?10,' "$LAB/watch.log"
for size in 1 5; do
	check "nor a request in pieces of $size bytes" refused speak clear $SERVER 443 $size
done
check "nor the greeting of a server" refused speak hear $SERVER 25
before=$(dropped)
echo question | lab_in device nc -u -w 1 $SERVER 4433
check "nor UDP" test "$(dropped)" -gt "$before"
check "TLS still passes" https 443
check "a client that has crashed comes back to its port" speak again $SERVER 443 tls
before=$(dropped)
check "but not in clear" refused speak again $SERVER 443 clear
check "that was dropped as clear text" test "$(dropped)" -gt "$before"
check "a rule that says nothing asks for nothing" fetches device $SERVER 8080

check "where TLS is preferred, HTTPS passes" https 8443
equal "and is not counted" "$(clear_flows tcp/104)" 0
check "DICOM in clear passes" dicom_echo 104
check "and once more" dicom_echo 104
check "and the greeting of a server" speak hear $SERVER 2525
equal "each is counted" "$(clear_flows tcp/104)" 3
equal "other rules count nothing" "$(clear_flows tcp/443)" null
check "the metrics have it" within 3 is 3 exported
check "wardgate rules shows it" grep -qE 'tcp/104.* 3 +([a-z.]+:)?[0-9]+ *$' <(wardgate rules)

check "apply: preferred in place of required" apply preferred
check "what was refused passes" speak hear $SERVER 25
check "and is counted" test "$(clear_flows tcp/443)" -ge 1

check "apply: audit mode" apply required "enforcement: audit"
before=$(dropped --audited)
check "clear text passes" speak hear $SERVER 25
check "and is counted as what would be dropped" test "$(dropped --audited)" -gt "$before"
exit $((failures > 0))
