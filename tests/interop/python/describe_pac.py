"""Says what impacket reads in a PAC, given in hex on standard input."""

import sys

from impacket.krb5 import pac

octets = bytes.fromhex(sys.stdin.read())
container = pac.PACTYPE(octets)
at = octets[8:]
kinds = []
for _ in range(container["cBuffers"]):
    buffer = pac.PAC_INFO_BUFFER(at)
    kinds.append(buffer["ulType"])
    content = octets[buffer["Offset"] :][: buffer["cbBufferSize"]]
    if buffer["ulType"] == pac.PAC_LOGON_INFO:
        info = pac.VALIDATION_INFO()
        info.fromString(content)
        info.fromStringReferents(content[len(info.getData()) :])
        logon = info["Data"]
        print("name", logon["EffectiveName"])
        print("full name", logon["FullName"])
        print("domain", logon["LogonDomainName"])
        print("server", logon["LogonServer"])
        print("sid", logon["LogonDomainId"].formatCanonical(), logon["UserId"])
        print("groups", *(group["RelativeId"] for group in logon["GroupIds"]))
        if logon["SidCount"]:
            print("extra", *(e["Sid"].formatCanonical() for e in logon["ExtraSids"]))
        if logon["ResourceGroupCount"]:
            print("local", *(group["RelativeId"] for group in logon["ResourceGroupIds"]))
    elif buffer["ulType"] == pac.PAC_CLIENT_INFO_TYPE:
        client = pac.PAC_CLIENT_INFO(content)
        print("client", client["Name"].decode("utf-16-le"))
    elif buffer["ulType"] == pac.PAC_DELEGATION_INFO:
        info = pac.S4U_DELEGATION_INFO()
        info.fromString(content[16:])
        info.fromStringReferents(content[16 + len(info.getData()) :])
        print("delegated to", info["S4U2proxyTarget"])
    at = at[len(buffer) :]
print("buffers", *kinds)
