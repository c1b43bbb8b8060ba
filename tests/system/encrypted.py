# SPDX-License-Identifier: GPL-2.0-only
"""Speaks TLS or not, in pieces, to one server.

encrypted.py tls ADDRESS PORT SIZE    a whole handshake, the ClientHello in pieces of SIZE bytes
encrypted.py clear ADDRESS PORT SIZE  a request in clear, in such pieces
encrypted.py again ADDRESS PORT WHAT   as WHAT says, `tls` or `clear`, from the port of a connection
                                      with TLS that this end has forgotten without a word
encrypted.py https PORT FOLDER CERTIFICATE KEY    a server, which waits for nobody
encrypted.py greeting PORT            a server that greets whoever connects
encrypted.py hear ADDRESS PORT        waits for a greeting

Clients succeed when they got an answer.
"""
import functools
import http.server
import socket
import ssl
import sys
import time


TCP_REPAIR = 19     # linux/tcp.h: what is closed in this mode is forgotten without a word


def connect(address, port, own_port=0):
    connection = socket.create_connection((address, int(port)), timeout=5,
                                          source_address=("", own_port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def send_in_pieces(connection, data, size):
    """Each in a segment of its own: the kernel joins what is sent without a pause."""
    for at in range(0, min(len(data), 12), size):
        connection.sendall(data[at:min(at + size, 12)])
        time.sleep(0.02)
    connection.sendall(data[12:])


def tls(address, port, size, own_port=0):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing)
    connection = connect(address, port, own_port)
    while True:
        try:
            session.do_handshake()
            break
        except ssl.SSLWantReadError:
            send_in_pieces(connection, outgoing.read(), int(size))
            incoming.write(connection.recv(65536))
    print(session.version())
    return connection


def clear(address, port, size, own_port=0):
    connection = connect(address, port, own_port)
    send_in_pieces(connection, b"GET / HTTP/1.0\r\n\r\n", int(size))
    if not connection.recv(1000):
        sys.exit("closed without an answer")


def again(address, port, what):
    connection = tls(address, port, 12)
    own_port = connection.getsockname()[1]
    connection.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    connection.close()
    # Linux counts its first numbers on by 2^28 in 17 seconds: those that are closer are refused.
    time.sleep(18)
    {"tls": tls, "clear": clear}[what](address, port, 12, own_port)


def https(port, folder, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("", int(port)), handler)
    # The handshake is the thread's, not accept()'s: a client that says nothing holds up no other.
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    server.serve_forever()


def greeting(port):
    listener = socket.create_server(("", int(port)))
    while True:
        connection, _ = listener.accept()
        connection.sendall(b"220 ready\r\n")


def hear(address, port):
    if not connect(address, port).recv(1000):
        sys.exit("closed without a greeting")


COMMANDS = {"tls": tls, "clear": clear, "again": again, "https": https, "greeting": greeting,
            "hear": hear}
COMMANDS[sys.argv[1]](*sys.argv[2:])
