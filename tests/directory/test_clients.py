#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Other people's LDAP clients against the ILS: OpenLDAP's tools in both versions, python3-ldap3, on two ports; and the
same through the gateway to another server. Ends with 77 where neither is installed.

usage: test_clients.py SERVE
"""

import os
import shutil
import socket
import subprocess
import sys
import time

PERSON = """dn: c=-,o=Microsoft,cn=%(mail)s,objectClass=rtPerson
cn: %(mail)s
givenname: Ana
surname:: R2FyY+1h
rfc822mailbox: %(mail)s
c: -
sipaddress: %(address)s
sflags: 1
ssecurity: 1903246
ilsA26214430: 0

"""
APPLICATION = """dn: c=-,o=Microsoft,cn=%(mail)s,objectClass=rtPerson
changetype: modify
replace: smodop
smodop: 0
-
replace: sappid
sappid: ms-netmeeting
-
replace: sprotid
sprotid: t120
sprotid: h323
-
replace: sport
sport: 1503
sport: 1720
-

"""
failed = []


def check(what, good, why=""):
    print(f"{'ok' if good else 'not ok'} - {what}" + ("" if good else f": {why}"))
    if not good:
        failed.append(what)


class Serve:
    def __init__(self, program, *args):
        self.process = subprocess.Popen([program, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        wanted = sum(1 for a in args if str(a).isdigit()) - (1 if "--proxy" in args else 0)
        self.ports = [int(self.process.stdout.readline()) for _ in range(wanted)]

    def stop(self):
        self.process.stdin.close()
        return self.process.wait(timeout=20)


def tool(name, port, version, *args, text=None):
    url = f"ldap://127.0.0.1:{port}"
    done = subprocess.run([name, "-x", "-P", str(version), "-H", url, *args], input=text, capture_output=True, text=True,
                          timeout=30)
    return done.returncode, done.stdout, done.stderr


def openldap(port, version):
    tag = f"ldap-utils, version {version}"
    who = {"mail": f"ana{version}@example.com", "address": "16777343"}
    code, _, err = tool("ldapadd", port, version, text=PERSON % who)
    check(f"{tag}: ldapadd", code == 0, err)
    code, _, err = tool("ldapmodify", port, version, text=APPLICATION % who)
    check(f"{tag}: ldapmodify", code == 0, err)
    search = ["-LLL", "-b", "objectClass=rtPerson", "-s", "base"]
    code, out, err = tool("ldapsearch", port, version, *search,
                          "(&(objectClass=rtPerson)(cn=%)(sappid=ms-netmeeting)(sprotid=h323))",
                          "surname", "GIVENNAME", "sipaddress", "sport", "cn")
    lines = out.splitlines()
    check(f"{tag}: the list, in the order and spelling asked for", code == 0 and lines[1:] == [
        "surname:: R2FyY+1h", "GIVENNAME: Ana", "sipaddress: 16777343", "sport: 1503", "sport: 1720", f"cn: {who['mail']}", ""],
        out + err)
    code, out, err = tool("ldapsearch", port, version, *search, f"(&(objectClass=rtPerson)(cn={who['mail']})(sttl=10))", "sttl")
    check(f"{tag}: keep-alive", code == 0 and "sttl: 10" in out, out + err)
    code, out, err = tool("ldapsearch", port, version, *search, "(rfc822mailbox=*EXAMPLE*)")
    check(f"{tag}: substrings, all attributes", code == 0 and "ilsA26214430: 0" in out and "objectClass: rtPerson" in out,
          out + err)
    code, _, err = tool("ldapdelete", port, version, f"c=-,o=Microsoft,cn={who['mail']},objectClass=rtPerson")
    check(f"{tag}: ldapdelete", code == 0, err)
    code, _, err = tool("ldapdelete", port, version, f"c=-,o=Microsoft,cn={who['mail']},objectClass=rtPerson")
    check(f"{tag}: ldapdelete of nobody is noSuchObject", code == 32, err)


def python_ldap3(port):
    import ldap3
    tag = "python3-ldap3"
    server = ldap3.Server("127.0.0.1", port=port, get_info=ldap3.DSA)
    # These names belong to no schema of its own.
    with ldap3.Connection(server, auto_bind=True, check_names=False) as c:
        check(f"{tag}: root DSE", server.info is not None and 3 in [int(v) for v in server.info.supported_ldap_versions],
              str(server.info))
        dn = "c=-,o=Microsoft,cn=luc@example.org,objectClass=rtPerson"
        check(f"{tag}: add", c.add(dn, "rtPerson", {"cn": "luc@example.org", "sipaddress": "16777343", "rfc822mailbox": "luc@example.org"}),
              str(c.result))
        check(f"{tag}: add again", c.add(dn, "rtPerson", {"cn": "luc@example.org", "sipaddress": "16777343"}), str(c.result))
        check(f"{tag}: modify", c.modify(dn, {"smodop": [(ldap3.MODIFY_REPLACE, ["0"])],
                                              "sport": [(ldap3.MODIFY_REPLACE, ["1503", "1720"])]}), str(c.result))
        found = c.search("objectClass=rtPerson", "(cn=luc@example.org)", search_scope=ldap3.BASE, attributes=["sport", "cn"])
        check(f"{tag}: search", found and list(c.response[0]["raw_attributes"]) == ["sport", "cn"], str(c.response))
        check(f"{tag}: compare", c.compare(dn, "sport", "1720") and not c.compare(dn, "sport", "1721"), str(c.result))
        c.search("objectClass=rtPerson", "(cn=%)", search_scope=ldap3.BASE, attributes=["cn"], paged_size=1)
        check(f"{tag}: a paged search is answered whole", c.result["result"] == 0 and len(c.response) >= 1, str(c.result))
        check(f"{tag}: ModifyDN is refused", not c.modify_dn(dn, "cn=x") and c.result["result"] == 53, str(c.result))
        check(f"{tag}: delete", c.delete(dn), str(c.result))


def by_hand(port):
    """What no decent client sends."""
    def exchange(octets, wait=True):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
            s.sendall(octets)
            if wait:
                s.shutdown(socket.SHUT_WR)
            got = b""
            while True:
                part = s.recv(65536)
                if not part:
                    return got
                got += part
    bind = bytes.fromhex("300c020101600702010204008000")
    answer = bytes.fromhex("300c02010161070a010004000400")
    check("by hand: three binds in one segment", exchange(bind * 3) == answer * 3)
    check("by hand: no LDAP at all", exchange(b"GET / HTTP/1.0\r\n\r\n", wait=False) == b"")
    check("by hand: a message of four gigabytes", exchange(bytes.fromhex("3084ffffffff"), wait=False) == b"")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        got = b""
        for octet in bind:
            s.sendall(bytes([octet]))
            time.sleep(0.002)
        while len(got) < len(answer):
            got += s.recv(100)
        check("by hand: a bind octet by octet", got == answer)


def through_the_gateway(program):
    outside = Serve(program, 0)
    gateway = Serve(program, "--proxy", 0, outside.ports[0], 0)
    proxy, own = gateway.ports
    who = {"mail": "ana@example.com", "address": "16777343"}  # 127.0.0.1
    code, _, err = tool("ldapadd", proxy, 2, text=PERSON % who)
    check("gateway: an inside client registers outside", code == 0, err)
    code, _, err = tool("ldapmodify", proxy, 3, text=APPLICATION % who)
    check("gateway: and modifies", code == 0, err)
    search = ["-LLL", "-b", "objectClass=rtPerson", "-s", "base", "(cn=%)", "cn", "sipaddress", "sport"]
    code, out, err = tool("ldapsearch", outside.ports[0], 2, *search)
    # 203.0.113.1
    check("gateway: outside knows the gateway's address only", "sipaddress: 24182987" in out and "16777343" not in out, out + err)
    code, out, err = tool("ldapsearch", proxy, 3, *search)
    check("gateway: inside it is the inside address", "sipaddress: 16777343" in out and "sport: 1720" in out, out + err)
    code, out, err = tool("ldapsearch", own, 3, *search)
    check("gateway: the gateway's own directory does not list it", code == 0 and "sipaddress" not in out, out + err)
    code, _, err = tool("ldapdelete", proxy, 2, "c=-,o=Microsoft,cn=ana@example.com,objectClass=rtPerson")
    check("gateway: and leaves", code == 0, err)
    check("gateway: the servers end well", outside.stop() == 0 and gateway.stop() == 0)


def main():
    program = sys.argv[1]
    tools = all(shutil.which(t) for t in ("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete"))
    try:
        import ldap3  # noqa: F401
        library = True
    except ImportError:
        library = False
        # Debian's package belongs to Debian's Python, which need not be the first one found.
        debian = "/usr/bin/python3"
        if sys.executable != debian and os.path.exists(debian) and "ldap3" not in os.environ.get("POSTERN_TRIED", ""):
            os.execve(debian, [debian] + sys.argv, dict(os.environ, POSTERN_TRIED="ldap3"))
    if not tools and not library:
        print("neither ldap-utils nor python3-ldap3 is installed")
        return 77
    serve = Serve(program, 0, 0)
    for port in serve.ports:
        if tools:
            openldap(port, 2)
            openldap(port, 3)
        if library:
            python_ldap3(port)
    by_hand(serve.ports[0])
    check("the server ends well", serve.stop() == 0)
    if tools:
        through_the_gateway(program)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
