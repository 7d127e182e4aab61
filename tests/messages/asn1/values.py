"""The values behind messages.json, field by field as the documents name them.

`encode(type, value)` writes a value as DER. Each entry is the name, the section, the octets, and
parts of them that tests ask for by a name of their own.
"""

import struct
from datetime import datetime

TIME = datetime(2026, 1, 1)
TEN_HOURS_LATER = datetime(2026, 1, 1, 10)
A_WEEK_LATER = datetime(2026, 1, 8)
REALM = "CONTOSO.COM"
ALICE = {"name-type": 1, "name-string": ["alice"]}
KRBTGT = {"name-type": 2, "name-string": ["krbtgt", REALM]}
IPV4 = {"addr-type": 2, "address": bytes([192, 0, 2, 1])}
IPV6 = {"addr-type": 24, "address": bytes.fromhex("20010db8000000000000000000000001")}
CHECKSUM = {"cksumtype": 16, "checksum": bytes(range(12))}
AES128 = {"keytype": 17, "keyvalue": bytes(range(16))}
AES256 = {"keytype": 18, "keyvalue": bytes(range(32))}
RC4 = {"keytype": 23, "keyvalue": bytes(range(16))}
SEALED = {"etype": 18, "cipher": b"sealed"}
TICKET = {"tkt-vno": 5, "realm": REALM, "sname": KRBTGT, "enc-part": {**SEALED, "kvno": 2}}
MECHANISMS = ["1.2.840.48018.1.2.2", "1.2.840.113554.1.2.2", "1.3.6.1.4.1.311.2.2.10"]
SHA256 = {"algorithm": "2.16.840.1.101.3.4.2.1"}
ECDSA_WITH_SHA256 = {"algorithm": "1.2.840.10045.4.3.2"}
KDF_SHA256 = {"kdf-id": "1.3.6.1.5.2.3.6.2"}
KDF_SHA1 = {"kdf-id": "1.3.6.1.5.2.3.6.1"}
PATH_OF_AUTHORITY = [[{"type": "2.5.4.10", "value": "Contoso"}], [{"type": "2.5.4.3", "value": "CA"}]]


def flags(bits):
    return struct.pack(">I", bits), 32


def bit_string(octets):
    return octets, 8 * len(octets)


def messages(encode):
    """Every entry, in the order of messages.json."""
    yield from application_messages(encode)
    yield from authorization_data(encode)
    yield from preauthentication(encode)
    yield from tokens(encode)
    yield from pkinit(encode)
    yield from windows(encode)
    yield from later_ones(encode)


def application_messages(encode):
    body = {
        "user-data": b"user data",
        "timestamp": TIME,
        "usec": 123456,
        "seq-number": 0xFFFFFFFF,
        "s-address": IPV4,
        "r-address": IPV6,
    }
    safe = {"pvno": 5, "msg-type": 20, "safe-body": body, "cksum": CHECKSUM}
    yield "KRB-SAFE", "RFC 4120 5.6.1", encode("KRB-SAFE", safe), {
        "safe_body_hex": encode("KRB-SAFE-BODY", body)
    }
    private = {"pvno": 5, "msg-type": 21, "enc-part": {"etype": 18, "cipher": b"ciphertext"}}
    yield "KRB-PRIV", "RFC 4120 5.7.1", encode("KRB-PRIV", private)
    part = {"user-data": b"user data", "seq-number": 7, "s-address": IPV4}
    yield "EncKrbPrivPart", "RFC 4120 5.7.1", encode("EncKrbPrivPart", part)
    yield "KRB-CRED", "RFC 4120 5.8.1", credentials(encode), {
        "ticket_hex": encode("Ticket", TICKET)
    }
    everything = {
        "key": AES128,
        "prealm": REALM,
        "pname": ALICE,
        "flags": flags(0x40E10000),
        "authtime": TIME,
        "starttime": TIME,
        "endtime": TEN_HOURS_LATER,
        "renew-till": A_WEEK_LATER,
        "srealm": REALM,
        "sname": KRBTGT,
        "caddr": [IPV4],
    }
    part = {
        "ticket-info": [everything, {"key": AES128}],
        "nonce": 42,
        "timestamp": TIME,
        "usec": 5,
        "s-address": IPV4,
        "r-address": IPV6,
    }
    yield "EncKrbCredPart", "RFC 4120 5.8.1", encode("EncKrbCredPart", part)


