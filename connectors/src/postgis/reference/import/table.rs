//! The tables that files are imported into: their columns, what they may contain, and what must be true of a
//! row.

use super::forms::{self, CellForm};

/// A table of reference data that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Municipalities and their boundaries.
    Boundaries,
    /// Wards and their boundaries.
    Wards,
    /// Teams of the municipalities, which tickets are routed to.
    Teams,
    /// Policies, which say when a ticket is due.
    Policies,
    /// Members of staff and the teams that they belong to.
    Staff,
    /// Places that residents can name.
    Places,
    /// The working hours of municipalities.
    Calendars,
    /// The days on which municipalities do not work, beside the public holidays.
    ClosingDays,
    /// The steps by which deadlines reach people.
    Ladders,
    /// What municipalities let the system do by itself.
    Automations,
}

impl Table {
    pub(super) const fn definition(self) -> &'static Definition {
        match self {
            Self::Boundaries => &BOUNDARIES,
            Self::Wards => &WARDS,
            Self::Teams => &TEAMS,
            Self::Policies => &POLICIES,
            Self::Staff => &STAFF,
            Self::Places => &PLACES,
            Self::Calendars => &CALENDARS,
            Self::ClosingDays => &CLOSING_DAYS,
            Self::Ladders => &LADDERS,
            Self::Automations => &AUTOMATIONS,
        }
    }
}

impl Definition {
    /// Whether it is that of `table`.
    pub fn is(&self, table: Table) -> bool {
        self.name == table.definition().name
    }

    /// Whether its rows name a municipality.
    pub fn has_municipality(&self) -> bool {
        self.columns.iter().any(|column| column.references == Some(MUNICIPALITY))
    }
}

/// What the import knows of a table.
#[derive(Debug)]
pub(super) struct Definition {
    /// Its name in the database.
    pub name: &'static str,
    /// Its columns, the first one for people to know the row by.
    pub columns: &'static [Column],
    /// Whether each row is a feature of a map.
    pub has_area_of_its_own: bool,
    /// What must not be true of a row `m`, and what to say then: both SQL. The first is an expression of
    /// truth, the second of text.
    pub refused: &'static [(&'static str, &'static str)],
}

/// A column of a table, and what the import checks in it.
#[derive(Debug)]
pub(super) struct Column {
    pub name: &'static str,
    /// Whether it tells rows apart, with the others of this kind.
    pub key: bool,
    pub absent: Absent,
    pub form: CellForm,
    /// The table and column that must hold the same value.
    pub references: Option<(&'static str, &'static str)>,
}

/// What it means that a file has nothing for a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// It is an error: the row is refused.
    Refused,
    /// An empty cell is null; without such a column a row keeps what it has, and a new one has null.
    Null,
    /// A row keeps what it has; a new one has this (SQL).
    Default(&'static str),
}

const fn column(name: &'static str, absent: Absent, form: CellForm) -> Column {
    Column { name, key: false, absent, form, references: None }
}

const fn key(name: &'static str, absent: Absent, form: CellForm) -> Column {
    Column { name, key: true, absent, form, references: None }
}

impl Column {
    const fn of(self, table: &'static str, column: &'static str) -> Self {
        Self { references: Some((table, column)), ..self }
    }
}

use Absent::{Default, Null, Refused};

const MUNICIPALITY: (&str, &str) = ("municipalities", "code");

static BOUNDARIES: Definition = Definition {
    name: "municipalities",
    columns: &[
        key("code", Refused, forms::CODE),
        column("name", Refused, forms::NAME),
        column("kind", Default("'local'"), forms::KIND),
        column("onboarded", Default("true"), forms::TRUTH),
        column("boundary", Refused, forms::AREA),
    ],
    has_area_of_its_own: true,
    refused: &[],
};

static WARDS: Definition = Definition {
    name: "wards",
    columns: &[
        key("code", Refused, forms::CODE),
        column("municipality", Refused, forms::CODE).of(MUNICIPALITY.0, MUNICIPALITY.1),
        column("boundary", Refused, forms::AREA),
    ],
    has_area_of_its_own: true,
    refused: &[],
};

