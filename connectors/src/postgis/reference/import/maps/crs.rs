//! Coordinate systems: the names of WGS84 in files, and the complaint about any other system.

use serde_json::Value;

/// How a file in another system gets into WGS84.
const WAY_OUT: &str = "reproject it, for example: ogr2ogr -t_srs EPSG:4326 NEW OLD";

/// Refuses every `crs` of GeoJSON but WGS84. GeoJSON of before 2016 has `{"type": "name", "properties":
/// {"name": ...}}`; GeoJSON of before 2008 has `{"type": "EPSG", "properties": {"code": 4326}}`; tools write
/// others.
pub(super) fn check_json(crs: &Value) -> Result<(), String> {
    let names = ["/properties/name", "/properties/code", "/properties/urn", "/properties/href", "/name", ""];
    let name = names.into_iter().find_map(|pointer| scalar(crs.pointer(pointer)?));
    let is_epsg =
        crs.get("type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("EPSG"));
    let known = match &name {
        Some(name) if is_epsg && name.bytes().all(|byte| byte.is_ascii_digit()) => is_code(name),
        Some(name) => is_named_wgs84(name),
        None => false,
    };
    if known {
        return Ok(());
    }
    let shown = name.unwrap_or_else(|| crs.to_string());
    Err(format!(
        "its `crs` is `{shown}`: it must be WGS84 (EPSG:4326 or CRS84); {WAY_OUT}{}",
        known_as(&shown)
    ))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Refuses every `.prj` but that of WGS84 in degrees.
pub(super) fn check_prj(text: &str) -> Result<(), String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let name = quoted(text).unwrap_or(text);
    if is_wgs84_in_degrees(text) {
        return Ok(());
    }
    let shown: String = if name.is_empty() { "nothing".to_owned() } else { name.chars().take(60).collect() };
    Err(format!(
        "its .prj says `{shown}`: it must be WGS84 in degrees (EPSG:4326); {WAY_OUT}{}",
        known_as(text)
    ))
}

fn is_wgs84_in_degrees(text: &str) -> bool {
    let Some((root, rest)) = text.split_once(['[', '(']) else {
        return is_named_wgs84(text) || is_proj_string(text);
    };
    let root = root.trim().to_ascii_uppercase();
    if ["COMPD_CS", "COMPOUNDCRS"].contains(&root.as_str()) {
        // Two systems, one for the place and one for the height, which is left out.
        let place = rest.splitn(3, '"').nth(2).and_then(|after| after.trim_start().strip_prefix(','));
        return place.is_some_and(|place| is_wgs84_in_degrees(place.trim_start()));
    }
    if !["GEOGCS", "GEOGCRS", "GEODCRS", "GEOGRAPHICCRS", "GEODETICCRS"].contains(&root.as_str()) {
        return false;
    }
    let datum = ["DATUM", "ENSEMBLE"].into_iter().find_map(|word| node(rest, word)).and_then(quoted);
    let is_wgs84 = match datum.or_else(|| quoted(text)) {
        Some(name) => is_plain_name(name),
        None => false,
    };
    let meridian = node(rest, "PRIMEM").and_then(second_number).unwrap_or(0.0);
    let units: Vec<_> = ["ANGLEUNIT", "UNIT"].into_iter().filter_map(|word| node(rest, word)).collect();
    let in_degrees = units.is_empty()
        || units.into_iter().filter_map(quoted).any(|unit| unit.to_ascii_lowercase().contains("degree"));
    is_wgs84 && meridian == 0.0 && in_degrees
}

/// What follows `word[` or `word(`.
fn node<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let upper = text.to_ascii_uppercase();
    let mut from = 0;
    while let Some(found) = upper.get(from..)?.find(word) {
        let begin = from + found;
        let end = begin + word.len();
        let is_whole = !upper.get(..begin)?.ends_with(|before: char| before.is_ascii_alphanumeric());
        if let Some(rest) = text.get(end..)?.trim_start().strip_prefix(['[', '(']).filter(|_| is_whole) {
            return Some(rest);
        }
        from = end;
    }
    None
}

fn quoted(text: &str) -> Option<&str> {
    text.split('"').nth(1)
}

/// The number after the name of a node.
fn second_number(node: &str) -> Option<f64> {
    let rest = node.split('"').nth(2)?.trim_start().strip_prefix(',')?;
    rest.split([',', ']', ')']).next()?.trim().parse().ok()
}

