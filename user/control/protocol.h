/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control protocol, in the style of varlink: JSON messages over a UNIX stream socket, each
 * followed by one NUL byte. No blank or line end is needed between them.
 *
 *	request  {"method": NAME, "parameters": {...}, "more": true}
 *	reply    {"parameters": {...}, "continues": true}
 *	error    {"error": NAME, "parameters": {"message": SENTENCE, ...}}
 *
 * `parameters` of a request may be left out when the method takes none; `more` is given to follow a
 * stream, whose replies say `continues`. A request with other keys or parameters is refused. After
 * an error of the group "broken message" the daemon closes the connection; after another error the
 * next request may follow.
 *
 * Types below: TIME is an RFC 3339 string in UTC, or null for "never". COUNT is an integer. A name
 * in brackets [x] is null when there is no such thing; no key is ever left out. TRAFFIC is
 * {"packets": COUNT, "bytes": COUNT}; bytes count from the Ethernet header on, without the FCS.
 */
#ifndef WARDGATE_CONTROL_PROTOCOL_H
#define WARDGATE_CONTROL_PROTOCOL_H

#define PROTOCOL_SOCKET "/run/wardgate/control.sock"

/*
 * {} ->
 *	version         string
 *	pid             COUNT, of the daemon
 *	started         TIME, of the daemon
 *	generation      COUNT; 0: no policy was ever applied, and no port is judged
 *	[hash]          SHA-256 of the compiled policy, hex
 *	[policy]        name of the policy file as it was given to apply; null in a generation that
 *	                is not 0: it goes on, but the daemon could not read its policy
 *	applied         TIME
 *	[enforcement]   of the policy: "enforce", "audit" or "closed"
 *	devices, rules, profiles    COUNT, of the policy
 *	device_capacity COUNT, the most devices that the state maps have room for
 *	links           [{
 *	  name
 *	  forwarding    "inline" or "routed"
 *	  enforcement   as above, of the link
 *	  vlans         [COUNT or "OUTER.INNER"]; empty: any VLAN that a device names
 *	  clinical, it  {
 *	    interface   name of the NIC
 *	    [ifindex]   COUNT
 *	    state       "attached": judging packets
 *	                "missing": there is no such interface
 *	                "down": attached, but the interface is down or has no carrier
 *	                "unprotected": there, but without the gateway's program: the kernel handles
 *	                its frames, unjudged
 *	    [mode]      "native" or "generic", of the gateway's program
 *	    [redirects] bool: whether frames can leave by it; null: the kernel does not tell
 *	    troubles    [string]: what is wrong with its settings, a sentence each
 *	    [mtu]       COUNT
 *	    passed      TRAFFIC, of packets that came in on this port
 *	    dropped     TRAFFIC, of packets that came in here and are charged to no device
 *	  }
 *	}]
 *	passed, dropped TRAFFIC, of all ports
 *	audited         {packets: COUNT, reasons: [{reason: label, packets: COUNT}]}: what passed in
 *	                audit mode only, and why it would have been dropped, since the policy was
 *	                applied (or the daemon started); ListDrops has what was before, too
 *	quarantined     COUNT, devices of the policy that are in quarantine
 *	expiry          {expired, expiring: COUNT, rules: [{profile, direction: "to" or "from", peer,
 *	                expires: TIME, expired: bool, file, line: COUNT}]}: rules that have expired,
 *	                or will within 30 days; the first 20 of them
 *	events          {sent, lost, withheld: COUNT}: sampled events; lost when the ring was
 *	                full, withheld when over the budget. Counters are exact either way.
 *	watchers        COUNT, of WatchDrops now
 *	flows           COUNT, live
 *	[last_apply]    {time: TIME, ok: bool, message: string, empty when ok}
 *	[textfile]      {path, exported: TIME of the last success, [message]: of a failure since}
 *	audit           {sequence: COUNT, [hash], [message]}: number and hash of the last line of
 *	                the audit log, or why it cannot be read
 */
#define PROTOCOL_GET_STATUS "io.wardgate.GetStatus"

/*
 * {}, {from: COUNT} or {name} -> or PROTOCOL_NO_POLICY; `name` is one device's name, MAC or
 * address, and PROTOCOL_NO_SUCH_DEVICE if none of the policy has it
 *	[next]          COUNT, to go on from: there are more devices; a message has room for 40,000
 *	generation      COUNT; when it is another than that of the page before, start again
 *	devices         [{
 *	  name, profile, link
 *	  [vlan]        COUNT or "OUTER.INNER"
 *	  mac           "02:00:00:00:11:01"
 *	  addresses     ["10.110.4.13"], of the policy
 *	  dhcp          ["ipv4", "ipv6"]: which it gets by DHCP
 *	  leases        [{address, expires: TIME}], live ones that the gateway saw
 *	  group         bool: a multicast group that devices listen to
 *	  enforcement   "enforce", "audit" or "closed"
 *	  quarantined   bool
 *	  file          string, name of the file of the policy that it is in
 *	  line          COUNT, in that file
 *	  last_seen     TIME, of the last packet from the device that passed
 *	  flows         COUNT, live
 *	  sent, received, dropped    TRAFFIC: passed from the device, passed to it, and
 *	                dropped and charged to it
 *	}]              in the order of the policy
 */
