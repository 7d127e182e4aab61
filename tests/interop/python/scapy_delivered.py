"""What a sign-in delivers, opened by scapy."""

import base64
import json

from scapy.layers.kerberos import Kerberos
from scapy.libs.rfc3961 import EncryptionType, Key


def tgt(response, which):
    """Client, realm, session key and ticket of a token endpoint's response."""
    delivered = json.loads(response[which])
    reply = Kerberos(base64.b64decode(delivered["messageBuffer"])).root
    wrapping = Key(EncryptionType(delivered["keyType"]), base64.b64decode(delivered["clientKey"]))
    part = reply.encPart.decrypt(wrapping)
    name = reply.cname.nameString[0].val.decode()
    return name, reply.crealm.val.decode(), part.key.toKey(), reply.ticket


def told(answer, wanted):
    """The name and the realm of the ticket in an answer, which is none where it was refused."""
    if answer is None:
        return f"no ticket for {wanted}"
    ticket = answer.tgsrep.ticket
    named = b"/".join(part.val for part in ticket.sname.nameString).decode()
    return f"ticket for {named}@{ticket.realm.val.decode()}"
