"""A mail server for tests (aiosmtpd): it puts what it takes into the maildir FOLDER/mails.

    mail_server.py PORT FOLDER [CERTIFICATE KEY]

While FOLDER/busy exists it answers 451; while FOLDER/silent exists it takes a mail and never says so.
Nobody has an address that begins with `gone`. With a certificate it takes mails by STARTTLS alone.
"""
import asyncio
import os
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

port, folder = int(sys.argv[1]), sys.argv[2]


def is_there(name):
    return os.path.exists(os.path.join(folder, name))


class Inbox(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if is_there("busy"):
            return "451 4.3.0 Try again later"
        if address.startswith("gone"):
            return f"550 5.1.1 <{address}>: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        while is_there("silent"):
            await asyncio.sleep(0.1)
        return answer


tls = {}
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    tls = {"tls_context": context, "require_starttls": True}
inbox = Inbox(os.path.join(folder, "mails"))
server = Controller(inbox, hostname="127.0.0.1", port=port, **tls)
server.start()
print("takes mails", flush=True)
# The test that started it holds the other end.
sys.stdin.read()