static TEAMS: Definition = Definition {
    name: "teams",
    columns: &[
        key("code", Refused, forms::CODE),
        column("municipality", Null, forms::CODE).of(MUNICIPALITY.0, MUNICIPALITY.1),
        column("category", Null, forms::CATEGORY),
        column("service_area", Null, forms::AREA),
        column("is_saps", Default("false"), forms::TRUTH),
        column("manager", Null, forms::LOGIN),
        column("lead", Null, forms::LOGIN),
        column("is_active", Default("true"), forms::TRUTH),
        column("unavailable_from", Null, forms::DAY),
        column("unavailable_until", Null, forms::DAY),
    ],
    has_area_of_its_own: false,
    refused: &[
        (
            "m.unavailable_until is not null \
             and (m.unavailable_from is null or m.unavailable_until < m.unavailable_from)",
            "'`unavailable_until` is the last day: make it the day in `unavailable_from` or a later one, or \
             empty both'",
        ),
        (
            "m.is_saps and m.municipality is not null",
            "'a team of the police has no municipality: empty `municipality`, or make `is_saps` false'",
        ),
        (
            "not m.is_saps and m.municipality is null",
            "'a team that is not of the police needs a municipality: fill `municipality`, or make `is_saps` \
             true'",
        ),
        (
            "m.is_saps and m.category is not null",
            "'a team of the police has no category: empty `category`, or make `is_saps` false'",
        ),
    ],
};

static POLICIES: Definition = Definition {
    name: "policies",
    columns: &[
        key("municipality", Refused, forms::CODE).of(MUNICIPALITY.0, MUNICIPALITY.1),
        key("category", Null, forms::CATEGORY),
        key("severity", Null, forms::SEVERITY),
        column("response_hours", Default("24"), forms::HOURS),
        column("resolution_hours", Default("168"), forms::HOURS),
        column("warning_threshold_pct", Default("80"), forms::PERCENT),
        column("is_active", Default("true"), forms::TRUTH),
        column("hours", Default("'round_the_clock'"), forms::COUNTED_HOURS),
    ],
    has_area_of_its_own: false,
    refused: &[
        (
            "m.severity is not null and m.category is null",
            "'a severity needs a category: fill `category`, or empty `severity`'",
        ),
        (
            "m.resolution_hours < m.response_hours",
            "format('`resolution_hours` is %s and `response_hours` is %s: it must be resolved no sooner \
             than it must be responded to; make `resolution_hours` at least %2$s', m.resolution_hours, \
             m.response_hours)",
        ),
    ],
};

static STAFF: Definition = Definition {
    name: "staff",
    columns: &[
        key("login", Refused, forms::LOGIN),
        column("name", Refused, forms::NAME),
        column("municipality", Null, forms::CODE).of(MUNICIPALITY.0, MUNICIPALITY.1),
        column("team", Null, forms::CODE).of("teams", "code"),
        column("role", Refused, forms::ROLE),
        column("is_active", Default("true"), forms::TRUTH),
        column("absent_from", Null, forms::DAY),
        column("absent_until", Null, forms::DAY),
        column("delegate", Null, forms::LOGIN),
    ],
    has_area_of_its_own: false,
    refused: &[
        (
            "m.absent_until is not null and (m.absent_from is null or m.absent_until < m.absent_from)",
            "'`absent_until` is the last day of the absence: make it the day in `absent_from` or a later \
             one, or empty both'",
        ),
        ("m.delegate = m.login", "'nobody is their own delegate: name another person, or empty `delegate`'"),
    ],
};

static CALENDARS: Definition = Definition {
    name: "calendars",
    columns: &[
        key("municipality", Refused, forms::CODE).of(MUNICIPALITY.0, MUNICIPALITY.1),
        column("time_zone", Default("'Africa/Johannesburg'"), forms::TIME_ZONE),
        column("critical", Default("'round_the_clock'"), forms::COUNTED_HOURS),
        column("monday", Null, forms::OPEN_HOURS),
        column("tuesday", Null, forms::OPEN_HOURS),
        column("wednesday", Null, forms::OPEN_HOURS),
        column("thursday", Null, forms::OPEN_HOURS),
        column("friday", Null, forms::OPEN_HOURS),
        column("saturday", Null, forms::OPEN_HOURS),
        column("sunday", Null, forms::OPEN_HOURS),
    ],
    has_area_of_its_own: false,
    refused: &[(
        "coalesce(m.monday, m.tuesday, m.wednesday, m.thursday, m.friday, m.saturday, m.sunday) is null",
        "'it has no working hours on any day: give at least one day its hours, such as 08:00-16:30'",
    )],
};

