"""Exchanges the partial TGT of a sign-in for a full one with scapy, asking for keys along with it:
scapy_key_list.py PORT SERVICE ETYPE...

The token endpoint's response comes on standard input. With the full TGT it asks for SERVICE.
"""

import base64
import json
import sys

from scapy.layers.kerberos import Kerberos, KERB_KEY_LIST_REP, krb_tgs_req
from scapy.libs.rfc3961 import EncryptionType, Key

port, service, etypes = int(sys.argv[1]), sys.argv[2], [int(etype) for etype in sys.argv[3:]]


def ask(client, wanted, key, ticket, **kwargs):
    answer = krb_tgs_req(
        client, wanted, key, ticket, ip="127.0.0.1", port=port, verbose=False, **kwargs
    )
    if answer is None:
        sys.exit(f"no ticket for {wanted}")
    named = b"/".join(part.val for part in answer.tgsrep.ticket.sname.nameString).decode()
    print("ticket for", named, "of", answer.tgsrep.crealm.val.decode())
    return answer


delivered = json.loads(json.load(sys.stdin)["tgt_ad"])
reply = Kerberos(base64.b64decode(delivered["messageBuffer"])).root
wrapping = Key(EncryptionType(delivered["keyType"]), base64.b64decode(delivered["clientKey"]))
part = reply.encPart.decrypt(wrapping)
realm = reply.crealm.val.decode()
client = reply.cname.nameString[0].val.decode() + "@" + realm
print("partial TGT of", client)

full = ask(client, f"krbtgt/{realm}", part.key.toKey(), reply.ticket, key_list_req=etypes)
for padata in full.kdcrep.encryptedPaData:
    if isinstance(padata.padataValue, KERB_KEY_LIST_REP):
        print("keys:", len(padata.padataValue.keys))
        for key in padata.padataValue.keys:
            print(f"key {key.keytype.val}: {key.keyvalue.val.hex()}")
ask(client, service, full.sessionkey, full.tgsrep.ticket)
