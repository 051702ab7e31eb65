comment on column desk.sessions.last_seen_at is
    'When the browser last asked for something, to the minute. After 12 hours without a request it is signed out.';
comment on column desk.sign_ins.succeeded is 'Whether the password was right.';
