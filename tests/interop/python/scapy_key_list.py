"""Exchanges the partial TGT of a sign-in for a full one with scapy, asking for keys along with it:
scapy_key_list.py PORT SERVICE ETYPE...

The token endpoint's response comes on standard input. With the full TGT it asks for SERVICE.
"""

import json
import sys

from scapy.layers.kerberos import KERB_KEY_LIST_REP, krb_tgs_req
from scapy_delivered import tgt, told

port, service, etypes = int(sys.argv[1]), sys.argv[2], [int(etype) for etype in sys.argv[3:]]


def ask(wanted, key, ticket, **kwargs):
    answer = krb_tgs_req(
        client, wanted, key, ticket, ip="127.0.0.1", port=port, verbose=False, **kwargs
    )
    print(told(answer, wanted))
    return answer or sys.exit(1)


name, realm, key, ticket = tgt(json.load(sys.stdin), "tgt_ad")
client = f"{name}@{realm}"
print("partial TGT of", client)
full = ask(f"krbtgt/{realm}", key, ticket, key_list_req=etypes)
for padata in full.kdcrep.encryptedPaData:
    if isinstance(padata.padataValue, KERB_KEY_LIST_REP):
        print("keys:", len(padata.padataValue.keys))
        for key in padata.padataValue.keys:
            print(f"key {key.keytype.val}: {key.keyvalue.val.hex()}")
ask(service, full.sessionkey, full.tgsrep.ticket)
