//! All end-to-end tests, one module for each property of the whole.

mod absent;
mod aged;
mod alerts;
mod bad_records;
mod canary;
mod clocks;
mod cut;
mod day;
mod dead_letters;
mod deadlines;
mod deliveries;
mod desk;
mod editions;
mod geography_oracle;
mod kill;
mod ladders;
mod members;
mod odd_text;
mod outage;
mod parts;
mod replay;
mod restore;
mod road;
mod silence;
mod sinks;
mod staff_mails;
mod start;
mod taps;
mod verify;
mod webhook_clock;

#[test]
fn every_file_of_this_folder_is_a_module() -> anyhow::Result<()> {
    let main = include_str!("main.rs");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Some(module) = name.strip_suffix(".rs").filter(|name| *name != "main") else { continue };
        assert!(main.contains(&format!("mod {module};")), "tests/tests/{name} is not compiled");
    }
    Ok(())
}
