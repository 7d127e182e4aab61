"""Runs modules of Samba's Kerberos test suite (samba.tests.krb5) against a running simulator.

    samba_suite.py REALM-SIM-READY-LINE ADMIN.JSON MODULE...

The suite talks LDAP to the domain controller under test, to make accounts and to read their keys.
Here a directory stands in for that which passes what is asked on to the simulator's administration.
Prints a line of JSON for each test, with what became of it, and at the end how many there were.
"""

import importlib
import json
import os
import re
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

ready, admin_file, *modules = sys.argv[1:]
READY = json.loads(ready)
ADMIN = json.load(open(admin_file))
REALM = "CONTOSO.COM"
DOMAIN = "CONTOSO"
BASE = ",".join("DC=" + label for label in REALM.lower().split("."))
HOST, PORT = READY["realms"][REALM]["tcp"].rsplit(":", 1)
PASSWORD_PORT = READY["realms"][REALM]["kpasswd"].rsplit(":", 1)[1]
PORTS = {88: int(PORT), 464: int(PASSWORD_PORT)}

folder = tempfile.mkdtemp()
with open(os.path.join(folder, "smb.conf"), "w") as configuration:
    configuration.write(f"[global]\nworkgroup = {DOMAIN}\nrealm = {REALM}\n")
os.environ.update(
    SMB_CONF_PATH=os.path.join(folder, "smb.conf"),
    SERVER=HOST,
    DC_SERVER=HOST,
    REALM=REALM,
    DOMAIN=DOMAIN,
    FOR_USER="Administrator",
    # Everything that the suite knows of Windows is asked for.
    STRICT_CHECKING="1",
    FAST_SUPPORT="1",
    CLAIMS_SUPPORT="1",
    COMPOUND_ID_SUPPORT="0",
    TKT_SIG_SUPPORT="1",
    FULL_SIG_SUPPORT="1",
    EXPECT_PAC="1",
    EXPECT_EXTRA_PAC_BUFFERS="1",
    CHECK_CNAME="1",
    CHECK_PADATA="1",
    DEFAULT_ETYPES=str(0x24),
)
for prefix in ("", "ADMIN_", "DC_ADMIN_"):
    os.environ[prefix + "USERNAME"] = "Administrator"
    os.environ[prefix + "PASSWORD"] = "Passw0rd!"

import ldb
from samba.dcerpc import misc
from samba.dsdb import (
    DS_GUID_COMPUTERS_CONTAINER,
    DS_GUID_DOMAIN_CONTROLLERS_CONTAINER,
    DS_GUID_USERS_CONTAINER,
    UF_SERVER_TRUST_ACCOUNT,
)
from samba.tests.krb5 import kdc_base_test
from samba.tests.krb5.kdc_base_test import KDCBaseTest
from samba.tests.krb5.raw_testcase import KerberosCredentials, RawKerberosTest

CONTAINERS = {
    DS_GUID_COMPUTERS_CONTAINER: "CN=Computers",
    DS_GUID_DOMAIN_CONTROLLERS_CONTAINER: "OU=Domain Controllers",
    DS_GUID_USERS_CONTAINER: "CN=Users",
}
WELL_KNOWN = {"500": "Administrator", "502": "krbtgt", "1000": "LOCALDC$"}
PROTECTED_USERS = "525"


class Refused(Exception):
    pass


def ask(path, request):
    request.setdefault("realm", REALM)
    headers = {"Authorization": "Bearer " + ADMIN["token"], "Content-Type": "application/json"}
    body = json.dumps(request).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(ADMIN["url"] + path, body, headers)) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Refused(error.read().decode() + " for " + body.decode()) from None


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def texts(element):
    return [text(value) for value in ([element] if isinstance(element, (str, bytes)) else element)]


def common_name(dn):
    return str(dn).split(",")[0].split("=", 1)[1]


class Names:
    """The module `ldb` as the suite sees it: here names may be SIDs."""

    def __getattr__(self, name):
        return getattr(ldb, name)

    @staticmethod
    def Dn(directory, name):
        return ldb.Dn(directory, directory.resolved(text(name)))