def credentials(encode):
    sealed = {"etype": 18, "cipher": b"credentials"}
    message = {"pvno": 5, "msg-type": 22, "tickets": [TICKET, TICKET], "enc-part": sealed}
    return encode("KRB-CRED", message)


def element(ad_type, ad_data):
    return {"ad-type": ad_type, "ad-data": ad_data}


def authorization_data(encode):
    def listed(*elements):
        return encode("AuthorizationData", list(elements))

    elements = [element(128, b"PAC")]
    issued = {"ad-checksum": CHECKSUM, "i-realm": REALM, "i-sname": KRBTGT, "elements": elements}
    yield "AD-KDCIssued", "RFC 4120 5.2.6.2", encode("AD-KDCIssued", issued), {
        "elements_hex": listed(*elements)
    }
    either = {"condition-count": 1, "elements": [element(128, b"one"), element(-1, b"other")]}
    yield "AD-AND-OR", "RFC 4120 5.2.6.3", encode("AD-AND-OR", either)

    nothing_signed = {"cksumtype": 16, "checksum": bytes(12)}
    issued = {"ad-checksum": nothing_signed, "elements": [element(-6, b"issued")]}
    either = {"condition-count": 1, "elements": [element(-7, b"either"), element(-8, b"or")]}
    # LSAP_TOKEN_INFO_INTEGRITY: restricted, medium, and the machine's number.
    integrity = struct.pack("<II", 1, 0x2000) + bytes(range(32))
    restrictions = encode(
        "KERB-AUTH-DATA-TOKEN-RESTRICTIONS",
        [{"restriction-type": 0, "restriction": integrity}],
    )
    of_windows = listed(
        element(141, restrictions),
        element(143, struct.pack("<I", 0x4000)),
        element(144, "cifs/files".encode("utf-16-le")),
        element(129, encode("KERB-KEY-LIST-REQ", [20, 19])),
    )
    everything = listed(
        element(1, listed(element(128, b"PAC"))),
        element(8, listed(element(-5, b"for the KDC"))),
        element(4, encode("AD-KDCIssued", issued)),
        element(5, encode("AD-AND-OR", either)),
        element(1, of_windows),
        element(-9, b"critical"),
    )
    yield "AuthorizationData", "RFC 4120 5.2.6, [MS-KILE] 2.2", everything


