"""Says in JSON what Samba's NDR reads in a PAC, given in hex on standard input."""

import json
import sys

from samba.dcerpc import krb5pac
from samba.ndr import ndr_unpack

pac = ndr_unpack(krb5pac.PAC_DATA, bytes.fromhex(sys.stdin.read()))
said = {"buffers": [buffer.type for buffer in pac.buffers]}


def relative_ids(groups):
    return [group.rid for group in groups.rids or []]


for buffer in pac.buffers:
    info = buffer.info
    if buffer.type == krb5pac.PAC_TYPE_LOGON_INFO:
        base = info.info.info3.base
        local = info.info.resource_groups
        said["logon"] = {
            "name": base.account_name.string,
            "full name": base.full_name.string,
            "domain": base.logon_domain.string,
            "server": base.logon_server.string,
            "sid": f"{base.domain_sid}-{base.rid}",
            "primary group": base.primary_gid,
            "groups": relative_ids(base.groups),
            "extra": [str(entry.sid) for entry in info.info.info3.sids or []],
            "local": relative_ids(local.groups),
            "local domain": str(local.domain_sid) if local.domain_sid else None,
            "control": base.acct_flags,
            "flags": base.user_flags,
            "time": base.logon_time,
        }
    elif buffer.type == krb5pac.PAC_TYPE_LOGON_NAME:
        said["client"] = {"name": info.account_name, "time": info.logon_time}
    elif buffer.type == krb5pac.PAC_TYPE_CONSTRAINED_DELEGATION:
        said["delegation"] = {
            "target": info.info.proxy_target.string,
            "transited": [name.string for name in info.info.transited_services],
        }
    elif buffer.type == krb5pac.PAC_TYPE_UPN_DNS_INFO:
        said["upn"] = {
            "upn": info.upn_name,
            "dns domain": info.dns_domain_name,
            "flags": info.flags,
            "sam": info.ex.samaccountname,
            "sid": str(info.ex.objectsid),
        }
    elif buffer.type == krb5pac.PAC_TYPE_ATTRIBUTES_INFO:
        said["attributes"] = {"bits": info.flags_length, "flags": info.flags}
    elif buffer.type == krb5pac.PAC_TYPE_REQUESTER_SID:
        said["requestor"] = str(info.sid)
    elif hasattr(info, "signature"):
        said.setdefault("signatures", {})[str(buffer.type)] = {
            "type": info.type,
            "octets": len(info.signature),
        }
print(json.dumps(said))