class Directory(ldb.Ldb):
    """As much of a SamDB as the suite uses."""

    invocation_id = "00000000-0000-0000-0000-000000000000"

    def __init__(self):
        super().__init__()
        self.attributes = {}
        self.accounts = {}
        self.groups = set()
        self.machines = set()
        # The encryption types of the next account's keys.
        self.etypes = None

    def domain_dns_name(self):
        return REALM.lower()

    def domain_netbios_name(self):
        return DOMAIN

    def domain_dn(self):
        return BASE

    def host_dns_name(self):
        return "localdc." + REALM.lower()

    def get_default_basedn(self):
        return ldb.Dn(self, BASE)

    def get_wellknown_dn(self, _base, guid):
        return ldb.Dn(self, f"{CONTAINERS[guid]},{BASE}")

    def get_domain_sid(self):
        return ask("/account", {"op": "keys", "name": "krbtgt"})["sid"].rsplit("-", 1)[0]

    def get_dsheuristics(self):
        return "000000001"

    def set_dsheuristics(self, _value):
        pass

    def get_minPwdAge(self):
        return "0"

    def set_minPwdAge(self, _value):
        pass

    def schema_format_value(self, _name, value):
        return value

    def resolved(self, name):
        """The distinguished name for `<SID=...>`."""
        sid = re.fullmatch(r"<SID=(.*)>", name)
        if sid is None:
            return name
        relative = sid.group(1).rsplit("-", 1)[1]
        if relative == PROTECTED_USERS:
            return f"CN=Protected Users,CN=Users,{BASE}"
        return ask("/account", {"op": "keys", "name": WELL_KNOWN[relative]})["dn"]

    def account(self, dn):
        """The sAMAccountName."""
        dn = self.resolved(str(dn))
        known = self.accounts.get(dn.lower())
        return known or next(
            (name for name in WELL_KNOWN.values() if name.rstrip("$") == common_name(dn)), common_name(dn)
        )

    def add(self, details, controls=None):
        details = {name.lower(): details[name] for name in details}
        dn = str(details.pop("dn"))
        kind = details.pop("objectclass")
        if kind == "group":
            ask("/group", {"op": "create", "name": common_name(dn)})
            self.groups.add(dn.lower())
            self.attributes[dn.lower()] = {}
            return
        control = int(details.pop("useraccountcontrol", "0"))
        name = text(details.pop("samaccountname", common_name(dn)))
        request = {"op": "create", "name": name, "type": "USER"}
        if kind != "user":
            request["type"] = "SERVER" if control & UF_SERVER_TRUST_ACCOUNT else "COMPUTER"
            self.machines.add(dn.lower())
        request["opts"] = {"exact_name": True, "additional_details": {"userAccountControl": control}}
        if self.etypes is not None:
            request["opts"]["etypes"] = self.etypes
        self.put(request, details)
        self.accounts[dn.lower()] = ask("/account", request)["name"]
        self.attributes[dn.lower()] = {name: texts(value) for name, value in details.items()}

    def modify(self, message, controls=None):
        dn = str(message.dn)
        changes = {name.lower(): list(message[name]) for name in message.keys() if name != "dn"}
        members = changes.pop("member", None)
        if members is not None:
            self.set_members(dn, [text(member) for member in members])
        if not changes:
            return
        opts = {"exact_name": True, "additional_details": {}}
        request = {"op": "modify", "name": self.account(dn), "opts": opts}
        renamed = changes.pop("samaccountname", None)
        if renamed is not None:
            request["new_name"] = text(renamed[0])
            has_name = "userprincipalname" in self.attributes.get(dn.lower(), {})
            if not has_name and dn.lower() not in self.machines:
                # The simulator gave it one of the old name, where Active Directory gives none.
                request["upn"] = f"{request['new_name']}@{REALM.lower()}"
        self.attributes.setdefault(dn.lower(), {}).update({n: texts(v) for n, v in changes.items()})
        self.put(request, changes)
        self.accounts[dn.lower()] = ask("/account", request)["name"]

    def put(self, request, details):
        """Puts attributes into a request."""
        opts = request["opts"]
        for name, value in details.items():
            if name == "unicodepwd":
                value = value[0] if isinstance(value, list) else value
                request["password"] = bytes(value).decode("utf-16-le")[1:-1]
            elif name == "serviceprincipalname":
                request["spn"] = texts(value)
            elif name == "userprincipalname":
                request["upn"] = texts(value)[0]
            elif name == "dnshostname":
                pass  # Only the suite looks at it again.
            elif name == "msds-allowedtoactonbehalfofotheridentity":
                opts["delegation_from"] = texts(value)
            else:
                value = texts(value)
                opts["additional_details"][name] = value[0] if len(value) == 1 else value

    def set_members(self, group, members):
        known = self.attributes.setdefault(group.lower(), {})
        before = set(known.get("member", []))
        known["member"] = members
        for dn in before ^ set(members):
            groups = self.attributes.setdefault(dn.lower(), {}).setdefault("member of", [])
            groups.append(group) if dn in members else groups.remove(group)
            if dn.lower() in self.groups:
                ask("/group", {"op": "modify", "name": common_name(dn), "member_of": groups})
                continue
            request = {"op": "modify", "name": self.account(dn), "opts": {"member_of": groups}}
            ask("/account", request)

    def delete(self, dn, controls=None):
        try:
            ask("/account", {"op": "delete", "name": self.account(dn)})
        except Refused as refusal:
            raise ldb.LdbError(ldb.ERR_NO_SUCH_OBJECT, str(refusal)) from None
        self.accounts.pop(str(dn).lower(), None)

    def search(self, base="", scope=None, expression=None, attrs=None, controls=None):
        if str(base) == "":
            return [{"domainFunctionality": [b"7"]}]
        dn = self.resolved(str(base))
        message = ldb.Message(ldb.Dn(self, dn))
        known = {name: list(values) for name, values in self.attributes.get(dn.lower(), {}).items()}
        if not any(name.lower() == "member" for name in attrs or []):
            message.dn = ldb.Dn(self, self.known(dn, expression, known))
        for name in attrs or []:
            values = [value.encode() for value in known.get(name.lower(), [])]
            if values:
                message[name] = ldb.MessageElement(values, ldb.FLAG_MOD_REPLACE, name)
        return [message]

    def known(self, dn, expression, known):
        """Fills in what the simulator knows of an account; its distinguished name."""
        name = self.account(dn)
        if expression:
            name = re.search(r"sAMAccountName=([^)*]*)", expression).group(1)
        try:
            account = ask("/account", {"op": "keys", "name": name})
        except Refused as refusal:
            raise ldb.LdbError(ldb.ERR_NO_SUCH_OBJECT, str(refusal)) from None
        known["objectsid"] = [account["sid"]]
        known["samaccountname"] = [account["name"]]
        known["msds-keyversionnumber"] = [str(account["kvno"])]
        if account["name"] == "LOCALDC$":
            known["dnshostname"] = [self.host_dns_name()]
        if account["name"] == "krbtgt":
            # The suite looks here whether there is FAST, claims and compound identity.
            known["msds-supportedencryptiontypes"] = [str(0x7001F)]
        return account["dn"]

    def msg_diff(self, new, old):
        """What undoes a change."""
        undo = ldb.Message(new.dn)
        for name in new.keys():
            if name != "dn":
                nothing = ldb.MessageElement([], ldb.FLAG_MOD_REPLACE, name)
                undo[name] = old[name] if name in old.keys() else nothing
        return undo


