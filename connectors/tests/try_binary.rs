//! `trust-engine try` as a program: a script comes through a pipe, and JSON goes out.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs `try` with these arguments and this script. Settings that are wrong must not matter to it.
fn run(arguments: &[&str], script: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_trust-engine"))
        .arg("try")
        .args(arguments)
        .env("PEPPER", "no pepper")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments reads nothing.
    let _ = program.stdin.take().unwrap().write_all(script.as_bytes());
    program.wait_with_output().unwrap()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_script_from_a_pipe_gives_a_line_of_json_for_each_line() {
    let script = "water pipe burst in our street\r\n\n/pin -29.8587 31.0218\n/wait 25h\n/fly\n/quit";
    let output = run(&["--json", "--start", "2026-03-02T08:00:00+02:00"], script);
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let inputs: Vec<&str> = lines.iter().map(|line| line["input"].as_str().unwrap()).collect();
    assert_eq!(
        inputs,
        ["water pipe burst in our street", "/pin -29.8587 31.0218", "/wait 25h", "/fly", "/quit"]
    );
    let expected = BTreeSet::from(["input", "replies", "asked", "tickets", "protected", "time"]);
    for line in lines.iter().filter(|line| line["input"] != "/fly") {
        assert_eq!(keys(line), expected);
        assert_eq!(line["protected"], "ready");
    }
    assert_eq!(lines[0]["asked"], "place");
    assert_eq!(keys(&lines[1]["replies"][0]), BTreeSet::from(["text", "language", "class", "template"]));
    let ticket = &lines[1]["tickets"][0];
    let expected = BTreeSet::from([
        "number",
        "category",
        "severity",
        "status",
        "municipality",
        "ward",
        "team",
        "place_source",
        "response_due_at",
        "resolution_due_at",
    ]);
    assert_eq!(keys(ticket), expected);
    assert_eq!((&ticket["municipality"], &ticket["place_source"]), (&"ETH".into(), &"pin".into()));
    assert!(lines[3]["error"].as_str().unwrap().contains("there is no command /fly"));
    assert_eq!(lines[4]["time"], "2026-03-03T07:00:00.000Z");
}

#[test]
fn text_through_a_pipe_has_no_colour_and_ends_with_the_input() {
    let output = run(&[], "hello");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("nomsa> hello\n  [1] Hello."), "{text}");
    assert!(!text.contains('\x1b'));
}

#[test]
fn arguments_that_are_wrong_are_named() {
    let refused = |arguments: &[&str]| {
        let output = run(arguments, "");
        assert!(!output.status.success() && output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let error = refused(&["--start", "monday"]);
    assert!(
        error.contains("it must be a time from 2000 to 2199, such as 2026-03-02T08:00:00+02:00"),
        "{error}"
    );
    let error = refused(&["--reference", "/no/such/folder"]);
    assert!(error.contains("the folder /no/such/folder cannot be read"), "{error}");
}
