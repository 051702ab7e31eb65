//! The rows of the reference tables, from the cells of a file.

use std::fmt::Display;
use std::str::FromStr;

use topics::records::editions::{
    Absence, Automation, Calendar, ClosingDay, LadderStep, MultiPolygon, Municipality, PlaceKind, Policy,
    StaffMember, Team, Unavailability, Ward,
};

use crate::postgis::reference::import::forms::of_variants;
use crate::postgis::reference::import::maps::area;
use crate::postgis::reference::import::places;
use crate::postgis::reference::import::rows::ImportRow;
use crate::postgis::reference::import::table::{Absent, Definition, radius_m};

/// A named place without its municipality.
#[derive(Debug)]
pub(super) struct PlaceRow {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) variants: Vec<String>,
    pub(super) kind: PlaceKind,
    pub(super) suburb: Option<String>,
    pub(super) point: [f64; 2],
    pub(super) radius_m: u32,
}

/// The values of a row, by the names of their columns.
pub(super) struct Cells<'a> {
    pub(super) definition: &'static Definition,
    pub(super) row: &'a ImportRow,
}

impl Cells<'_> {
    /// The value of a column, where the file has one.
    fn given(&self, name: &str) -> Option<&str> {
        let index = self.definition.columns.iter().position(|column| column.name == name)?;
        self.row.values.get(index)?.as_deref()
    }

    /// The value of a column, or its default where the file has none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let index = self.definition.columns.iter().position(|column| column.name == name)?;
        let value = self.row.values.get(index)?.as_deref();
        value.or_else(|| match self.definition.columns.get(index)?.absent {
            Absent::Default(sql) => Some(sql.trim_matches('\'')),
            Absent::Refused | Absent::Null => None,
        })
    }

    fn optional<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, String> {
        let read = |text: &str| text.parse().map_err(|error: T::Err| format!("`{name}`: {error}"));
        self.text(name).map(read).transpose()
    }

    fn required<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T, String> {
        self.optional(name)?.ok_or_else(|| format!("`{name}` is missing: fill it in"))
    }

    fn area(&self, name: &str) -> Result<Option<MultiPolygon>, String> {
        self.text(name).map(area::of_wkt).transpose().map_err(|flaw| format!("`{name}`: {flaw}"))
    }

    fn boundary(&self) -> Result<MultiPolygon, String> {
        self.area("boundary")?.ok_or_else(|| "`boundary` is missing: fill it in".to_owned())
    }

    /// Reads a column of hours, and returns it in seconds.
    fn seconds(&self, name: &str) -> Result<u64, String> {
        let hours: f64 = self.required(name)?;
        let seconds = std::time::Duration::try_from_secs_f64((hours * 3600.0).round());
        seconds.map(|time| time.as_secs()).map_err(|error| format!("`{name}`: {error}"))
    }
}

pub(super) fn municipality(cells: &Cells<'_>) -> Result<Municipality, String> {
    Ok(Municipality {
        code: cells.required("code")?,
        name: cells.required("name")?,
        kind: cells.required("kind")?,
        onboarded: cells.required("onboarded")?,
        boundary: cells.boundary()?,
        valid_from: None,
        valid_to: None,
    })
}

pub(super) fn ward(cells: &Cells<'_>) -> Result<Ward, String> {
    Ok(Ward {
        code: cells.required("code")?,
        municipality: cells.required("municipality")?,
        boundary: cells.boundary()?,
        valid_from: None,
        valid_to: None,
    })
}

pub(super) fn team(cells: &Cells<'_>) -> Result<Team, String> {
    Ok(Team {
        code: cells.required("code")?,
        municipality: cells.optional("municipality")?,
        category: cells.optional("category")?,
        service_area: cells.area("service_area")?,
        is_saps: cells.required("is_saps")?,
        manager: cells.optional("manager")?,
        lead: cells.optional("lead")?,
        is_active: cells.required("is_active")?,
        unavailable: match cells.optional("unavailable_from")? {
            Some(from) => Some(Unavailability { from, until: cells.optional("unavailable_until")? }),
            None => None,
        },
    })
}