fn is_proj_string(text: &str) -> bool {
    let has = |word: &str| text.split_whitespace().any(|part| part.eq_ignore_ascii_case(word));
    let longitudes = has("+proj=longlat") || has("+proj=latlong");
    longitudes
        && (has("+datum=WGS84") || has("+ellps=WGS84"))
        && !text.contains("+pm=")
        && !text.contains("+nadgrids")
}

/// Whether a name, a URN or an address is that of WGS84.
fn is_named_wgs84(name: &str) -> bool {
    let upper = name.trim().trim_matches(['<', '>', '"']).trim_end_matches('/').to_ascii_uppercase();
    let last = upper.rsplit([':', '/', '#']).next().unwrap_or_default();
    if upper.contains("EPSG") {
        let is_number = |part: &&str| part.len() >= 4 && part.bytes().all(|byte| byte.is_ascii_digit());
        return upper.split([':', '/', '#', ' ']).rfind(is_number).is_some_and(is_code)
            || last.strip_prefix("EPSG").is_some_and(is_code);
    }
    let by_web = upper.contains("OGC") || !upper.contains([':', '/']);
    (["CRS84", "CRS84H"].contains(&last) && by_web)
        || upper.ends_with("CRS:84")
        || is_code(&upper)
        || is_plain_name(&upper)
}

/// WGS84 in two and in three dimensions; heights are left out.
fn is_code(code: &str) -> bool {
    ["4326", "4979"].contains(&code)
}

fn is_plain_name(name: &str) -> bool {
    let letters: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    let bare = ["GCS", "D"].into_iter().find_map(|before| letters.strip_prefix(before)).unwrap_or(&letters);
    let plain = bare.strip_suffix("3D").or_else(|| bare.strip_suffix("CRS84")).unwrap_or(bare);
    ["WGS84", "WGS1984", "WORLDGEODETICSYSTEM1984", "WORLDGEODETICSYSTEM1984ENSEMBLE"].contains(&plain)
}

