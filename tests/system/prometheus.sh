#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The real node_exporter and the real Prometheus: scraped, asked, alerts fire, and each query of the
# dashboard has an answer.
cd "$(dirname "$0")/../.." || exit 1
. tests/system/common.sh
# For peer_program.
. tools/lab/actors.sh

FOLDER=tools/prometheus

policy() {
	cat <<-END
	version: 1
	links: [{name: ward, clinical: clinical, it: it}]
	networks: {server: [198.18.110.101]}
	profiles:
	  scanner:
	    allow:
	      - {to: server, services: [icmp/echo]}
	      - {to: server, services: [tcp/7000], encrypted: preferred}
	      - {to: server, services: [tcp/${1:-7003}]}
	devices:
	  - {name: ct-1, mac: 02:00:00:00:11:01, vlan: 110, ip: 198.18.110.11, profile: scanner}
	  - {name: ct-2, mac: 02:00:00:00:11:02, vlan: 110, ip: 198.18.110.12, profile: scanner, enforcement: audit}
	  - {name: ct-3, mac: 02:00:00:00:11:03, vlan: 110, ip: 198.18.110.13, profile: scanner}
	END
}

# Intervals are a second, so alerts need not wait for minutes: that they do is for promtool to test.
configuration() {
	sed 's/for: [0-9].*/for: 1s/' "$FOLDER/alerts.yaml" >"$LAB/alerts.yaml"
	cat <<-END
	global: {scrape_interval: 1s, evaluation_interval: 1s}
	rule_files: [$LAB/alerts.yaml]
	scrape_configs:
	  - {job_name: node, static_configs: [{targets: ["127.0.0.1:9100"]}]}
	END
}

start_prometheus() {
	lab_in gateway ip link set lo up
	lab_spawn gateway node "$(peer_program prometheus-node-exporter)" --web.listen-address=127.0.0.1:9100 \
		--collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$LAB/textfile"
	configuration >"$LAB/prometheus.yml"
	lab_spawn gateway prometheus "$(peer_program prometheus)" --config.file="$LAB/prometheus.yml" \
		--storage.tsdb.path="$LAB/tsdb" --web.listen-address=127.0.0.1:9090
}

# ask QUERY: the results.
ask() {
	lab_in gateway curl -sS -m 5 --data-urlencode "query=$1" http://127.0.0.1:9090/api/v1/query |
		jq -ce 'if .status == "success" then .data.result else error(.error) end'
}

value() {
	ask "$1" | jq -r '.[].value[1]'
}

answers() {
	[ "$(ask "$1" | jq length)" -gt 0 ]
}

# All that Grafana would ask, as it would, with its variables filled in.
queries() {
	jq -r '.panels[].targets[].expr, .annotations.list[].expr' "$FOLDER/dashboard.json" |
		sed 's/\$__rate_interval/30s/g; s/\$instance/.*/g'
}

without_answer() {
	local query
	queries | while IFS= read -r query; do
		answers "$query" || printf '%s\n' "$query"
	done
}

attempts() {
	lab_in ct1 nc -z -w 1 198.18.110.101 22
	lab_in ct2 nc -z -w 1 198.18.110.101 22
	lab_in ct3 nc -z -w 1 198.18.110.101 22
	lab_in guest ping -q -c 2 -i 0.2 -W 1 198.18.110.101
	lab_in ct1 ping -q -c 3 -i 0.2 -W 1 198.18.110.101
	lab_in ct3 ping -q -c 3 -i 0.2 -W 1 198.18.110.101
	lab_in ct1 sh -c 'echo clear | nc -N -w 1 198.18.110.101 7000'
} >/dev/null 2>&1

counted() {
	wardgate --json devices | jq "[.devices[] | $1] | add"
}

check "promtool accepts the alerts" "$(peer_program promtool)" check rules "$FOLDER/alerts.yaml"
check "each alert fires when it should, and not else" "$(peer_program promtool)" test rules \
	"$FOLDER/alerts_test.yaml"

lab_open
lab_switch bedside
lab_switch datacenter
for i in 1 2 3; do
	lab_host "ct$i" bedside 110 "198.18.110.1$i/24" "02:00:00:00:11:0$i"
done
lab_host guest bedside 110 198.18.110.66/24 02:00:00:00:11:66
lab_host server datacenter 110 198.18.110.101/24 02:00:00:00:11:a1
lab_netns gateway
lab_wire bedside gateway clinical
lab_wire datacenter gateway it
policy >"$LAB/policy"
policy 7004 >"$LAB/other"
gateway_start "$LAB/policy" --metric-devices 2 --metric-rules 2
lab_spawn server listener nc -l -k 7000
lab_wait_listen server 7000
start_prometheus

check "Prometheus has what node_exporter read" within 20 answers wardgate_build_info
attempts
wardgate apply "$LAB/other" >/dev/null
check "it has the new generation, too" within 5 is "$(status_of .generation)" value wardgate_policy_generation
check "all packets of devices are there" within 5 is \
	"$(counted '.sent.packets + .received.packets + .dropped.packets')" value 'sum(wardgate_packets_total)'
check "and all bytes" within 5 is \
	"$(counted '.sent.bytes + .received.bytes + .dropped.bytes')" value 'sum(wardgate_bytes_total)'
check "by direction, too" within 5 is "$(counted .sent.packets)" \
	value 'sum(wardgate_passed_packets_total{direction="sent"})'
check "and by reason" within 5 is "$(counted .dropped.packets)" value 'sum(wardgate_dropped_packets_total)'
equal "devices above the limit are one series" \
	"$(ask wardgate_flows | jq -r '[.[].metric.device] | sort | join(" ")')" "(others) ct-1 ct-2"
equal "which is said" "$(value wardgate_devices_summed)" 1
equal "it is theirs" "$(value 'wardgate_dropped_packets_total{device="(others)",reason="service"}')" \
	"$(gateway_drops | awk '$1 == "ct-3" && $2 == "service" { print $3 }')"
equal "rules, too" "$(ask wardgate_rule_packets_total | jq -r '[.[].metric.profile] | sort | join(" ")')" \
	"(others) scanner scanner"
check "all packets of rules are there" within 5 is \
	"$(wardgate --json rules | jq '[.rules[].packets] | add')" value 'sum(wardgate_rule_packets_total)'
check "every query of the dashboard has an answer" within 10 is "" without_answer

equal "no port alert before" "$(ask 'ALERTS{alertname="WardgatePortDown"}')" "[]"
lab_in gateway ip link set it down
check "an alert fires when a port is down" within 10 answers \
	'ALERTS{alertname="WardgatePortDown",alertstate="firing",port="it"}'
lab_in gateway ip link set it up
check "and ends when it is up again" within 10 is "[]" ask 'ALERTS{alertname="WardgatePortDown"}'

# What a daemon that died ten minutes ago has left behind.
kill -KILL "$LAB_GATEWAY_PID"
wait "$LAB_GATEWAY_PID" 2>/dev/null
equal "no alert of a dead daemon before" "$(ask 'ALERTS{alertname="WardgateExportStale"}')" "[]"
sed "s/^\(wardgate_export_timestamp_seconds\) .*/\1 $(($(date +%s) - 600))/" \
	"$LAB/textfile/wardgate.prom" >"$LAB/textfile/old"
mv "$LAB/textfile/old" "$LAB/textfile/wardgate.prom"
check "a dead daemon is noticed, though its numbers are still scraped" within 10 answers \
	'ALERTS{alertname="WardgateExportStale",alertstate="firing"} and on () wardgate_policy_known == 1'
exit $((failures > 0))