pub(super) fn place(cells: &Cells<'_>) -> Result<PlaceRow, String> {
    let kind: PlaceKind = cells.required("kind")?;
    let point: String = cells.required("point")?;
    Ok(PlaceRow {
        code: cells.required("code")?,
        name: cells.required("name")?,
        variants: cells.text("variants").map(of_variants).unwrap_or_default(),
        kind,
        suburb: cells.optional("suburb")?,
        point: places::of_wkt(&point).ok_or("`point` cannot be read")?,
        radius_m: match cells.given("radius_m") {
            Some(metres) => metres.parse().map_err(|error| format!("`radius_m`: {error}"))?,
            None => radius_m(kind.as_str()),
        },
    })
}

pub(super) fn policy(cells: &Cells<'_>) -> Result<Policy, String> {
    let response_s = cells.seconds("response_hours")?;
    let resolution_s = cells.seconds("resolution_hours")?;
    if resolution_s < response_s {
        return Err("it must be resolved no sooner than it must be responded to; make `resolution_hours` \
                    at least `response_hours`"
            .to_owned());
    }
    Ok(Policy {
        municipality: cells.required("municipality")?,
        category: cells.optional("category")?,
        severity: cells.optional("severity")?,
        response_s,
        resolution_s,
        warning_pct: cells.required("warning_threshold_pct")?,
        is_active: cells.required("is_active")?,
        hours: cells.required("hours")?,
    })
}

pub(super) fn calendar(cells: &Cells<'_>) -> Result<Calendar, String> {
    let calendar = Calendar {
        municipality: cells.required("municipality")?,
        time_zone: cells.required("time_zone")?,
        critical: cells.required("critical")?,
        monday: cells.optional("monday")?,
        tuesday: cells.optional("tuesday")?,
        wednesday: cells.optional("wednesday")?,
        thursday: cells.optional("thursday")?,
        friday: cells.optional("friday")?,
        saturday: cells.optional("saturday")?,
        sunday: cells.optional("sunday")?,
    };
    if calendar.week().iter().all(Option::is_none) {
        let complaint =
            "it has no working hours on any day: give at least one day its hours, such as 08:00-16:30";
        return Err(complaint.to_owned());
    }
    Ok(calendar)
}

pub(super) fn closing_day(cells: &Cells<'_>) -> Result<ClosingDay, String> {
    Ok(ClosingDay {
        municipality: cells.required("municipality")?,
        day: cells.required("day")?,
        name: cells.required("name")?,
    })
}

pub(super) fn ladder_step(cells: &Cells<'_>) -> Result<LadderStep, String> {
    Ok(LadderStep {
        municipality: cells.required("municipality")?,
        category: cells.optional("category")?,
        severity: cells.optional("severity")?,
        step: cells.required("step")?,
        clock: cells.required("clock")?,
        at: cells.required("at")?,
        action: cells.required("action")?,
        whom: cells.optional("whom")?,
    })
}

/// A member of staff of a municipality; missing for one of the police.
pub(super) fn staff_member(cells: &Cells<'_>) -> Result<Option<StaffMember>, String> {
    let Some(municipality) = cells.optional("municipality")? else { return Ok(None) };
    Ok(Some(StaffMember {
        login: cells.required("login")?,
        municipality,
        team: cells.optional("team")?,
        role: cells.required("role")?,
        absence: absence(cells)?,
    }))
}

/// The absence of a member of staff, if the first day is given.
fn absence(cells: &Cells<'_>) -> Result<Option<Absence>, String> {
    let Some(from) = cells.optional("absent_from")? else { return Ok(None) };
    let until = cells.optional("absent_until")?;
    Ok(Some(Absence { from, until, delegate: cells.optional("delegate")? }))
}

pub(super) fn automation(cells: &Cells<'_>) -> Result<Automation, String> {
    Ok(Automation {
        municipality: cells.required("municipality")?,
        code: cells.required("code")?,
        position: cells.required("position")?,
        trigger: cells.required("trigger")?,
        category: cells.optional("category")?,
        severity: cells.optional("severity")?,
        ward: cells.optional("ward")?,
        team: cells.optional("team")?,
        language: cells.optional("language")?,
        place_source: cells.optional("place_source")?,
        older_than: cells.optional("older_than")?,
        effect: cells.required("effect")?,
    })
}
