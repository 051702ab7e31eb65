//! The files of each language: what residents read, and the words by which they are understood. A file that a
//! row asks for and that is missing does not compile.

use topics::values::vocabulary::Language;

/// The files of one language.
struct LanguageFiles {
    language: Language,
    /// The lists of words that a text's meaning is read from.
    lexicon: &'static str,
    answers: Answers,
}

/// How residents who write a language are answered.
enum Answers {
    /// In their language; the screen and the requests have lists of its words.
    InIt {
        /// All texts that residents read.
        texts: &'static str,
        /// What is asked of the service itself.
        requests: &'static str,
        /// What speaks of violence.
        screen: &'static str,
    },
    /// In English, after these first texts in their language.
    InEnglish(&'static str),
}

/// The row of a language that residents are answered in.
macro_rules! answered {
    ($language:ident, $code:literal) => {
        LanguageFiles {
            language: Language::$language,
            lexicon: include_str!(concat!("../lexicon/", $code, ".txt")),
            answers: Answers::InIt {
                texts: include_str!(concat!("../texts/", $code, ".ftl")),
                requests: include_str!(concat!("../lexicon/requests/", $code, ".txt")),
                screen: include_str!(concat!("../lexicon/screen/", $code, ".txt")),
            },
        }
    };
}

/// The row of a language that is answered in English.
macro_rules! understood {
    ($language:ident, $code:literal) => {
        LanguageFiles {
            language: Language::$language,
            lexicon: include_str!(concat!("../lexicon/", $code, ".txt")),
            answers: Answers::InEnglish(include_str!(concat!("../texts/others/", $code, ".ftl"))),
        }
    };
}

const LANGUAGES: [LanguageFiles; 11] = [
    answered!(En, "en"),
    answered!(Af, "af"),
    answered!(Zu, "zu"),
    understood!(Xh, "xh"),
    understood!(Nso, "nso"),
    understood!(St, "st"),
    understood!(Tn, "tn"),
    understood!(Ss, "ss"),
    understood!(Ve, "ve"),
    understood!(Ts, "ts"),
    understood!(Nr, "nr"),
];

/// The words of the screen in all languages that are answered in English.
const OTHER_SCREEN: &str = include_str!("../lexicon/screen/others.txt");

/// A file, and the language that it is written in.
pub type LanguageFile = (Language, &'static str);

/// The lists of words that a text's meaning is read from.
pub fn lexicons() -> Vec<LanguageFile> {
    LANGUAGES.iter().map(|files| (files.language, files.lexicon)).collect()
}

/// The lists of words that ask something of the service itself.
pub fn requests() -> Vec<LanguageFile> {
    select(|answers| match answers {
        Answers::InIt { requests, .. } => Some(requests),
        Answers::InEnglish(_) => None,
    })
}

/// The lists of words of the screen. Those of the languages that are answered in English are in one file,
/// without a language.
pub fn screens() -> Vec<LanguageFile> {
    let mut screens = select(|answers| match answers {
        Answers::InIt { screen, .. } => Some(screen),
        Answers::InEnglish(_) => None,
    });
    screens.push((Language::Und, OTHER_SCREEN));
    screens
}

/// All texts that residents read, in the languages that they are answered in.
pub fn texts() -> Vec<LanguageFile> {
    select(|answers| match answers {
        Answers::InIt { texts, .. } => Some(texts),
        Answers::InEnglish(_) => None,
    })
}

/// The first texts that residents read, in the languages that are answered in English.
pub fn first_texts() -> Vec<LanguageFile> {
    select(|answers| match answers {
        Answers::InIt { .. } => None,
        Answers::InEnglish(texts) => Some(texts),
    })
}

/// The files that `file` takes of the rows.
fn select(file: fn(&Answers) -> Option<&'static str>) -> Vec<LanguageFile> {
    LANGUAGES.iter().filter_map(|files| Some((files.language, file(&files.answers)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_row_and_is_answered_in_as_its_row_says() {
        let rows: Vec<Language> = LANGUAGES.iter().map(|files| files.language).collect();
        let written: Vec<Language> =
            Language::ALL.iter().copied().filter(|language| *language != Language::Und).collect();
        assert_eq!(rows, written);
        for files in &LANGUAGES {
            let is_answered_in = matches!(files.answers, Answers::InIt { .. });
            assert_eq!(files.language.answered_in() == files.language, is_answered_in, "{}", files.language);
        }
    }

    /// Compares compiled files with all files of a folder.
    fn check(folder: &str, extension: &str, compiled: Vec<LanguageFile>) {
        let root = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
        let paths = std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
        let mut on_disk: Vec<String> = paths
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .filter(|path| path.file_stem().unwrap() != "place_names")
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        on_disk.sort();
        let mut named: Vec<&str> = compiled.iter().map(|(language, _)| file_name(*language)).collect();
        named.sort_unstable();
        assert_eq!(named, on_disk, "files of {folder}, and those that are compiled in");
        for (language, text) in compiled {
            let path = format!("{root}/{}.{extension}", file_name(language));
            assert_eq!(
                std::fs::read_to_string(&path).unwrap(),
                text,
                "{path} is in the row of another language"
            );
        }
    }

    const fn file_name(language: Language) -> &'static str {
        match language {
            Language::Und => "others",
            language => language.as_str(),
        }
    }

    #[test]
    fn every_file_of_a_language_is_compiled_in_under_its_language() {
        check("lexicon", "txt", lexicons());
        check("lexicon/requests", "txt", requests());
        check("lexicon/screen", "txt", screens());
        check("texts", "ftl", texts());
        check("texts/others", "ftl", first_texts());
    }
}
