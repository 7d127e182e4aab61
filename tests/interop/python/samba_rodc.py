"""Gives a domain of Samba's, whose server is not running, the accounts of a read-only controller.

`samba-tool domain join` talks to a domain controller to make them, and builds its database.

    samba_rodc.py SMB.CONF NAME
"""

import sys

from samba.auth import system_session
from samba.dcerpc import security
from samba.dsdb import (
    UF_ACCOUNTDISABLE,
    UF_NORMAL_ACCOUNT,
    UF_PARTIAL_SECRETS_ACCOUNT,
    UF_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION,
    UF_WORKSTATION_TRUST_ACCOUNT,
)
from samba.param import LoadParm
from samba.samdb import SamDB

# Lets the directory choose the number of the krbtgt account.
JOINING = ["rodc_join:1:1"]

configuration, name = sys.argv[1:]
parameters = LoadParm()
parameters.load(configuration)
directory = SamDB(lp=parameters, session_info=system_session(parameters))
base, domain = directory.domain_dn(), directory.get_domain_sid()
krbtgt = f"CN=krbtgt_{name},CN=Users,{base}"
directory.add(
    {
        "dn": krbtgt,
        "objectclass": "user",
        "useraccountcontrol": str(UF_NORMAL_ACCOUNT | UF_ACCOUNTDISABLE),
        "showinadvancedviewonly": "TRUE",
        "description": f"krbtgt for {name}",
    },
    JOINING,
)
control = (
    UF_WORKSTATION_TRUST_ACCOUNT
    | UF_TRUSTED_TO_AUTHENTICATE_FOR_DELEGATION
    | UF_PARTIAL_SECRETS_ACCOUNT
)
directory.add(
    {
        "dn": f"CN={name},OU=Domain Controllers,{base}",
        "objectclass": "computer",
        "samaccountname": name + "$",
        "useraccountcontrol": str(control),
        "msDS-KrbTgtLink": krbtgt,
        "msDS-RevealOnDemandGroup": f"<SID={domain}-{security.DOMAIN_RID_RODC_ALLOW}>",
        "msDS-NeverRevealGroup": f"<SID={domain}-{security.DOMAIN_RID_RODC_DENY}>",
    }
)
directory.setpassword(f"(samAccountName={name}$)", "Passw0rd!" + name, False, name + "$")
found = directory.search(krbtgt, attrs=["sAMAccountName", "msDS-SecondaryKrbTgtNumber"])[0]
directory.setpassword(f"(samAccountName={found['sAMAccountName'][0]})", "Passw0rd!krbtgt", False)