def preauthentication(encode):
    typed = [{"data-type": 111, "data-value": b"algorithms"}, {"data-type": -1}]
    yield "TYPED-DATA", "RFC 4120 5.9.1", encode("TYPED-DATA", typed)
    padata = [
        {"padata-type": 19, "padata-value": b"info"},
        {"padata-type": 150, "padata-value": b"fresh"},
    ]
    yield "METHOD-DATA", "RFC 4120 5.2.7, RFC 8070 2.1", encode("METHOD-DATA", padata)
    entries = [{"etype": 18, "salt": b"CONTOSO.COMalice"}, {"etype": 23}]
    yield "ETYPE-INFO", "RFC 4120 5.2.7.4", encode("ETYPE-INFO", entries)
    change = {"newpasswd": b"N3wPassw0rd!"}
    yield "ChangePasswdData", "RFC 3244 2", encode("ChangePasswdData", change)
    user = {
        "nonce": 0x12345678,
        "cname": {"name-type": 10, "name-string": ["alice@contoso.com"]},
        "crealm": REALM,
        "subject-certificate": b"certificate",
        "options": flags(0x20000000),
    }
    user = {"user-id": user, "checksum": CHECKSUM}
    yield "PA-S4U-X509-USER", "[MS-SFU] 2.2.2", encode("PA-S4U-X509-USER", user)
    files = {"name-type": 2, "name-string": ["cifs", "files"]}
    referral = {"referred-name": files, "referred-realm": "FABRIKAM.COM"}
    yield "PA-SVR-REFERRAL-DATA", "RFC 6806 A", encode("PA-SVR-REFERRAL-DATA", referral)
    request = {
        "armor": {"armor-type": 1, "armor-value": b"AP-REQ"},
        "req-checksum": CHECKSUM,
        "enc-fast-req": SEALED,
    }
    request = "armored-data", request
    yield "PA-FX-FAST-REQUEST", "RFC 6113 5.4.2", encode("PA-FX-FAST-REQUEST", request)
    reply = "armored-data", {"enc-fast-rep": SEALED}
    yield "PA-FX-FAST-REPLY", "RFC 6113 5.4.3", encode("PA-FX-FAST-REPLY", reply)
    finished = {
        "timestamp": TIME,
        "usec": 7,
        "crealm": REALM,
        "cname": ALICE,
        "ticket-checksum": CHECKSUM,
    }
    response = {
        "padata": [{"padata-type": 133, "padata-value": b"cookie"}],
        "strengthen-key": AES256,
        "finished": finished,
        "nonce": 0x12345678,
    }
    yield "KrbFastResponse", "RFC 6113 5.4.3", encode("KrbFastResponse", response)
    later = {"padata": [], "nonce": 1, "later": b"of a later version"}
    octets = encode("LaterKrbFastResponse", later)
    yield "KrbFastResponse with an addition", "RFC 6113 5.4.3, X.680 25.7", octets
    sets = [{"pa-type": 138, "pa-hint": b"hint"}, {"pa-type": 2, "pa-value": b"value"}]
    yield "PA-AUTHENTICATION-SET", "RFC 6113 5.3", encode("PA-AUTHENTICATION-SET", sets)


def tokens(encode):
    hints = {"hintName": "not_defined_in_RFC4178@please_ignore"}
    token = {"mechTypes": MECHANISMS, "negHints": hints}
    token = {"thisMech": "1.3.6.1.5.5.2", "innerToken": token}
    yield "NegTokenInit2", "[MS-SPNG] 2.2.1", encode("InitialToken", token)
    token = {
        "mechTypes": MECHANISMS,
        "reqFlags": flags(0x46000000),
        "mechToken": b"token",
        "mechListMIC": b"MIC",
    }
    octets = encode("NegotiationToken", ("negTokenInit", token))
    yield "NegTokenInit with everything", "RFC 4178 4.2.1", octets, {
        "mech_types_hex": encode("MechTypeList", MECHANISMS)
    }
    token = {
        "negState": "accept-incomplete",
        "supportedMech": "1.2.840.113554.1.2.2",
        "responseToken": b"token",
        "mechListMIC": b"MIC",
    }
    octets = encode("NegotiationToken", ("negTokenResp", token))
    yield "NegTokenResp with everything", "RFC 4178 4.2.2", octets


