/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of all metrics. It makes the textfile, and the reference in tools/prometheus/README.md,
 * which a unit test holds against it. Names and labels are never reused or renamed.
 */
#ifndef WARDGATE_DAEMON_METRICS_H
#define WARDGATE_DAEMON_METRICS_H

/*
 * The label of what has no series of its own: it stands for the sum. No device and no rule can be
 * called so. It includes those that have left the policy, until their place is needed: without
 * them the sums would fall, which reads as a counter that began anew.
 */
#define METRICS_OTHERS "(others)"

/* name without "wardgate_", type, labels, help */
#define METRICS(X)                                                                                 \
	X(build_info, "gauge", "version", "Always 1; the version is the label.")                   \
	X(policy_info, "gauge", "hash",                                                            \
	  "Always 1; the hash of the compiled policy in force is the label.")                      \
	X(policy_generation, "gauge", "", "Number of the generation in force; 0: none.")           \
	X(policy_known, "gauge", "",                                                               \
	  "1 when the daemon could read the policy in force; else there are no series of it.")     \
	X(policy_applied_timestamp_seconds, "gauge", "",                                           \
	  "When the generation in force was published.")                                           \
	X(last_apply_timestamp_seconds, "gauge", "",                                               \
	  "When this daemon last tried to apply a policy; 0: never.")                              \
	X(last_apply_success, "gauge", "", "1 when that succeeded.")                               \
	X(devices, "gauge", "", "Devices of the policy in force.")                                 \
	X(device_capacity, "gauge", "", "The most devices that a policy may have.")                \
	X(devices_summed, "gauge", "",                                                             \
	  "Devices of the policy without series of their own, above --metric-devices.")            \
	X(devices_by_enforcement, "gauge", "enforcement",                                          \
	  "Devices of the policy, by what becomes of what is not allowed.")                        \
	X(rules, "gauge", "", "Rules of the policy in force.")                                     \
	X(rule_capacity, "gauge", "", "The most rules that a policy may have.")                    \
	X(rules_summed, "gauge", "",                                                               \
	  "Rules of the policy without series of their own, above --metric-rules.")                \
	X(rules_expired, "gauge", "", "Rules that have expired: nothing passes by them.")          \
	X(rules_expiring, "gauge", "", "Rules that expire within 30 days.")                        \
	X(events_sent_total, "counter", "", "Events of drops and new flows that were sent.")       \
	X(events_lost_total, "counter", "",                                                        \
	  "Events that the ring had no room for. Counters are exact all the same.")                \
	X(events_withheld_total, "counter", "",                                                    \
	  "Events over the budget of events. Counters are exact all the same.")                    \
	X(daemon_start_timestamp_seconds, "gauge", "", "When wardgated was started.")              \
	X(port_attached, "gauge", "port,link,side",                                                \
	  "1 when the port is up and its packets are judged.")                                     \
	X(port_passed_packets_total, "counter", "port,link,side",                                  \
	  "Packets of no known device that passed: announcements of routers by ARP.")              \
	X(port_dropped_packets_total, "counter", "port,reason",                                    \
	  "Packets of no known device that were dropped at the port, by reason; reasons that "     \
	  "never occurred are left out.")                                                          \
	X(unlinked_dropped_packets_total, "counter", "",                                           \
	  "Packets that were dropped because they came in on a port of no link.")                  \
	X(packets_total, "counter", "device,verdict",                                              \
	  "Packets charged to the device, by what became of them.")                                \
	X(bytes_total, "counter", "device,verdict",                                                \
	  "Bytes charged to the device, from the Ethernet header on, by what became of them.")     \
	X(passed_packets_total, "counter", "device,direction",                                     \
	  "Packets that passed from (sent) or to (received) the device.")                          \
	X(passed_bytes_total, "counter", "device,direction",                                       \
	  "Bytes that passed from (sent) or to (received) the device.")                            \
	X(dropped_packets_total, "counter", "device,reason",                                       \
	  "Packets charged to the device that were dropped, by reason; reasons that never "        \
	  "occurred are left out.")                                                                \
	X(audited_packets_total, "counter", "device or port,reason",                               \
	  "Packets that passed in audit mode and would have been dropped, by reason; reasons "     \
	  "that never occurred are left out.")                                                     \
	X(flows, "gauge", "device", "Live flows of the device.")                                   \
	X(flow_places, "gauge", "", "Places for flows that each device has.")                      \
	X(device_last_seen_timestamp_seconds, "gauge", "device",                                   \
	  "When the device last sent a packet that passed; 0: never.")                             \
	X(device_quarantined, "gauge", "device", "1 while the device is in quarantine.")           \
	X(rule_packets_total, "counter", "profile,direction,peer,rule",                            \
	  "Packets that the rule let pass.")                                                       \
	X(rule_bytes_total, "counter", "profile,direction,peer,rule",                              \
	  "Bytes that the rule let pass.")                                                         \
	X(rule_last_used_timestamp_seconds, "gauge", "profile,direction,peer,rule",                \
	  "When the rule last let a packet pass; 0: never.")                                       \
	X(rule_clear_flows_total, "counter", "profile,direction,peer,rule",                        \
	  "Flows that began in clear under a rule with `encrypted: preferred`; other rules are "   \
	  "left out.")                                                                             \
	X(audit_sequence, "gauge", "", "Number of the last line of the audit log.")                \
	X(audit_info, "gauge", "hash",                                                             \
	  "Always 1; the hash of the last line of the audit log is the label.")                    \
	X(export_interval_seconds, "gauge", "", "Time between two exports.")                       \
	X(export_timestamp_seconds, "gauge", "",                                                   \
	  "When this file was written: an old one tells of a dead daemon.")

#endif
