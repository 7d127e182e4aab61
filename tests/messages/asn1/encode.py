"""Writes tests/vectors/messages.json, and reads and writes encodings, from the ASN.1 beside it.

encode.py           prints messages.json
encode.py recode    for each line `TYPE HEX` of standard input, prints what the value is written as
"""

import json
import sys
from pathlib import Path

import asn1tools

import values

VERSION = "0.167.0"


def modules():
    folder = Path(__file__).parent
    return asn1tools.compile_files(sorted(map(str, folder.glob("*.asn1"))), "der")


def encoder(specification):
    def encode(name, value):
        return bytes(specification.encode(name, value, check_constraints=True))

    return encode


def document(encode):
    vectors = []
    for name, source, octets, *parts in values.messages(encode):
        row = {"name": name, "hex": octets.hex(), "source": source}
        for part in parts:
            row.update({field: value.hex() for field, value in part.items()})
        vectors.append(row)
    provenance = (
        f"written by tests/messages/asn1/encode.py: by asn1tools {VERSION} from ASN.1 of the documents named, "
        "what is no DER with Python's struct; public keys by OpenSSL"
    )
    return {"provenance": provenance, "vectors": vectors}


def recode(specification, line):
    name, octets = line.split()
    try:
        value = specification.decode(name, bytes.fromhex(octets))
        return bytes(specification.encode(name, value)).hex()
    except asn1tools.Error as error:
        return f"{name}: {error}"


def main():
    if asn1tools.__version__ != VERSION:
        sys.exit(f"asn1tools {VERSION} is wanted, {asn1tools.__version__} is here")
    specification = modules()
    if sys.argv[1:] == ["recode"]:
        for line in sys.stdin:
            print(recode(specification, line))
    elif not sys.argv[1:]:
        print(json.dumps(document(encoder(specification)), indent=1))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
