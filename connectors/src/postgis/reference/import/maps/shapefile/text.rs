//! The encoding of a `.dbf`: what its `.cpg` or its language byte says, compared with what is there.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254};

/// What is done about an encoding that is not known or wrong.
const WAY_OUT: &str = "write the right one, such as UTF-8 or 1252, into a .cpg beside the .shp";

/// How the texts of a `.dbf` are read.
#[derive(Debug)]
pub(super) struct Texts {
    /// Where the encoding is declared, for people.
    said: String,
    encoding: Option<&'static Encoding>,
    /// Whether a `.cpg` file declares it; a language byte is often left as the tool's default.
    is_deliberate: bool,
    /// Whether all texts that are not ASCII are UTF-8, which texts in another encoding are only by accident.
    looks_like_utf8: bool,
}

impl Texts {
    /// `page` is what the `.cpg` holds, `language` the byte of the header, and `texts` are all that will be
    /// read.
    pub fn new<'a>(page: Option<&[u8]>, language: u8, mut texts: impl Iterator<Item = &'a [u8]>) -> Self {
        let looks_like_utf8 = texts.all(|text| text.is_ascii() || is_utf8_but_for_the_end(text));
        let page =
            page.map(|page| String::from_utf8_lossy(page).trim_start_matches('\u{feff}').trim().to_owned());
        match page.filter(|page| !page.is_empty()) {
            Some(page) => Self {
                encoding: of_page(&page),
                said: format!("its .cpg says `{}`", page.chars().take(40).collect::<String>()),
                is_deliberate: true,
                looks_like_utf8,
            },
            None => Self {
                encoding: of_language(language),
                said: format!("it has no .cpg, and the language byte of its .dbf is {language:#04X}"),
                is_deliberate: false,
                looks_like_utf8,
            },
        }
    }

    /// The text, or what is wrong with it, to follow the property's name.
    pub fn read(&self, bytes: &[u8]) -> Result<String, String> {
        if bytes.is_ascii() {
            return Ok(String::from_utf8_lossy(bytes).into_owned());
        }
        let encoding = match self.encoding {
            _ if self.looks_like_utf8 && !self.is_deliberate => UTF_8,
            Some(encoding) if encoding != UTF_8 && self.looks_like_utf8 => {
                return Err(format!("is UTF-8, though {}: {WAY_OUT}", self.said));
            }
            Some(encoding) => encoding,
            None => {
                let shown = WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned();
                return Err(format!(
                    "has letters in an unknown encoding, in Windows-1252 `{shown}`: {}; {WAY_OUT}, or try: \
                     ogr2ogr -lco ENCODING=UTF-8 NEW OLD",
                    self.said
                ));
            }
        };
        match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
            Some(text) => Ok(text.into_owned()),
            None if encoding == UTF_8 && is_utf8_but_for_the_end(bytes) => {
                Err("ends in the middle of a character, since its field is too short: make the field longer \
                    and export again"
                    .to_owned())
            }
            None => Err(format!("is not {}, though {}: {WAY_OUT}", encoding.name(), self.said)),
        }
    }
}

/// A field that is too short cuts the last character.
fn is_utf8_but_for_the_end(text: &[u8]) -> bool {
    match std::str::from_utf8(text) {
        Ok(_) => true,
        Err(error) => {
            error.error_len().is_none()
                && text.get(..error.valid_up_to()).is_some_and(|before| !before.is_ascii())
        }
    }
}

/// The encoding that a `.cpg` names, however tools write it.
fn of_page(page: &str) -> Option<&'static Encoding> {
    if let Some(language) = page.to_ascii_uppercase().strip_prefix("LDID/") {
        return of_language(language.trim().parse().ok()?);
    }
    let bare: String =
        page.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let number = bare.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    match (bare.as_str(), number) {
        ("ansi" | "latin1" | "system", _) => Some(WINDOWS_1252),
        (_, "65001") => Some(UTF_8),
        (name, "8") if name.starts_with("utf") => Some(UTF_8),
        (_, number) if number.starts_with("8859") && number.len() > 4 => {
            Encoding::for_label(format!("iso-8859-{}", number.get(4..)?).as_bytes())
        }
        (_, number) if number.len() == 4 && number.starts_with("125") => {
            Encoding::for_label(format!("windows-{number}").as_bytes())
        }
        _ => Encoding::for_label(page.as_bytes()),
    }
}

/// The encoding of a language byte (dBASE; 0x57 is the Windows encoding of where the file was made, which
/// here is 1252). GDAL reads 0x57 as ISO-8859-1, which differs in signs that no name has. DOS encodings are
/// not known.
fn of_language(language: u8) -> Option<&'static Encoding> {
    match language {
        0x03 | 0x57..=0x59 => Some(WINDOWS_1252),
        0xC8 => Some(WINDOWS_1250),
        0xC9 => Some(WINDOWS_1251),
        0xCB => Some(WINDOWS_1253),
        0xCA => Some(WINDOWS_1254),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSI: &[u8] = b"Kh\xe2i-Ma";
    const UTF8: &[u8] = b"Kh\xc3\xa2i-Ma";

    fn read(page: Option<&str>, language: u8, text: &[u8]) -> Result<String, String> {
        Texts::new(page.map(str::as_bytes), language, [text].into_iter()).read(text)
    }

    #[test]
    fn a_name_is_read_as_the_cpg_or_the_language_byte_says() {
        for (page, language) in [
            (None, 0x57),
            (None, 0x03),
            (Some("1252"), 0),
            (Some("ANSI 1252\r\n"), 0),
            (Some("CP1252"), 0),
            (Some("windows-1252"), 0),
            (Some("ISO-8859-1"), 0x57),
            (Some("ISO 8859-1"), 0),
            (Some("88591"), 0),
            (Some("8859_1"), 0),
            (Some("ISO-8859-15"), 0),
            (Some("LDID/87"), 0),
            (Some("\u{feff}1252"), 0),
        ] {
            assert_eq!(read(page, language, ANSI).as_deref(), Ok("Khâi-Ma"), "{page:?} {language:#x}");
        }
        for (page, language) in [
            (Some("UTF-8"), 0x57),
            (Some("\u{feff}utf8\n"), 0),
            (Some("65001"), 0),
            (None, 0x57),
            (None, 0),
            (Some(" "), 3),
        ] {
            assert_eq!(read(page, language, UTF8).as_deref(), Ok("Khâi-Ma"), "{page:?} {language:#x}");
        }
    }

    #[test]
    fn what_would_be_garbled_is_refused_with_the_encoding_to_set() {
        for (page, language, text) in [
            (Some("UTF-8"), 0x57, ANSI),
            (Some("1252"), 0, UTF8),
            (Some("ISO-8859-1"), 0, UTF8),
            (None, 0, ANSI),
            (None, 0x02, ANSI),
            (Some("850"), 0, ANSI),
            (Some("klingon"), 0x57, ANSI),
        ] {
            let complaint = read(page, language, text).unwrap_err();
            assert!(complaint.contains(".cpg") && complaint.contains("UTF-8"), "{complaint}");
            assert_eq!(read(page, language, b"Emfuleni").as_deref(), Ok("Emfuleni"));
        }
        assert!(read(Some("UTF-8"), 0, b"Kh\xc3\xa2i-M\xc3").unwrap_err().contains("field is too short"));
    }
}
