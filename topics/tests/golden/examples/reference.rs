//! Reference data: a manifest and the one part of its blob; and how the topic set is cut.

use sha2::{Digest, Sha256};
use topics::catalogue::Editions;
use topics::catalogue::cut::{Cut, CutNotice};
use topics::records::editions::{
    BlobChunk, EditionRecord, Emergency, Fingerprint, Manifest, Municipality, MunicipalityKind, Policy,
    Reference, Rules, Team, Ward,
};
use topics::values::vocabulary::{Category, Hours, Severity};

use crate::example::{Example, example};
use crate::values::{at, open};

pub fn all() -> Vec<Example> {
    let text = serde_json::to_string(&reference()).unwrap();
    let hash: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = EditionRecord::Manifest(Manifest {
        number: 4,
        published_at: at(0),
        hash: hash.clone(),
        parts: 1,
        chunks: Vec::new(),
    });
    let chunked = Manifest {
        number: 5,
        published_at: at(0),
        hash: hash.clone(),
        parts: 1,
        chunks: vec![hash.chars().take(32).collect()],
    };
    let key = format!("{hash}/0");
    let part = EditionRecord::Part(BlobChunk { hash, part: 0, text });
    vec![
        example::<Editions>("the only part of a small edition", "reference", key, part),
        example::<Editions>("an edition of one part", "reference", "edition/4", manifest),
        example::<Editions>(
            "an edition of one chunk",
            "reference",
            "edition/5",
            EditionRecord::Manifest(chunked),
        ),
        example::<Editions>(
            "route and stamp are cut out",
            "topics",
            "cut",
            EditionRecord::Cut(CutNotice { at: at(0), cut: Cut::Both }),
        ),
        example::<Editions>(
            "the fingerprint of the installation's pepper",
            "keys",
            "fingerprint/pepper",
            EditionRecord::Fingerprint(Fingerprint {
                at: at(0),
                of: "pepper".to_owned(),
                hash: Some("0123456789abcdef".to_owned()),
            }),
        ),
    ]
}

/// One of everything that people edit.
pub fn reference() -> Reference {
    let square = vec![vec![vec![[30.5, -30.0], [31.5, -30.0], [31.5, -29.0], [30.5, -29.0], [30.5, -30.0]]]];
    let team = Team {
        code: open("ETH-WATER-NORTH"),
        municipality: Some(open("ETH")),
        category: Some(Category::Water),
        service_area: Some(square.clone()),
        is_saps: false,
        manager: Some(open("eth-water-manager")),
        lead: None,
        is_active: true,
        unavailable: None,
    };
    let police = Team {
        code: open("SAPS-ETH-NORTH"),
        municipality: None,
        category: None,
        is_saps: true,
        ..team.clone()
    };
    let kind = MunicipalityKind::Metro;
    Reference {
        municipalities: vec![Municipality {
            code: open("ETH"),
            name: "eThekwini".to_owned(),
            kind,
            onboarded: true,
            boundary: square.clone(),
            valid_from: None,
            valid_to: None,
        }],
        wards: vec![Ward {
            code: open("59500028"),
            municipality: open("ETH"),
            boundary: square,
            valid_from: None,
            valid_to: None,
        }],
        teams: vec![team, police],
        policies: vec![Policy {
            municipality: open("ETH"),
            category: Some(Category::Water),
            severity: Some(Severity::Critical),
            response_s: 3_600,
            resolution_s: 86_400,
            warning_pct: 80,
            is_active: true,
            hours: Hours::RoundTheClock,
        }],
        rules: Rules { response_s: 60, ..Rules::default() },
        emergency: Emergency {
            as_of: "2026-02-01".to_owned(),
            numbers: [("police".to_owned(), "10111".to_owned())].into(),
        },
        places: Vec::new(),
        calendars: Vec::new(),
        closing_days: Vec::new(),
        holidays: Vec::new(),
        hold_limits: Vec::new(),
        ladders: Vec::new(),
        automations: Vec::new(),
        staff: Vec::new(),
    }
}