static CLOSING_DAYS: Definition = Definition {
    name: "closing_days",
    columns: &[
        key("municipality", Refused, forms::CODE).of(MUNICIPALITY.0, MUNICIPALITY.1),
        key("day", Refused, forms::DAY),
        column("name", Refused, forms::PLACE),
        column("is_active", Default("true"), forms::TRUTH),
    ],
    has_area_of_its_own: false,
    refused: &[],
};

static LADDERS: Definition = Definition {
    name: "ladders",
    columns: &[
        key("municipality", Refused, forms::CODE).of(MUNICIPALITY.0, MUNICIPALITY.1),
        key("category", Null, forms::CATEGORY),
        key("severity", Null, forms::SEVERITY),
        key("step", Refused, forms::STEP),
        column("clock", Default("'resolution'"), forms::CLOCK),
        column("at", Refused, forms::STEP_OFFSET),
        column("action", Refused, forms::STEP_ACTION),
        column("whom", Null, forms::RECIPIENT),
        column("is_active", Default("true"), forms::TRUTH),
    ],
    has_area_of_its_own: false,
    refused: &[
        (
            "m.severity is not null and m.category is null",
            "'a severity needs a category: fill `category`, or empty `severity`'",
        ),
        (
            "m.action in ('notify', 'assign', 'escalate') and m.whom is null",
            "format('`action` is %s, and `whom` is empty: make it lead, manager, role:staff, role:manager or \
             login:NAME', m.action)",
        ),
        (
            "m.action in ('assign', 'escalate') and m.whom like 'role:%'",
            "format('`action` is %s, which needs one person, and `whom` is %s: make it lead, manager or \
             login:NAME', m.action, m.whom)",
        ),
    ],
};

static AUTOMATIONS: Definition = Definition {
    name: "automations",
    columns: &[
        key("municipality", Refused, forms::CODE).of(MUNICIPALITY.0, MUNICIPALITY.1),
        key("code", Refused, forms::CODE),
        column("position", Refused, forms::POSITION),
        column("trigger", Refused, forms::TRIGGER),
        column("category", Null, forms::CATEGORY),
        column("severity", Null, forms::SEVERITY),
        column("ward", Null, forms::CODE),
        column("team", Null, forms::CODE).of("teams", "code"),
        column("language", Null, forms::LANGUAGE),
        column("place_source", Null, forms::PLACE_SOURCE),
        column("older_than", Null, forms::AGE),
        column("effect", Refused, forms::EFFECT),
        column("is_active", Default("true"), forms::TRUTH),
    ],
    has_area_of_its_own: false,
    refused: &[],
};

/// The municipality of a place is no column of a file: it is looked up by the point.
static PLACES: Definition = Definition {
    name: "place_names",
    columns: &[
        key("code", Refused, forms::PLACE_CODE),
        column("name", Refused, forms::PLACE),
        column("kind", Default("'suburb'"), forms::PLACE_KIND),
        column("suburb", Null, forms::PLACE),
        column("municipality", Null, forms::CODE),
        column("point", Refused, forms::POINT),
        column("radius_m", Default(RADIUS_SQL), forms::METRES),
        column("variants", Default("'{}'"), forms::VARIANTS),
        column("is_active", Default("true"), forms::TRUTH),
    ],
    has_area_of_its_own: false,
    refused: &[(
        "exists (select from import_merged o where o.code = m.code and o.number < m.number)",
        "format('it has the same name, kind and municipality as row %s of the file (`%s`): keep one of them, \
         or give each a `code`', (select min(o.number) from import_merged o where o.code = m.code), m.code)",
    )],
};

/// How far a place of each kind reaches where a file does not say so, in SQL and here.
const RADIUS_SQL: &str = "case s.kind when 'town' then 5000 when 'street' then 1000 \
    when 'landmark' then 300 else 2000 end";

/// How far a place of this kind reaches, in metres.
pub(super) fn radius_m(kind: &str) -> u32 {
    match kind {
        "town" => 5_000,
        "street" => 1_000,
        "landmark" => 300,
        _ => 2_000,
    }
}
