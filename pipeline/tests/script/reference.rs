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
    let place = |code: &str, name: &str, kind: &str, suburb: Option<&str>, point: [f64; 2], radius_m: u32| {
        serde_json::json!({
            "code": code, "name": name, "kind": kind, "suburb": suburb, "municipality": "ETH", "point": point,
            "radius_m": radius_m,
        })
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
        "places": [
            place("durban", "Durban", "town", None, [31.0218, -29.8587], 12_000),
            place("kwamashu", "KwaMashu", "township", None, [30.98, -29.75], 2_500),
            place("umlazi", "Umlazi", "township", None, [30.9, -29.97], 4_000),
            place("protea-kwamashu", "Protea Road", "street", Some("KwaMashu"), [30.981, -29.751], 400),
            place("protea-umlazi", "Protea Road", "street", Some("Umlazi"), [30.901, -29.971], 400),
        ],
        "rules": { "quiet_s": quiet_s },
        "emergency": {
            "as_of": "2026-03-01",
            "numbers": { "police": "10111", "gbv": "0800 428 428", "fire_ambulance": "112" },
        },
    });
    serde_json::from_value(reference).unwrap()
}