def pkinit(encode):
    authority = {
        "subjectName": b"name",
        "issuerAndSerialNumber": b"serial",
        "subjectKeyIdentifier": b"key",
    }
    request = {"signedAuthPack": b"CMS", "trustedCertifiers": [authority], "kdcPkId": b"KDC"}
    yield "PA-PK-AS-REQ", "RFC 4556 3.2.1", encode("PA-PK-AS-REQ", request)
    # By OpenSSL, for nobody.
    point = (
        "047238932c0d680e39db319bcc0b6aaa10b1dbb4b1a77bfbfd0e1d8bbdc8bea315"
        "2abb2faf0094ec0be209fb6fef847b031223b3f64162867cec49b50036107958"
    )
    p256 = bytes.fromhex("06082a8648ce3d030107")
    public_key = {
        "algorithm": {"algorithm": "1.2.840.10045.2.1", "parameters": p256},
        "subjectPublicKey": bit_string(bytes.fromhex(point)),
    }
    authenticator = {
        "cusec": 123456,
        "ctime": TIME,
        "nonce": 0xFFFFFFFF,
        "paChecksum": bytes(range(20)),
        "freshnessToken": b"fresh",
        "paChecksum2": {"checksum": bytes(range(32)), "algorithmIdentifier": SHA256},
    }
    pack = {
        "pkAuthenticator": authenticator,
        "clientPublicValue": public_key,
        "supportedCMSTypes": [ECDSA_WITH_SHA256, SHA256],
        "clientDHNonce": b"nonce",
        "supportedKDFs": [KDF_SHA256, KDF_SHA1],
    }
    octets = encode("AuthPack", pack)
    yield "AuthPack", "RFC 4556 3.2.1, RFC 8070 4, RFC 8636 3", octets, {
        "spki_hex": encode("SubjectPublicKeyInfo", public_key)
    }
    info = {"dhSignedData": b"CMS", "serverDHNonce": b"nonce", "kdf": KDF_SHA256}
    yield "PA-PK-AS-REP dhInfo", "RFC 4556 3.2.3.1", encode("PA-PK-AS-REP", ("dhInfo", info))
    octets = encode("PA-PK-AS-REP", ("encKeyPack", b"CMS"))
    yield "PA-PK-AS-REP encKeyPack", "RFC 4556 3.2.3.2", octets
    info = {"subjectPublicKey": bit_string(b"\x04public"), "nonce": 7, "dhKeyExpiration": TIME}
    yield "KDCDHKeyInfo", "RFC 4556 3.2.3.1", encode("KDCDHKeyInfo", info)
    pack = {"replyKey": AES256, "asChecksum": CHECKSUM}
    yield "ReplyKeyPack", "RFC 4556 3.2.3.2", encode("ReplyKeyPack", pack)
    name = {"realm": REALM, "principalName": KRBTGT}
    yield "KRB5PrincipalName", "RFC 4556 3.2.2", encode("KRB5PrincipalName", name)


def windows(encode):
    # KERB-EXT-ERROR: STATUS_TIME_DIFFERENCE_AT_DC.
    reason = struct.pack("<III", 0xC0000133, 0, 1)
    data = {"data-type": 3, "data-value": reason}
    octets = encode("KERB-ERROR-DATA", data)
    yield "KERB-ERROR-DATA", "[MS-KILE] 2.2.1, 2.2.2", octets, {"ext_error_hex": reason}
    octets = encode("KERB-ERROR-DATA", {"data-type": 2})
    yield "KERB-ERROR-DATA skew recovery", "[MS-KILE] 2.2.2", octets
    octets = encode("KERB-PA-PAC-REQUEST", {"include-pac": True})
    yield "KERB-PA-PAC-REQUEST", "[MS-KILE] 2.2.3", octets
    octets = encode("PA-PAC-OPTIONS", {"flags": flags(0xF0000000)})
    yield "PA-PAC-OPTIONS", "[MS-KILE] 2.2.10", octets
    octets = encode("KERB-KEY-LIST-REQ", [18, 23, -135])
    yield "KERB-KEY-LIST-REQ", "[MS-KILE] 2.2.11", octets
    octets = encode("KERB-KEY-LIST-REP", [AES256, RC4])
    yield "KERB-KEY-LIST-REP", "[MS-KILE] 2.2.12", octets
    yield "PA-REQ-ENC-PA-REP", "RFC 6806 11", encode("PA-REQ-ENC-PA-REP", CHECKSUM)
    delegated = credentials(encode)
    # Bindings, flags with that of delegation, KRB-CRED, and two extensions.
    octets = struct.pack("<I16sIHH", 16, bytes(range(16)), 0x23, 1, len(delegated))
    octets += delegated
    octets += struct.pack(">II3s", 2, 3, b"ext") + struct.pack(">II", 0x10001, 0)
    yield "initiator checksum", "RFC 4121 4.1.1", octets


