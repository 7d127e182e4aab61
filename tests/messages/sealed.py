"""Checks fast.json and s4u.json: impacket derives, seals and signs what they say, once more.

sealed.py FAST S4U      prints a line for each value that comes out otherwise, and how many there were
"""

import json
import sys
from pathlib import Path

from impacket.krb5 import crypto

AES256 = 18


def key(octets):
    return crypto.Key(AES256, octets)


def combined(one, other, pepper_one, pepper_other):
    return crypto.cf2(AES256, key(one), key(other), pepper_one, pepper_other).contents


def element(octets, path):
    """The content of the element that these tags lead to."""
    for tag in path:
        while octets[0] != tag:
            octets = rest(octets)
        octets = content(octets)
    return octets


def lengths(octets):
    if octets[1] < 0x80:
        return 2, octets[1]
    count = octets[1] - 0x80
    return 2 + count, int.from_bytes(octets[2 : 2 + count], "big")


def content(octets):
    header, length = lengths(octets)
    return octets[header : header + length]


def rest(octets):
    header, length = lengths(octets)
    return octets[header + length :]


def armored(fast):
    """RFC 6113 5.4: the armor key, what is signed and sealed under it, and the reply key."""
    armor = combined(fast["subkey"], fast["ticket_session_key"], b"subkeyarmor", b"ticketarmor")
    yield "armor_key", armor, fast["armor_key"]
    signed = crypto.make_checksum(16, key(armor), 50, fast["ap_req"])
    yield "req_checksum", signed, fast["req_checksum"]
    request = fast["pa_fx_fast_request"]
    yield "its checksum", element(request, [0xA0, 0x30, 0xA1, 0x30, 0xA1, 0x04]), signed
    cipher = element(request, [0xA0, 0x30, 0xA2, 0x30, 0xA2, 0x04])
    opened = crypto.decrypt(key(armor), 51, cipher)
    yield "krb_fast_req", opened, fast["krb_fast_req"]
    reply = combined(
        fast["strengthen_key"], fast["reply_key_before"], b"strengthenkey", b"replykey"
    )
    yield "reply_key_after", reply, fast["reply_key_after"]
    for side, pepper in ("client", b"clientchallengearmor"), ("kdc", b"kdcchallengearmor"):
        challenge = combined(armor, fast["long_term_key"], pepper, b"challengelongterm")
        name = f"encrypted_challenge_{side}_key"
        yield name, challenge, fast[name]
    explicit = combined(armor, fast["subkey"], b"explicitarmor", b"tgsarmor")
    yield "explicit_tgs_armor", explicit, fast["explicit_tgs_armor"]


def for_user(s4u):
    """[MS-SFU] 2.2.1: the checksum over the user's name, whatever the key is for."""
    signed = crypto.make_checksum(-138, key(s4u["session_key"]), 17, s4u["checksum_input"])
    yield "checksum", signed, s4u["checksum"]
    sent = element(s4u["pa_for_user"], [0x30, 0xA2, 0x30, 0xA1, 0x04])
    yield "its checksum", sent, signed


def octets(path):
    fields = json.loads(Path(path).read_text()).items()
    return {name[:-4]: bytes.fromhex(text) for name, text in fields if name.endswith("_hex")}


def main():
    fast, s4u = map(octets, sys.argv[1:])
    values = [*armored(fast), *for_user(s4u)]
    for name, made, kept in values:
        if made != kept:
            print(f"{name}: {made.hex()} and not {kept.hex()}")
    print(f"{len(values)} values")


if __name__ == "__main__":
    main()
