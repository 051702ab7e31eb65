"""A mail server for tests (aiosmtpd): it puts what it takes into the maildir FOLDER/mails.

    mail_server.py PORT FOLDER [CERTIFICATE KEY]

While FOLDER/busy exists it answers 451; while FOLDER/silent exists it takes a mail and never says so; while
FOLDER/suspended exists it refuses the sender, and while FOLDER/closed exists it passes nothing on. Nobody has
an address that begins with `gone`. With a certificate it takes mails by STARTTLS alone. If FOLDER/login exists,
it takes mails from those alone who log in as it says: LOGIN:PASSWORD.
"""
import asyncio
import os
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult

port, folder = int(sys.argv[1]), sys.argv[2]


def is_there(name):
    return os.path.exists(os.path.join(folder, name))


class Inbox(Mailbox):
    async def handle_MAIL(self, server, session, envelope, address, options):
        if is_there("suspended"):
            return "550 5.7.1 This account is suspended"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if is_there("busy"):
            return "451 4.3.0 Try again later"
        if is_there("closed"):
            return f"554 5.7.1 <{address}>: Relay access denied"
        if address.startswith("gone"):
            return f"550 5.1.1 <{address}>: no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = await super().handle_DATA(server, session, envelope)
        while is_there("silent"):
            await asyncio.sleep(0.1)
        return answer


def login(server, session, envelope, mechanism, data):
    with open(os.path.join(folder, "login"), "rb") as file:
        return AuthResult(success=data.login + b":" + data.password == file.read(), handled=False)


settings = {}
if is_there("login"):
    settings = {"authenticator": login, "auth_required": True}
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    settings |= {"tls_context": context, "require_starttls": True}
inbox = Inbox(os.path.join(folder, "mails"))
server = Controller(inbox, hostname="127.0.0.1", port=port, **settings)
server.start()
print("takes mails", flush=True)
# The test that started it holds the other end.
sys.stdin.read()
