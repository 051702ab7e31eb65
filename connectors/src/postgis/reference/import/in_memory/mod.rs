//! Files as reference data in memory, without the tables: for a program that runs without PostgreSQL. What
//! PostGIS alone can tell (areas over each other, a ward that is mostly outside of its municipality) is not
//! checked here.

mod cells;
mod settings;

use std::collections::BTreeMap;
use std::path::Path;

use pipeline::rules::absences;
use pipeline::rules::automations;
use pipeline::rules::edition::Edition;
use pipeline::rules::geography::locate_place;
use pipeline::rules::ladders;
use topics::records::editions::{Automation, LadderStep, PlaceName, Policy, Reference};
use topics::values::point::Point;
use topics::values::text::Code;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, MunicipalityRule, Severity};

use self::cells::{
    Cells, PlaceRow, automation, calendar, closing_day, ladder_step, municipality, place, policy,
    staff_member, team, ward,
};
use self::settings::{emergency, rules};
use super::forms::is_made;
use super::rows::Rows;
use super::{Import, Table, csv, places, relations};
use crate::postgis::PostgisError;

/// Reference data that is put together from files, and what is wrong with them so far.
#[derive(Debug, Default)]
pub struct InMemory {
    reference: Reference,
    /// Named places, each with its file and row. Their municipalities are looked up when all files
    /// are read.
    places: Vec<(String, PlaceRow)>,
    complaints: Vec<String>,
    remarks: Vec<String>,
}

impl InMemory {
    /// The reference data, and what a person should look at though it can be used.
    ///
    /// # Errors
    /// All complaints about all files, each with its file and row.
    pub fn finish(mut self) -> Result<(Reference, Vec<String>), PostgisError> {
        if self.reference.municipalities.is_empty() && self.complaints.is_empty() {
            self.complaints.push("there is no municipality".to_owned());
        }
        if self.complaints.is_empty() {
            self.put_places();
        }
        // In the order in which the tables are read.
        self.reference.municipalities.sort_by(|one, other| one.code.cmp(&other.code));
        self.reference.wards.sort_by(|one, other| one.code.cmp(&other.code));
        self.reference.teams.sort_by(|one, other| one.code.cmp(&other.code));
        self.reference.policies.sort_by(|one, other| scope(one).cmp(&scope(other)));
        self.reference.calendars.sort_by(|one, other| one.municipality.cmp(&other.municipality));
        self.reference
            .closing_days
            .sort_by(|one, other| (&one.municipality, one.day).cmp(&(&other.municipality, other.day)));
        self.reference.places.sort_by(|one, other| one.code.cmp(&other.code));
        self.reference.ladders.sort_by(|one, other| step_order(one).cmp(&step_order(other)));
        self.reference.automations.sort_by(|one, other| {
            let order = |it: &Automation| (it.municipality.clone(), it.position, it.code.clone());
            order(one).cmp(&order(other))
        });
        self.reference.staff.sort_by(|one, other| one.login.cmp(&other.login));
        self.complaints.extend(ladders::check::complaints(&self.reference).iter().map(ToString::to_string));
        self.complaints.extend(automations::complaints(&self.reference).iter().map(ToString::to_string));
        self.complaints.extend(absences::complaints(&self.reference).iter().map(ToString::to_string));
        self.complaints.extend(ladders::check::unreached(&self.reference).iter().map(ToString::to_string));
        self.complaints.extend(automations::unreached(&self.reference).iter().map(ToString::to_string));
        if self.complaints.is_empty() {
            Ok((self.reference, self.remarks))
        } else {
            Err(PostgisError::Reference(self.complaints))
        }
    }

