//! The reference data of a script.

use topics::records::editions::Reference;

/// A municipality around Durban, one on the other side of the country that is not on board, and the emergency
/// numbers. What is missing is asked for after `quiet_s` seconds.
pub fn reference(quiet_s: u64) -> Reference {
    let square = |west: f64, south: f64, side: f64| {
        serde_json::json!([[[
            [west, south],
            [west + side, south],
            [west + side, south + side],
            [west, south + side],
            [west, south]
        ]]])
    };
    let reference = serde_json::json!({
        "municipalities": [
            {
                "code": "ETH", "name": "eThekwini", "kind": "metro", "onboarded": true,
                "boundary": square(30.5, -30.2, 1.0),
            },
            {
                "code": "GRG", "name": "George", "kind": "local", "onboarded": false,
                "boundary": square(22.0, -34.2, 1.0),
            },
        ],
        "wards": [],
        "teams": [{
            "code": "ETH-ALL", "municipality": "ETH", "category": null, "service_area": null,
            "is_saps": false, "manager": "thandi", "lead": "sipho", "is_active": true,
        }],
        "policies": [],
        "rules": { "quiet_s": quiet_s },
        "emergency": {
            "as_of": "2026-03-01",
            "numbers": { "police": "10111", "gbv": "0800 428 428", "fire_ambulance": "112" },
        },
    });
    serde_json::from_value(reference).unwrap()
}
