#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""flood.py SECONDS FRAMES_A_SECOND FORBIDDEN

Sends UDP of one device, in 32 flows, on the tap device "clinical", counts what comes back on "it",
and prints

    SENT SENT-FORBIDDEN RECEIVED RECEIVED-FORBIDDEN TOOK SPAN

TOOK are the milliseconds from the first frame to the last one; SPAN those to the last one that came
back: the gateway judged all within it, however long frames waited for a busy machine. With
FORBIDDEN 1 every second frame goes to a port that no rule allows.
"""
import selectors
import socket
import struct
import sys
import time

DEVICE = bytes.fromhex("020000000001")
PEER = bytes.fromhex("0200000000a1")
ADDRESSES = socket.inet_aton("198.18.0.1") + socket.inet_aton("198.19.255.254")
FLOWS = 32
ALLOWED, FORBIDDEN = 5000, 5001
ETH_P_ALL = 3
# What is still under way when the last frame was sent; a test machine is slow.
SETTLE = 1.5


def checksum(header):
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def frame(flow, port):
    payload = bytes(18)
    udp = struct.pack("!HHHH", 40000 + flow, port, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + ADDRESSES
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return PEER + DEVICE + b"\x08\x00" + ip + udp


def port_of(data):
    """The destination port of one of our frames, or None."""
    if len(data) < 42 or data[12:14] != b"\x08\x00" or data[26:34] != ADDRESSES:
        return None
    return struct.unpack("!H", data[36:38])[0]


def open_socket(interface):
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    opened.bind((interface, ETH_P_ALL))
    opened.setblocking(False)
    return opened


class Counter:
    def __init__(self, opened):
        self.opened = opened
        self.ports = {ALLOWED: 0, FORBIDDEN: 0}
        self.last = 0.0
        self.selector = selectors.DefaultSelector()
        self.selector.register(opened, selectors.EVENT_READ)

    def until(self, moment):
        while (left := moment - time.monotonic()) > 0:
            if self.selector.select(left):
                self.take()

    def take(self):
        try:
            while True:
                port = port_of(self.opened.recv(2048))
                if port in self.ports:
                    self.ports[port] += 1
                    self.last = time.monotonic()
        except BlockingIOError:
            pass


def main():
    seconds, rate, mixed = (int(argument) for argument in sys.argv[1:])
    frames = [frame(flow, ALLOWED) for flow in range(FLOWS)]
    refused = [frame(flow, FORBIDDEN) for flow in range(FLOWS)]
    sent = {ALLOWED: 0, FORBIDDEN: 0}
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind(("clinical", 0))
    counter = Counter(open_socket("it"))
    began = time.monotonic()
    for number in range(seconds * rate):
        counter.until(began + number / rate)
        counter.take()
        forbidden = mixed and number & 1
        flow = (number >> mixed) % FLOWS
        out.send(refused[flow] if forbidden else frames[flow])
        sent[FORBIDDEN if forbidden else ALLOWED] += 1
    ended = time.monotonic()
    counter.until(ended + SETTLE)
    print(sent[ALLOWED], sent[FORBIDDEN], counter.ports[ALLOWED], counter.ports[FORBIDDEN],
          round((ended - began) * 1000), round((max(ended, counter.last) - began) * 1000))


main()
