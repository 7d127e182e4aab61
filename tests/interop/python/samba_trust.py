"""Gives a domain of Samba's, whose server is not running, a trust object for another forest.

`samba-tool domain trust create` talks to a domain controller of the other forest, which a realm
that is not Samba's does not have.

    samba_trust.py SMB.CONF REALM NETBIOS-NAME SID SECRET BOTH-WAYS TOP-LEVEL-NAME...
"""

import sys

from samba import current_unix_time, unix2nttime
from samba.auth import system_session
from samba.dcerpc import drsblobs, lsa, security
from samba.ndr import ndr_pack
from samba.param import LoadParm
from samba.samdb import SamDB

TOP_LEVEL_NAME, DOMAIN_INFO = 0, 2
AES = 0x18

configuration, realm, netbios_name, sid, secret, both_ways, *names = sys.argv[1:]
now = unix2nttime(current_unix_time())


def authentication(kind, content):
    entry = drsblobs.AuthenticationInformation()
    entry.LastUpdateTime = now
    entry.AuthType = kind
    entry.AuthInfo = content
    return entry


def keys():
    """trustAuthIncoming or trustAuthOutgoing: the secret in the clear, and its version."""
    octets = list(secret.encode("utf-16-le"))
    clear = drsblobs.AuthInfoClear()
    clear.size, clear.password = len(octets), octets
    version = drsblobs.AuthInfoVersion()
    version.size, version.version = 4, 1
    entries = [
        authentication(lsa.TRUST_AUTH_TYPE_CLEAR, clear),
        authentication(lsa.TRUST_AUTH_TYPE_VERSION, version),
    ]
    both = drsblobs.AuthenticationInformationArray()
    both.count, both.array = len(entries), entries
    blob = drsblobs.trustAuthInOutBlob()
    # How many there are of current and previous ones; otherwise the version is not read.
    blob.count = both.count
    blob.current = blob.previous = both
    return ndr_pack(blob)


def record(kind):
    entry = drsblobs.ForestTrustInfoRecord()
    entry.timestamp, entry.type = now, kind
    return entry


def forest_info():
    """msDS-TrustForestTrustInfo: the names of the other forest, and its domain."""
    records = []
    for name in [realm.lower(), *names]:
        entry = record(TOP_LEVEL_NAME)
        entry.data.string, entry.data.size = name, len(name)
        records.append(entry)
    entry = record(DOMAIN_INFO)
    entry.data.sid = security.dom_sid(sid)
    entry.data.dns_name.string = realm.lower()
    entry.data.netbios_name.string = netbios_name
    records.append(entry)
    armored = []
    for entry in records:
        armor = drsblobs.ForestTrustInfoRecordArmor()
        armor.record = entry
        armored.append(armor)
    info = drsblobs.ForestTrustInfo()
    info.version, info.count, info.records = 1, len(armored), armored
    return ndr_pack(info)


parameters = LoadParm()
parameters.load(configuration)
directory = SamDB(session_info=system_session(), lp=parameters)
direction = lsa.LSA_TRUST_DIRECTION_INBOUND
if both_ways == "yes":
    direction |= lsa.LSA_TRUST_DIRECTION_OUTBOUND
trust = {
    "dn": f"CN={realm.lower()},CN=System,{directory.domain_dn()}",
    "objectClass": "trustedDomain",
    "trustPartner": realm.lower(),
    "flatName": netbios_name,
    "securityIdentifier": ndr_pack(security.dom_sid(sid)),
    "trustType": str(lsa.LSA_TRUST_TYPE_UPLEVEL),
    "trustDirection": str(direction),
    "trustAttributes": str(lsa.LSA_TRUST_ATTRIBUTE_FOREST_TRANSITIVE),
    "msDS-SupportedEncryptionTypes": str(AES),
    "msDS-TrustForestTrustInfo": forest_info(),
    "trustAuthIncoming": keys(),
}
if both_ways == "yes":
    trust["trustAuthOutgoing"] = keys()
directory.add(trust, ["relax:0"])