def later_ones(encode):
    group = encode("DomainParameters", {"p": GROUP_P, "g": GROUP_G, "q": GROUP_Q})
    dh = {"algorithm": "1.2.840.10046.2.1", "parameters": group}
    value = encode("PublicNumber", PUBLIC_VALUE)
    public_key = {"algorithm": dh, "subjectPublicKey": bit_string(value)}
    source = "RFC 3279 2.3.3; by openssl genpkey, with the first group of RFC 5114"
    yield "SubjectPublicKeyInfo", source, encode("SubjectPublicKeyInfo", public_key)

    body = {
        "kdc-options": flags(0x40810000),
        "cname": ALICE,
        "realm": REALM,
        "sname": KRBTGT,
        "till": TEN_HOURS_LATER,
        "rtime": A_WEEK_LATER,
        "nonce": 0x12345678,
        "etype": [18, 17, 23],
    }
    request = {
        "fast-options": flags(0x40000000),
        "padata": [{"padata-type": 138, "padata-value": b"challenge"}],
        "req-body": body,
    }
    yield "KrbFastReq", "RFC 6113 5.4.2", encode("KrbFastReq", request)

    issuer = encode("Name", PATH_OF_AUTHORITY)
    serial = {"issuer": PATH_OF_AUTHORITY, "serialNumber": 0x8000000000000001}
    serial = encode("IssuerAndSerialNumber", serial)
    by_name, by_serial = {"subjectName": issuer}, {"issuerAndSerialNumber": serial}
    by_key = {"subjectKeyIdentifier": encode("SubjectKeyIdentifier", bytes(range(20)))}
    octets = encode("TD-TRUSTED-CERTIFIERS", [by_name, by_key])
    yield "TD-TRUSTED-CERTIFIERS", "RFC 4556 3.2.2", octets
    octets = encode("TD-INVALID-CERTIFICATES", [by_serial])
    yield "TD-INVALID-CERTIFICATES", "RFC 4556 3.2.2", octets
    p256 = {"algorithm": "1.2.840.10045.2.1", "parameters": bytes.fromhex("06082a8648ce3d030107")}
    octets = encode("TD-DH-PARAMETERS", [dh, p256])
    yield "TD-DH-PARAMETERS", "RFC 4556 3.2.2", octets
    octets = encode("AD-INITIAL-VERIFIED-CAS", [{**by_name, **by_serial, **by_key}, by_key])
    yield "AD-INITIAL-VERIFIED-CAS", "RFC 4556 3.2.3", octets
    # DES to AES, FAST, compound identity, claims, uncompressed SIDs, AES in the session.
    yield "PA-SUPPORTED-ENCTYPES", "[MS-KILE] 2.2.7, 2.2.8", struct.pack("<I", 0xF003F)
    target = "MSSQLSvc/mi01.contoso.com:1433@CONTOSO.COM"
    yield "KERB_AUTH_DATA_CLIENT_TARGET", "[MS-KILE] 3.2.5.8", target.encode("utf-16-le")

    request = {
        "pvno": 5,
        "msg-type": 14,
        "ap-options": flags(0),
        "ticket": TICKET,
        "authenticator": SEALED,
    }
    yield "PA-TGS-REQ", "RFC 4120 5.2.7.1", encode("AP-REQ", request)
    yield "PA-ENC-TIMESTAMP", "RFC 4120 5.2.7.2", encode("EncryptedData", {**SEALED, "kvno": 2})
    yield "EncryptedChallenge", "RFC 6113 5.4.6", encode("EncryptedChallenge", SEALED)
    part = {
        "key": AES256,
        "last-req": [{"lr-type": 0, "lr-value": TIME}],
        "nonce": 0x12345678,
        "key-expiration": A_WEEK_LATER,
        "flags": flags(0x40E10000),
        "authtime": TIME,
        "starttime": TIME,
        "endtime": TEN_HOURS_LATER,
        "renew-till": A_WEEK_LATER,
        "srealm": REALM,
        "sname": KRBTGT,
        "caddr": [IPV4, IPV6],
        "encrypted-pa-data": [{"padata-type": 165, "padata-value": struct.pack("<I", 0x1F)}],
    }
    yield "EncASRepPart", "RFC 4120 5.4.2", encode("EncASRepPart", part)
    smith = {"name-type": 1, "name-string": ["alice.smith"]}
    enterprise = {"name-type": 10, "name-string": ["alice@contoso.com"]}
    alias = {"login-aliases": [smith, enterprise]}
    yield "AD-LOGIN-ALIAS", "RFC 6806 6", encode("AD-LOGIN-ALIAS", alias)
    digests = [SHA256, {"algorithm": "1.3.14.3.2.26"}]
    octets = encode("TD-CMS-DIGEST-ALGORITHMS-DATA", digests)
    yield "TD-CMS-DIGEST-ALGORITHMS-DATA", "RFC 8636 4", octets
    refused = {"allowedAlgorithms": digests, "rejectedAlgorithm": {"algorithm": "1.2.840.113549.2.5"}}
    octets = encode("TD-CERT-DIGEST-ALGORITHMS-DATA", refused)
    yield "TD-CERT-DIGEST-ALGORITHMS-DATA", "RFC 8636 5", octets
    other = {"name": {"name-type": 1, "name-string": ["dmsa$"]}, "realm": REALM}
    octets = encode("KERB-SUPERSEDED-BY-USER", other)
    yield "KERB-SUPERSEDED-BY-USER", "[MS-KILE] 2.2.13", octets
    package = {
        "current-keys": [AES256, AES128],
        "previous-keys": [RC4],
        "expiration-interval": A_WEEK_LATER,
        "fetch-interval": TEN_HOURS_LATER,
    }
    octets = encode("KERB-DMSA-KEY-PACKAGE", package)
    yield "KERB-DMSA-KEY-PACKAGE", "[MS-KILE] 2.2.14", octets


