"""Signs a device in with roadlib, refreshes, and writes roadlib's file of each:
roadlib_sign_in.py BASE-URL CA.PEM DEVICE.PEM DEVICE.KEY USER FIRST.PRT SECOND.PRT

BASE-URL takes the place of https://login.microsoftonline.com. The password comes on standard input.
"""

import sys

import requests
from roadtools.roadlib.auth import Authentication
from roadtools.roadlib.deviceauth import DeviceAuthentication

base, authority, certificate, key, user, first, second = sys.argv[1:]
password = sys.stdin.readline().strip()


def post(url, **options):
    options.pop("proxies", None)
    options["verify"] = authority
    return requests.post(url.replace("https://login.microsoftonline.com", base), **options)


def device():
    auth = Authentication()
    auth.requests_post = post
    return DeviceAuthentication(auth)


signing_in = device()
signing_in.loadcert(certificate, key)
response = signing_in.get_prt_with_password(user, password)
signing_in.saveprt(response, first)
print("session key of", len(response["session_key"]) // 2, "octets")
print("key of tgt_cloud has", len(response["tgt_cloud_sessionkey"]) // 2, "octets")

refreshing = device()
refreshing.loadprt(first)
response = refreshing.renew_prt()
refreshing.saveprt(response, second)
print("refreshed with", ", ".join(sorted(response)))