#define PROTOCOL_LIST_DEVICES "io.wardgate.ListDevices"

/*
 * {} or {name} -> or PROTOCOL_NO_POLICY; `name` as above: only those of the device's profile
 *	rules           [{
 *	  profile
 *	  direction     "to": the device opens; "from": the peer does
 *	  peer          name of a network
 *	  services      [string], as written
 *	  [purpose]     string
 *	  file          string, name of the file of the policy that it is in
 *	  line          COUNT, in that file
 *	  packets, bytes  COUNT, of all devices of the profile, both directions
 *	  last_used     TIME
 *	  [clear_flows] COUNT, flows that began in clear, if the rule prefers TLS
 *	}]              in the order of the policy
 */
#define PROTOCOL_LIST_RULES "io.wardgate.ListRules"

/*
 * {} or {name} -> all drops; `name` is one that the reader looks for, and an error if neither the
 * policy in force nor a counter has it:
 *	drops           [{
 *	  kind          "device", "port", or "none": a port that belongs to no link
 *	  [name]        of the device or port; null when kind is "none"
 *	  reason        label, see `wardgate reasons`
 *	  packets       COUNT, dropped
 *	  audited       COUNT, passed in audit mode only; one of the two is not 0
 *	}]              in any order
 *	packets, bytes  COUNT, of all drops
 */
#define PROTOCOL_LIST_DROPS "io.wardgate.ListDrops"

/*
 * {} or {name}, more -> a stream without end, of events of all devices and ports; `name` is one
 * that the reader waits for, and an error if the policy in force does not have it:
 *	time            TIME
 *	event           "dropped"; "audited": it would have been, but passed; "opened": a new flow,
 *	                of a rule with `log`
 *	kind, [name]    what the packet was charged to, as above
 *	[profile]       of the device
 *	[link]          name
 *	[interface]     name of the NIC it came in on
 *	side            "clinical" or "it": the side it came from
 *	[vlan]          COUNT, "OUTER.INNER", or "other stack" for one that the policy lacks
 *	length          COUNT, bytes of the frame
 *	source_mac, destination_mac
 *	[source], [destination]    addresses
 *	[peer]          the address that is not the device's
 *	[network]       name of a network or group of the policy that holds the peer
 *	protocol        "tcp", "udp", "sctp", "icmp", "icmpv6", "igmp", "arp", another IP protocol
 *	                as its number, or the ethertype as "0x88cc"
 *	[source_port], [destination_port]    COUNT, of TCP, UDP and SCTP
 *	[tcp_flags]     letters of those that are set, of "FSRPAUEC"
 *	[icmp_type]     COUNT, of ICMP and ICMPv6
 *	[service]       name of the service of the policy or the library
 *	audited         bool: it passed all the same, in audit mode
 *	reason          label
 *	sentence, advice  of the reason; advice may be ""
 *	[where]         {file, line, column, text}: where in the policy an allow would go; text
 *	                names it: "profile ct-scanner, allow"; of a new flow the rule
 *	count           COUNT, drops of this owner for this reason on this CPU so far; of a new
 *	                flow 0
 * or, when the reader was too slow for some,
 *	missed          COUNT, events that were left out here
 */
#define PROTOCOL_WATCH_DROPS "io.wardgate.WatchDrops"

/*
 * {files: [{name, text}]}: the policy -> after it is in force
 *	generation      COUNT
 *	hash            string
 *	devices, rules  COUNT
 *	[change]        {devices_before, devices_added, devices_removed, rules_before: COUNT};
 *	                devices by their names; null: what ran before is not known
 *	entries         COUNT, of the compiled policy
 *	compared        COUNT, comparisons of the proof
 *	warnings        the warnings, of the policy and of the machine, as text for the terminal
 *	seconds         number, from the request to the last port
 * The first file has the name that messages shall call the policy by; the others are what it
 * includes and imports, each with its path from the folder of the first on.
 * Or PROTOCOL_POLICY_REFUSED, PROTOCOL_NOT_READY or PROTOCOL_APPLY_FAILED; then the policy before
 * it goes on. NOT_READY is what Preflight calls a failure: nothing was touched. But a new name for
 * a device in quarantine is the policy's fault: POLICY_REFUSED.
 */