    /// Gives each place its municipality, if it is on board.
    fn put_places(&mut self) {
        // Boundaries that make no edition are complained of when it is made.
        let Ok(edition) = Edition::new(0, self.reference.clone()) else { return };
        let mut left_out = Vec::new();
        let mut codes: BTreeMap<String, String> = BTreeMap::new();
        for (at, place) in std::mem::take(&mut self.places) {
            let [longitude, latitude] = place.point;
            // Areas in files have no days.
            let routing = locate_place(Point { latitude, longitude }, Time::from_millis(0), &edition);
            let is_in =
                matches!(routing.municipality_rule, MunicipalityRule::Contains | MunicipalityRule::Border);
            let Some(municipality) = routing.municipality.filter(|_| is_in) else {
                left_out.push(place.name);
                continue;
            };
            let code =
                if is_made(&place.code) { format!("{}{municipality}", place.code) } else { place.code };
            if let Some(first) = codes.insert(code.clone(), at.clone()) {
                self.complaints.push(format!(
                    "{at}: it has the same name, kind and municipality as {first}: keep one of them, or give \
                     each a `code`"
                ));
            }
            if edition.municipality(&municipality).is_some_and(|known| known.onboarded) {
                let PlaceRow { name, variants, kind, suburb, point, radius_m, .. } = place;
                self.reference.places.push(PlaceName {
                    code,
                    name,
                    variants,
                    kind,
                    suburb,
                    municipality,
                    point,
                    radius_m,
                });
            }
        }
        self.remarks.extend(relations::left_out_remark(&left_out));
    }

    /// Reads a file of `table`: what `trust-engine import` takes, and CSV with an area in WKT for boundaries
    /// and wards too.
    pub fn add_file(&mut self, table: Table, file: &Path) {
        let is_csv = file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let import = Import { table, file: file.to_owned(), names: Default::default(), dry_run: true };
        let rows = if is_csv && table != Table::Places {
            import.bytes().and_then(|bytes| csv::read(table.definition(), &bytes))
        } else {
            import.read()
        };
        self.add(table, &name_of(file), rows);
    }

    /// The same for CSV that is in memory already.
    pub fn add_csv(&mut self, table: Table, name: &str, text: &str) {
        let rows = match table {
            Table::Places => places::read(table.definition(), "csv", text.as_bytes(), &BTreeMap::new()),
            _ => csv::read(table.definition(), text.as_bytes()),
        };
        self.add(table, name, rows);
    }

    fn add(&mut self, table: Table, name: &str, rows: Result<Rows, String>) {
        let rows = match rows {
            Ok(rows) => rows,
            Err(complaint) => return self.complaints.push(format!("{name}: {complaint}")),
        };
        let definition = rows.table;
        self.remarks.extend(rows.remarks.iter().map(|remark| format!("{name}: {remark}")));
        for row in rows.rows.iter().filter(|row| row.sound) {
            if let Err(complaint) = self.keep(table, &Cells { definition, row }, name) {
                self.complaints.push(format!("{name}: {}: {complaint}", row.label));
            }
        }
        self.complaints
            .extend(rows.complaints.in_order().into_iter().map(|complaint| format!("{name}: {complaint}")));
    }

    fn keep(&mut self, table: Table, cells: &Cells<'_>, file: &str) -> Result<(), String> {
        match table {
            Table::Boundaries => self.reference.municipalities.push(municipality(cells)?),
            Table::Wards => self.reference.wards.push(ward(cells)?),
            Table::Teams => self.reference.teams.push(team(cells)?),
            Table::Policies => self.reference.policies.push(policy(cells)?),
            Table::Staff if cells.text("is_active") == Some("false") => {}
            Table::Staff => self.reference.staff.extend(staff_member(cells)?),
            Table::Calendars => self.reference.calendars.push(calendar(cells)?),
            Table::ClosingDays if cells.text("is_active") == Some("false") => {}
            Table::ClosingDays => self.reference.closing_days.push(closing_day(cells)?),
            Table::Ladders if cells.text("is_active") == Some("false") => {}
            Table::Ladders => self.reference.ladders.push(ladder_step(cells)?),
            Table::Automations if cells.text("is_active") == Some("false") => {}
            Table::Automations => self.reference.automations.push(automation(cells)?),
            Table::Places if cells.text("is_active") == Some("false") => {}
            Table::Places => self.places.push((format!("{file}: {}", cells.row.label), place(cells)?)),
        }
        Ok(())
    }

