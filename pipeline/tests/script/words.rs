//! The words of a script that stand for something else.

use std::time::Duration;

/// The address of a resident by name.
pub fn address(who: &str) -> String {
    format!("whatsapp:ZA.{who}")
}

/// `{u200B}` as the character of that code.
pub fn characters(text: &str) -> String {
    let mut parts = text.split("{u");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}

/// `10m` as ten minutes.
pub fn duration(text: &str) -> Duration {
    let (number, unit) = text.split_at(text.len() - 1);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => panic!("no such unit: {unit}"),
    };
    Duration::from_secs(number.parse::<u64>().unwrap() * seconds)
}