/// What people here call the system, where the file gives a number or an inner name.
fn known_as(text: &str) -> String {
    let upper = text.to_ascii_uppercase();
    let code = upper.rsplit([':', '/', '#', '"', ' ']).next().and_then(|last| last.parse::<u32>().ok());
    let name = match code {
        Some(4148) => "Hartebeesthoek94 in degrees",
        Some(2046..=2055) => "Hartebeesthoek94 in metres (Lo)",
        Some(4222) => "the Cape datum in degrees",
        Some(22275..=22293) => "the Cape datum in metres (Lo)",
        Some(3857 | 900_913 | 102_100 | 3785) => "web-mercator, in metres",
        Some(32_733..=32_736) => "UTM south, in metres",
        _ if upper.contains("HARTEBEESTHOEK") => "Hartebeesthoek94",
        _ if upper.contains("MERCATOR_AUXILIARY") || upper.contains("PSEUDO-MERCATOR") => {
            "web-mercator, in metres"
        }
        _ => return String::new(),
    };
    format!(" (this is {name})")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(name: &str) -> Result<(), String> {
        check_json(&json!({ "type": "name", "properties": { "name": name } }))
    }

    #[test]
    fn wgs84_is_taken_by_every_known_name() {
        for good in [
            "EPSG:4326",
            "epsg:4326",
            "urn:ogc:def:crs:EPSG::4326",
            "urn:ogc:def:crs:EPSG:6.9:4326",
            "urn:x-ogc:def:crs:EPSG:4326",
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "urn:ogc:def:crs:OGC::CRS84",
            "urn:ogc:def:crs:OGC:1.3:CRS:84",
            "OGC:CRS84",
            "CRS84",
            "CRS:84",
            "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            "http://www.opengis.net/def/crs/EPSG/0/4326",
            "https://www.opengis.net/gml/srs/epsg.xml#4326",
            "WGS84",
            "WGS 84",
            "GCS_WGS_1984",
            "EPSG:4979",
        ] {
            assert_eq!(named(good), Ok(()), "{good}");
        }
        for good in [
            json!({ "type": "EPSG", "properties": { "code": 4326 } }),
            json!({ "type": "EPSG", "properties": { "code": "4326" } }),
            json!({ "type": "epsg", "properties": { "code": "EPSG:4326" } }),
            json!({ "type": "OGC", "properties": { "urn": "urn:ogc:def:crs:OGC:1.3:CRS84" } }),
            json!({
                "type": "link",
                "properties": { "href": "http://spatialreference.org/ref/epsg/4326/proj4/" }
            }),
            json!({ "properties": { "name": 4326 } }),
            json!("EPSG:4326"),
        ] {
            assert_eq!(check_json(&good), Ok(()), "{good}");
        }
    }

    #[test]
    fn every_other_system_is_named_with_the_way_out() {
        for bad in ["EPSG:2048", "urn:ogc:def:crs:EPSG::4148", "urn:ogc:def:crs:EPSG::3857", "", "EPSG:14326"]
        {
            let complaint = named(bad).unwrap_err();
            assert!(
                complaint.contains("must be WGS84") && complaint.contains("-t_srs EPSG:4326"),
                "{complaint}"
            );
        }
        assert!(named("urn:ogc:def:crs:EPSG::4148").unwrap_err().contains("Hartebeesthoek94 in degrees"));
        let lo = json!({ "type": "EPSG", "properties": { "code": 2048 } });
        assert!(check_json(&lo).unwrap_err().contains("Hartebeesthoek94 in metres"));
        for bad in [
            json!({ "type": "link" }),
            json!({ "type": "link", "properties": { "href": "x.prj" } }),
            json!({}),
            json!([4326]),
        ] {
            assert!(check_json(&bad).unwrap_err().contains("must be WGS84"), "{bad}");
        }
    }

    #[test]
    fn a_prj_of_wgs84_in_degrees_is_taken_however_it_is_written() {
        let esri = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
        let newer = r#"GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",MEMBER["World Geodetic System 1984 (G730)"],ELLIPSOID["WGS 84",6378137,298.257223563,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],CS[ellipsoidal,2],ID["EPSG",4326]]"#;
        let lines = "GEOGCS[\"WGS 84\",\n    DATUM[\"WGS_1984\",\n        SPHEROID[\"WGS \
            84\",6378137,298.257223563]],\n    PRIMEM[\"Greenwich\",0],\n    \
            UNIT[\"degree\",0.0174532925199433]]\n";
        for good in [
            esri,
            newer,
            lines,
            r#"GEOGCS["WGS 84",DATUM["WGS_1984"]]"#,
            r#"GEOGCS["unknown",DATUM["World Geodetic System 1984",SPHEROID["WGS 84",6378137,298.257]],PRIMEM["Greenwich",0],UNIT["degree",0.01745]]"#,
            r#"GEOGCS["WGS 84 (CRS84)",DATUM["WGS_1984"],AUTHORITY["OGC","CRS84"]]"#,
            r#"COMPD_CS["WGS 84 + EGM96 height",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],VERT_CS["EGM96 height",VERT_DATUM["EGM96 geoid",2005],UNIT["metre",1]]]"#,
            r#"COMPOUNDCRS["WGS 84, with heights", GEOGCRS["WGS 84",DATUM["World Geodetic System 1984",ELLIPSOID["WGS 84",6378137,298.257223563]],CS[ellipsoidal,2]],VERTCRS["EGM2008 height",VDATUM["EGM2008 geoid"]]]"#,
            "\u{feff}EPSG:4326",
            "+proj=longlat +datum=WGS84 +no_defs",
        ] {
            assert_eq!(check_prj(good), Ok(()), "{good}");
        }
        for (bad, named) in [
            (
                r#"GEOGCS["GCS_Hartebeesthoek_1994",DATUM["D_Hartebeesthoek_1994",SPHEROID["WGS_1984",6378137.0,298.257223563]]]"#,
                "this is Hartebeesthoek94",
            ),
            (
                r#"PROJCS["Hartebeesthoek94 / Lo29",GEOGCS["Hartebeesthoek94",DATUM["Hartebeesthoek94"]]]"#,
                "Hartebeesthoek94 / Lo29",
            ),
            (r#"PROJCS["WGS 84 / Pseudo-Mercator",GEOGCS["WGS 84"]]"#, "this is web-mercator"),
            (
                r#"COMPD_CS["WGS 84 / UTM 36S + EGM96",PROJCS["WGS 84 / UTM zone 36S",GEOGCS["WGS 84",DATUM["WGS_1984"]]],VERT_CS["EGM96 height"]]"#,
                "UTM 36S",
            ),
            (r#"GEOGCS["WGS 84",DATUM["WGS_1984"],PRIMEM["Paris",2.337],UNIT["degree",0.01745]]"#, "WGS 84"),
            (r#"GEOGCS["WGS 84",DATUM["WGS_1984"],PRIMEM["Greenwich",0],UNIT["grad",0.0157]]"#, "WGS 84"),
            ("", "nothing"),
        ] {
            let complaint = check_prj(bad).unwrap_err();
            assert!(complaint.contains("must be WGS84") && complaint.contains(named), "{complaint}");
            assert!(complaint.contains("ogr2ogr -t_srs EPSG:4326"), "{complaint}");
        }
    }
}
