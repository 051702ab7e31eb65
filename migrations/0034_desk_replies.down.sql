drop table desk.calls;
drop table desk.canned_replies;