DIRECTORY = Directory()


def delete_force(directory, dn, **_):
    try:
        directory.delete(dn)
    except ldb.LdbError:
        pass


def get_keys(_test, _directory, dn, expected_etypes=None):
    keys = ask("/account", {"op": "keys", "name": DIRECTORY.account(dn)})["keys"]
    return {int(etype): key for etype, key in keys.items()}


class Controller:
    """A read-only domain controller."""

    realm = REALM
    domain_name = DOMAIN
    acct_pass = "a password of the controller"
    made = {}

    def __init__(self, name):
        request = {"op": "create", "type": "RODC", "name": name, "password": self.acct_pass}
        account = ask("/account", request)
        self.account = self.samname = account["name"]
        self.myname = name
        self.SPNs = account["spn"]
        self.acct_dn = account["dn"]
        self.krbtgt_name = account["krbtgt"]
        self.new_krbtgt_dn = f"CN={self.krbtgt_name},CN=Users,{BASE}"
        self.userAccountControl = 0x5001000
        self.ntds_guid = misc.GUID()

    @classmethod
    def named(cls, name):
        if name not in cls.made:
            cls.made[name] = cls(name)
        return cls.made[name]

    def krbtgt(self, test):
        account = ask("/account", {"op": "keys", "name": self.krbtgt_name})
        creds = KerberosCredentials()
        creds.set_domain(DOMAIN)
        creds.set_realm(REALM)
        creds.set_username(account["name"])
        creds.set_kvno(account["kvno"] & 0xFFFFFFFF)
        creds.set_dn(ldb.Dn(DIRECTORY, account["dn"]))
        test.creds_set_keys(creds, {int(etype): key for etype, key in account["keys"].items()})
        test.creds_set_default_enctypes(
            creds,
            fast_support=test.kdc_fast_support,
            claims_support=test.kdc_claims_support,
            compound_id_support=test.kdc_compound_id_support,
        )
        return creds


