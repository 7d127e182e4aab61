"""Runs a Python program that knows no port but 88 with another port: on_port.py PORT PROGRAM..."""

import runpy
import socket
import sys

port, sys.argv = int(sys.argv[1]), sys.argv[2:]
resolve = socket.getaddrinfo


def resolve_elsewhere(host, service, *args, **kwargs):
    if str(service) == "88":
        host, service = "127.0.0.1", port
    return resolve(host, service, *args, **kwargs)


socket.getaddrinfo = resolve_elsewhere
runpy.run_path(sys.argv[0], run_name="__main__")