# The first group of RFC 5114 (section 2.1), and a public value in it.
GROUP_P = int(
    "b10b8f96a080e01dde92de5eae5d54ec52c99fbcfb06a3c69a6a9dca52d23b616073e28675a23d18"
    "9838ef1e2ee652c013ecb4aea906112324975c3cd49b83bfaccbdd7d90c4bd7098488e9c219a7372"
    "4effd6fae5644738faa31a4ff55bccc0a151af5f0dc8b4bd45bf37df365c1a65e68cfda76d4da708"
    "df1fb2bc2e4a4371",
    16,
)
GROUP_G = int(
    "a4d1cbd5c3fd34126765a442efb99905f8104dd258ac507fd6406cff14266d31266fea1e5c41564b"
    "777e690f5504f213160217b4b01b886a5e91547f9e2749f4d7fbd7d3b9a92ee1909d0d2263f80a76"
    "a6a24c087a091f531dbf0a0169b6a28ad662a4d18e73afa32d779d5918d08bc8858f4dcef97c2a24"
    "855e6eeb22b3b2e5",
    16,
)
GROUP_Q = int(
    "f518aa8781a8df278aba4e7d64b7cb9d49462353",
    16,
)
PUBLIC_VALUE = int(
    "3715f808a209fd46b41fa643453100396488323d7917b124f18c3ccb99ac2c033d00f8baaf64e297"
    "d67a7c7ab1e42e38b222bef2afbf7d1468a42e8fb643506169ea508ba15bb3b38b8c1254b56c2f41"
    "197c6eaee3b713f44084135c67c71b7d3e87196ce1fb733e35cde0138c3caf0a66412ee6e41fd4ec"
    "8c21014c2570fbb4",
    16,
)
