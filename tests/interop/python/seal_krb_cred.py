"""Seals the KRB-CRED in a file with impacket: seal_krb_cred.py IN OUT. The key, of aes256-cts, comes
in hexadecimal on standard input.
"""

import sys

from impacket.krb5.asn1 import KRB_CRED
from impacket.krb5.crypto import Key, _enctype_table
from pyasn1.codec.der import decoder, encoder

KEY_USAGE_KRB_CRED = 14
AES256 = 18

source, target = sys.argv[1:]
key = Key(AES256, bytes.fromhex(sys.stdin.readline().strip()))
with open(source, "rb") as file:
    message, rest = decoder.decode(file.read(), asn1Spec=KRB_CRED())
assert not rest and int(message["enc-part"]["etype"]) == 0
plain = message["enc-part"]["cipher"].asOctets()
message["enc-part"]["etype"] = AES256
message["enc-part"]["cipher"] = _enctype_table[AES256].encrypt(key, KEY_USAGE_KRB_CRED, plain, None)
with open(target, "wb") as file:
    file.write(encoder.encode(message))
