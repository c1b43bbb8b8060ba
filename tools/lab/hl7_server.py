#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""hl7_server.py ADDRESS PORT: acknowledges every HL7 message, by python3-hl7's MLLP server."""
import asyncio
import sys

import hl7.mllp


async def acknowledge(reader, writer):
    try:
        while True:
            message = await reader.readmessage()
            print(message.segment("MSH"), flush=True)
            writer.writemessage(message.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError:
        pass
    finally:
        writer.close()


async def serve(address, port):
    async with await hl7.mllp.start_hl7_server(acknowledge, host=address, port=port) as server:
        await server.serve_forever()


asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