#define PROTOCOL_APPLY "io.wardgate.Apply"

/*
 * {files: [{name, text}]}: a policy; {}: the one in force -> what this machine lacks for it
 *	findings        [{
 *	  port          name of the NIC; "-" of what is no port's
 *	  check         a word: "xdp", "mtu", "quarantine", ...
 *	  result        "ok", "warning" or "failure": an apply would refuse
 *	  text          a sentence that ends in the fix; of what is ok, what was found
 *	}]
 *	failures, warnings    COUNT
 */
#define PROTOCOL_PREFLIGHT "io.wardgate.Preflight"

/*
 * {} -> the policy in force, as it was given to apply
 *	files           [{name, text}]
 *	hash            SHA-256 of the compiled policy, hex
 * or PROTOCOL_NO_POLICY.
 */
#define PROTOCOL_GET_POLICY "io.wardgate.GetPolicy"

/*
 * What the program does with frames, found out by running it beside the one in force, on a copy of
 * the live state: nothing is sent and nothing is counted.
 * {packet: {from, to, service, [flags]}}: the first two are a device's name or an address, the
 *	others as on the command line; or {frames: [{bytes: hex, [port]: NIC}]}, up to 256; and
 *	with {files: [{name, text}]} under another policy than the one in force ->
 *	policy          name of its file
 *	[generation]    COUNT; null: another policy
 *	frames          [{
 *	  packet        in words
 *	  bytes         hex, as it was judged
 *	  [port]        NIC that it comes in on
 *	  [error]       why it could not be judged; then there is nothing more
 *	  verdict       "pass", "drop", "audit": passes in audit mode only, or "host"
 *	  reason        label; of what passes the one with which it does
 *	  sentence, advice    of the reason
 *	  [device]      that it is charged to
 *	  stages        [{name: "parse", "identify", "state", "allow", "limit" or "forward",
 *	                [passed]: bool; null: not reached, text}]
 *	  rules         [RULE]: of the sender, then of the receiver
 *	  [nearest]     {[rule]: RULE, edit: sentence, where: WHERE}: what would allow it
 *	}]: of a packet between two devices, one for each link that judges it
 * RULE is {profile, text: "to pacs", [purpose], where: WHERE}, WHERE is {file, line}.
 */
#define PROTOCOL_EXPLAIN "io.wardgate.Explain"

/*
 * {devices: [WORD]}: 1 to 8,192 names, MACs or addresses of devices; all of them or, when one is
 * unknown, none; at the next packet of each
 *	devices         [{name, changed: bool}], in that order
 * A device in quarantine may do what the policy's `quarantine` profile allows, or nothing. It stays
 * there over applies and daemons, until it is released or the state is detached.
 */
#define PROTOCOL_QUARANTINE "io.wardgate.Quarantine"
#define PROTOCOL_RELEASE "io.wardgate.Release"

/*
 * {} ->
 *	devices         [{name, in_policy: bool}], all that are in quarantine
 */
#define PROTOCOL_LIST_QUARANTINE "io.wardgate.ListQuarantine"

/* Errors of the server. All carry `message`. */
#define PROTOCOL_PERMISSION_DENIED "io.wardgate.PermissionDenied"
#define PROTOCOL_METHOD_NOT_FOUND "io.wardgate.MethodNotFound"	  /* {method} */
#define PROTOCOL_INVALID_PARAMETER "io.wardgate.InvalidParameter" /* {parameter} */
#define PROTOCOL_REPLY_TOO_LARGE "io.wardgate.ReplyTooLarge"
#define PROTOCOL_INTERNAL_ERROR "io.wardgate.InternalError"

/* The group "broken message": the connection ends. */
#define PROTOCOL_INVALID_MESSAGE "io.wardgate.InvalidMessage"
#define PROTOCOL_MESSAGE_TOO_LARGE "io.wardgate.MessageTooLarge"
#define PROTOCOL_TIMED_OUT "io.wardgate.TimedOut"
#define PROTOCOL_BUSY "io.wardgate.Busy" /* too many connections */

/* Nothing is in force, or the daemon could not read what is. */
#define PROTOCOL_NO_POLICY "io.wardgate.NoPolicy"
#define PROTOCOL_NO_SUCH_DEVICE "io.wardgate.NoSuchDevice"

/* Errors of Apply and Preflight. */
#define PROTOCOL_POLICY_REFUSED "io.wardgate.PolicyRefused" /* {message, text, errors, warnings} */
#define PROTOCOL_NOT_READY "io.wardgate.NotReady"	    /* what Preflight calls a failure */
#define PROTOCOL_APPLY_FAILED "io.wardgate.ApplyFailed"

#endif
