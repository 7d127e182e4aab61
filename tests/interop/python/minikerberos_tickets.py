"""Gets a TGT and a service ticket with minikerberos: minikerberos_tickets.py PORT SERVICE@REALM USER

The password comes on standard input.
"""

import asyncio
import sys

from minikerberos.common.factory import KerberosClientFactory
from minikerberos.common.spn import KerberosSPN

port, service, user = sys.argv[1:]
realm = service.rpartition("@")[2]
password = sys.stdin.readline().strip()


async def walk():
    url = f"kerberos+password://{realm}\\{user}:{password}@127.0.0.1:{port}/"
    client = KerberosClientFactory.from_url(url).get_client()
    client.target.port = int(port)
    # Left alone it asks for RC4, which accounts here have no keys of.
    await client.get_TGT(override_etype=[18])
    print("TGT of etype", client.kerberos_session_key.enctype)
    ticket, part, key = await client.get_TGS(KerberosSPN.from_spn(service))
    print("ticket for", "/".join(ticket["ticket"]["sname"]["name-string"]))
    print("realm", ticket["ticket"]["realm"])


asyncio.run(walk())
