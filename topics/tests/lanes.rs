//! The two lanes are types: what belongs to the police does not compile into anything municipal.

/// Each file in `lanes/` is a way that a programmer might try; the compiler's answer stands beside it.
#[test]
fn a_protected_report_fits_no_municipal_topic() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/lanes/own_lane.rs");
    cases.compile_fail("tests/lanes/in_a_municipal_topic.rs");
    cases.compile_fail("tests/lanes/into_a_municipal_report.rs");
    cases.compile_fail("tests/lanes/testimony_as_account.rs");
    cases.compile_fail("tests/lanes/municipal_in_the_police_lane.rs");
}
