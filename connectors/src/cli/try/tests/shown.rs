//! What a person sees of a session.

use expect_test::{Expect, expect};

use super::{REPORT, last, people};

/// What is printed after the greeting.
fn check(script: &str, expected: Expect) {
    let text = people(script);
    let (_, turns) = text.split_once("nothing else is shown of it.\n").unwrap();
    expected.assert_eq(turns);
}

#[test]
fn a_report_is_resolved_and_opened_again() {
    check(
        &format!("{REPORT}/wait 2h\n/staff 1 in_progress\n/staff 1 resolved\nno, it still leaks\n"),
        expect![[r#"
            nomsa> water pipe burst in our street
              [1] Thank you. Where is it? Please send a location pin (the paperclip or +, then Location). (en)
            nomsa> /pin -29.8587 31.0218
              [2] Thank you. Your report (water) has the number 9F4N4226Q. It should be resolved by 5 March 2026 at 08:00. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, open, reported at 2 March 2026 08:00.
                  Place: a pin of the resident, within about 30 m; ward ETH-4.
                  Municipality: ETH (eThekwini (demo)), since its boundary contains the place; edition 1.
                  Team: ETH-WATER-SOUTH, since its service area contains the place, the smallest that does; assigned to eth-water-south-lead.
                  Promise: the policy of this municipality and category, in edition 1.
                  Response: due at 2 March 2026 16:00, 8 h after the report; open, the team is warned at 2 March 2026 14:24.
                  Resolution: due at 5 March 2026 08:00, 72 h after the report; open, the team is warned at 4 March 2026 17:36.
                  Tier: 0, not escalated.
            nomsa> /wait 2h
              it is 2 March 2026 10:00
            nomsa> /staff 1 in_progress
              [3] Update for 9F4N4226Q: Your report is now being worked on. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, in_progress, reported at 2 March 2026 08:00.
                  Response: due at 2 March 2026 16:00, 8 h after the report; met at 2 March 2026 10:00.
            nomsa> /staff 1 resolved
              [4] Update for 9F4N4226Q: Your report is now resolved - please confirm. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, resolved, reported at 2 March 2026 08:00.
                  Resolution: due at 5 March 2026 08:00, 72 h after the report; met at 2 March 2026 10:00.
            nomsa> no, it still leaks
              [5] Update for 9F4N4226Q: Your report is now being worked on. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, in_progress, reported at 2 March 2026 08:00.
                  Resolution: due at 5 March 2026 08:00, 72 h after the report; open, the team is warned at 4 March 2026 17:36.
                  Additions: 1.
        "#]],
    );
}

#[test]
fn a_deadline_that_passes_shows_as_missed_and_escalates() {
    check(
        &format!("{REPORT}/wait 4d\n"),
        expect![[r#"
        nomsa> water pipe burst in our street
          [1] Thank you. Where is it? Please send a location pin (the paperclip or +, then Location). (en)
        nomsa> /pin -29.8587 31.0218
          [2] Thank you. Your report (water) has the number 9F4N4226Q. It should be resolved by 5 March 2026 at 08:00. (en)
              Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, open, reported at 2 March 2026 08:00.
              Place: a pin of the resident, within about 30 m; ward ETH-4.
              Municipality: ETH (eThekwini (demo)), since its boundary contains the place; edition 1.
              Team: ETH-WATER-SOUTH, since its service area contains the place, the smallest that does; assigned to eth-water-south-lead.
              Promise: the policy of this municipality and category, in edition 1.
              Response: due at 2 March 2026 16:00, 8 h after the report; open, the team is warned at 2 March 2026 14:24.
              Resolution: due at 5 March 2026 08:00, 72 h after the report; open, the team is warned at 4 March 2026 17:36.
              Tier: 0, not escalated.
        nomsa> /wait 4d
          [3] Update for 9F4N4226Q: Your report is now escalated to senior team. (en, 2 March 2026 16:00)
              Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): water, high, escalated, reported at 2 March 2026 08:00.
              Team: ETH-WATER-SOUTH, since its service area contains the place, the smallest that does; assigned to eth-water-manager.
              Response: due at 2 March 2026 16:00, 8 h after the report; missed, seen at 2 March 2026 16:00.
              Resolution: due at 5 March 2026 08:00, 72 h after the report; missed, seen at 5 March 2026 08:00.
              Tier: 2, first escalated at 2 March 2026 16:00; last because it was not resolved in time.
          it is 6 March 2026 08:00
    "#]],
    );
    let line = last(&format!("{REPORT}/wait 4d\n"));
    assert_eq!(line["tickets"][0]["status"], "escalated");
    assert_eq!(line["time"], "2026-03-06T06:00:00.000Z");
    let late = last(&format!("{REPORT}/wait 4d\n/staff 1 resolved\n"));
    assert_eq!(late["replies"][0]["template"], "status_update_en", "the resident was silent for a day");
}

#[test]
fn a_pin_that_cannot_be_a_place_is_refused_in_the_words_of_the_reply() {
    check(
        "pothole in our street\n/pin 48.8 2.3\n/pin 31.0218 -29.8587\n/pin -29.8587 31.0218 Home\n",
        expect![[r#"
            nomsa> pothole in our street
              [1] Thank you. Where is it? Please send a location pin (the paperclip or +, then Location). (en)
            nomsa> /pin 48.8 2.3
              [2] That place is outside South Africa, so no municipality can go there. Please send a pin of the place you mean. (en)
            nomsa> /pin 31.0218 -29.8587
              [3] Did you mean -29.8587, 31.0218 (eThekwini (demo))? Reply 1 for yes, 2 for no. (en)
            nomsa> /pin -29.8587 31.0218 Home
              [4] Thank you. Your report (roads) has the number 9F4N4226Q. It should be resolved by 9 March 2026 at 08:00. (en)
                  Ticket 9F4N4226Q (9b6965d3205ce2ca6ac75bc2ddfdc4a2): roads, medium, open, reported at 2 March 2026 08:00.
                  Place: a pin of the resident, within about 30 m; ward ETH-4.
                  Municipality: ETH (eThekwini (demo)), since its boundary contains the place; edition 1.
                  Team: ETH-ROADS, since it works in the whole municipality on this; assigned to eth-roads-lead.
                  Promise: the policy of this municipality, in edition 1.
                  Response: due at 3 March 2026 08:00, 24 h after the report; open, the team is warned at 3 March 2026 03:12.
                  Resolution: due at 9 March 2026 08:00, 168 h after the report; open, the team is warned at 7 March 2026 22:24.
                  Tier: 0, not escalated.
        "#]],
    );
}