MOCK, REAL = "MOCKRODC", "REALRODC"
REPLICATION = {
    "allowed_replication": "allowed_replication",
    "allowed_replication_mock": "allowed_replication",
    "denied_replication": "denied_replication",
    "denied_replication_mock": "denied_replication",
}
create_account_opts = KDCBaseTest.create_account_opts


def create_with_replication(test, **wish):
    groups = {ours: True for theirs, ours in REPLICATION.items() if wish[theirs]}
    revealed = [
        Controller.named(name).account
        for option, name in (("revealed_to_rodc", REAL), ("revealed_to_mock_rodc", MOCK))
        if wish[option]
    ]
    wish.update({option: False for option in [*REPLICATION, "revealed_to_rodc", "revealed_to_mock_rodc"]})
    creds = create_account_opts(test, **wish)
    opts = {**groups, **({"revealed_to_rodc": revealed} if revealed else {})}
    if opts:
        ask("/account", {"op": "modify", "name": creds.get_username(), "opts": opts})
    return creds


create_account = KDCBaseTest.create_account


def create_with_hash(test, *wish, force_nt4_hash=False, **options):
    """An account that has nothing but an NT hash gets it by SAMR from the suite."""
    DIRECTORY.etypes = [23] if force_nt4_hash else None
    try:
        return create_account(test, *wish, **options)
    finally:
        DIRECTORY.etypes = None


class AnyWords:
    """Results of password changes are told in words of Samba's; their codes are compared."""

    def __contains__(self, _):
        return True


kpasswd_exchange = RawKerberosTest.kpasswd_exchange


def exchange_by_code(test, ticket, new_password, expected_code, _expected_msg, **options):
    return kpasswd_exchange(test, ticket, new_password, expected_code, AnyWords(), **options)


connect = RawKerberosTest._connect_tcp

kdc_base_test.ldb = Names()
kdc_base_test.delete_force = delete_force
KDCBaseTest.get_samdb = lambda test: DIRECTORY
KDCBaseTest.get_keys = get_keys
KDCBaseTest.get_security_descriptor = lambda test, dn: DIRECTORY.account(dn)
KDCBaseTest.get_mock_rodc_ctx = lambda test: Controller.named(MOCK)
KDCBaseTest.get_mock_rodc_krbtgt_creds = lambda test, **_: Controller.named(MOCK).krbtgt(test)
KDCBaseTest.get_rodc_krbtgt_creds = lambda test, **_: Controller.named(REAL).krbtgt(test)
KDCBaseTest.create_account = create_with_hash
KDCBaseTest.create_account_opts = create_with_replication
RawKerberosTest.kpasswd_exchange = exchange_by_code
RawKerberosTest._connect_tcp = lambda test, host, port=None: connect(test, HOST, PORTS[port or 88])


class Told(unittest.TestResult):
    """Prints what became of each test."""

    def __init__(self):
        super().__init__()
        self.wrong = {}

    def startTest(self, test):
        super().startTest(test)
        self.wrong.pop(test.id(), None)

    def note(self, test, error):
        said = " ".join(str(error[1]).split())
        self.wrong.setdefault(test.id(), f"{error[0].__name__}: {said}"[:300])

    def addError(self, test, error):
        self.note(test, error)

    def addFailure(self, test, error):
        self.note(test, error)

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.note(test, error)

    def addSkip(self, test, reason):
        self.wrong[test.id()] = "skipped: " + reason

    def stopTest(self, test):
        why = self.wrong.get(test.id())
        name = test.id().removeprefix("samba.tests.krb5.")
        print(json.dumps({"test": name, "failed": why}), flush=True)


results = Told()
for module in modules:
    loaded = importlib.import_module("samba.tests.krb5." + module)
    if hasattr(loaded, "ldb"):
        loaded.ldb = kdc_base_test.ldb
    unittest.defaultTestLoader.loadTestsFromModule(loaded).run(results)
print(json.dumps({"ran": results.testsRun}))