    /// Reads the durations of the rules: CSV with a column for each, in seconds, and one row. A column that
    /// is missing keeps its default.
    pub fn add_rules(&mut self, name: &str, text: &[u8]) {
        match rules(text) {
            Ok(rules) => self.reference.rules = rules,
            Err(complaint) => self.complaints.push(format!("{name}: {complaint}")),
        }
    }

    /// Reads the emergency numbers: CSV with the columns `service`, `number` and `as_of`.
    pub fn add_emergency_numbers(&mut self, name: &str, text: &[u8]) {
        match emergency(text) {
            Ok(emergency) => self.reference.emergency = emergency,
            Err(complaint) => self.complaints.push(format!("{name}: {complaint}")),
        }
    }
}

/// What a policy is for, as the tables are sorted by it: nothing goes first.
fn scope(policy: &Policy) -> (&Code, Option<&'static str>, Option<&'static str>) {
    (&policy.municipality, policy.category.map(Category::as_str), policy.severity.map(Severity::as_str))
}

/// The order of the steps of ladders, as the tables are sorted.
fn step_order(step: &LadderStep) -> (&Code, Option<&'static str>, Option<&'static str>, u8) {
    let LadderStep { municipality, category, severity, step, .. } = step;
    (municipality, category.map(Category::as_str), severity.map(Severity::as_str), *step)
}

fn name_of(file: &Path) -> String {
    file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use topics::records::editions::Rules;

    use super::*;

    const SQUARE: &str = "\"POLYGON((30 -29.9,30.5 -29.9,30.5 -29.4,30 -29.4,30 -29.9))\"";

    fn boundaries() -> String {
        format!("code,name,boundary\nETH,eThekwini,{SQUARE}\n")
    }

    #[test]
    fn a_row_that_says_little_gets_what_a_new_row_of_the_table_would_have() {
        let mut files = InMemory::default();
        files.add_csv(Table::Boundaries, "boundaries.csv", &boundaries());
        files.add_csv(Table::Policies, "policies.csv", "municipality,category,severity\nETH,water,\n");
        files.add_csv(Table::Teams, "teams.csv", "code,municipality\nETH-ALL,ETH\n");
        files.add_rules("rules.csv", b"single,unlocated_s\ntrue,7\n");
        files.add_emergency_numbers("n.csv", b"service;number;as_of\npolice;10111;2026-11-21\n");
        let (reference, remarks) = files.finish().unwrap();
        assert_eq!(remarks, Vec::<String>::new());
        assert_eq!(reference.municipalities[0].kind.as_str(), "local");
        assert!(reference.municipalities[0].onboarded && reference.teams[0].is_active);
        assert_eq!((reference.policies[0].response_s, reference.policies[0].warning_pct), (86_400, 80));
        assert_eq!(reference.rules, Rules { unlocated_s: 7, ..Rules::default() });
        assert_eq!(reference.emergency.numbers["police"], "10111");
    }

    #[test]
    fn the_flaws_of_all_files_are_named_at_once_each_with_its_file() {
        let mut files = InMemory::default();
        files.add_csv(Table::Boundaries, "boundaries.csv", "code,name,boundary\nETH,eThekwini,here\n");
        files.add_csv(
            Table::Policies,
            "policies.csv",
            "municipality,category,severity,response_hours\nETH,,,200\n",
        );
        files.add_rules("rules.csv", b"unlocated_s\nsoon\n");
        files.add_emergency_numbers("numbers.csv", b"service,number,as_of\npolice,10111,today\n");
        let complaint = files.finish().unwrap_err().to_string();
        for part in [
            "boundaries.csv: line 2 (ETH): `boundary`: must be WKT",
            "policies.csv: line 2 (ETH): it must be resolved no sooner",
            "rules.csv: `unlocated_s` is `soon`; it must be a whole number",
            "numbers.csv: line 2: `as_of` is `today`; it must be a day",
        ] {
            assert!(complaint.contains(part), "{part}: {complaint}");
        }
    }
}
