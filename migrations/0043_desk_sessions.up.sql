-- What counts as use of a session, and what an attempt to sign in is before its password was compared.
comment on column desk.sessions.last_seen_at is
    'When the person last asked for something, to the minute; what an open page asks for by itself does not count. After 12 hours without it the browser is signed out.';
comment on column desk.sign_ins.succeeded is
    'Whether the password was right. An attempt counts as failed from before its password is compared.';
