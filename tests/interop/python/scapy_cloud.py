"""Asks for services with the cloud TGT of a sign-in, through the KDC proxy at URL, with scapy:
scapy_cloud.py URL SERVICE...

The token endpoint's response comes on standard input; SSL_CERT_FILE says whom to trust.
"""

import json
import sys

from scapy.layers import kerberos
from scapy_delivered import tgt, told

url, services = sys.argv[1], sys.argv[2:]
name, realm, key, ticket = tgt(json.load(sys.stdin), "tgt_cloud")
print("cloud TGT of", name, "in", realm)
# It takes a name apart at the first @, and the cloud's has one in it.
kerberos._parse_upn = lambda upn: (upn, realm)
for service in services:
    answer = kerberos.krb_tgs_req(
        name, service, key, ticket, realm=realm, kdc_proxy=url, verbose=False
    )
    print(told(answer, service))
