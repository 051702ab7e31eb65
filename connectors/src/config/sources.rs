//! The sources of settings: the environment, files that it names, and one TOML file. The environment has
//! priority.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use super::setting::{ConfigErrors, Setting, WrongSetting};
use super::values::SettingValue;

/// Where the value of a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingSource {
    /// A variable of the environment.
    Environment,
    /// A file that the environment or the configuration file names (`NAME_FILE`).
    SecretFile(PathBuf),
    /// The TOML configuration file at this path.
    File(PathBuf),
    /// The default of the program.
    Default,
    /// Another setting, by its name, from whose value this one follows.
    Derived(&'static str),
    /// No source: the setting has no value.
    NotSet,
}

impl fmt::Display for SettingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("environment"),
            Self::SecretFile(path) | Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
            Self::Derived(from) => write!(f, "from {from}"),
            Self::NotSet => f.write_str("not set"),
        }
    }
}

/// A setting in the form in which it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SettingRow {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) source: SettingSource,
}

/// Reads settings one by one, and remembers which were wrong and what to show.
pub(super) struct SettingReader<E> {
    settings: &'static [Setting],
    env: E,
    file: Option<(PathBuf, BTreeMap<String, String>)>,
    pub(super) errors: Vec<WrongSetting>,
    pub(super) rows: Vec<SettingRow>,
}

impl<E: Fn(&str) -> Option<String>> SettingReader<E> {
    pub(super) fn new(settings: &'static [Setting], path: Option<&Path>, env: E) -> Self {
        let mut reader = Self { settings, env, file: None, errors: Vec::new(), rows: Vec::new() };
        let named = reader.env("TRUST_ENGINE_CONFIG").map(PathBuf::from);
        if let Some(path) = path.map(Path::to_path_buf).or(named) {
            reader.read_file(path);
        }
        reader
    }

    /// An empty variable counts as not set: with `NAME= command` a shell removes it.
    fn env(&self, name: &str) -> Option<String> {
        (self.env)(name).filter(|value| !value.is_empty())
    }

    fn read_file(&mut self, path: PathBuf) {
        let name = path.display().to_string();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                return self
                    .wrong(name, format!("cannot be read: {error}; check --config and TRUST_ENGINE_CONFIG"));
            }
        };
        // The parser's message may quote the line, which may hold a secret, so only its position is shown.
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                let error: toml::de::Error = error;
                let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                return self.wrong(
                    name,
                    format!(
                        "is not TOML at line {line}; a setting is a line such as state_dir = \"/var/lib/x\""
                    ),
                );
            }
        };
        let mut values = BTreeMap::new();
        for (key, value) in table {
            let known = self.settings.iter().any(|setting| {
                let lower = setting.name.to_lowercase();
                key == lower || (setting.secret && key.strip_suffix("_file") == Some(&lower))
            });
            match text_of(&value) {
                _ if !known => {
                    self.wrong(
                        key,
                        format!(
                            "is not a setting, but is in {name}; take it out, \
                             or see `trust-engine config` for the names"
                        ),
                    );
                }
                Some(text) => drop(values.insert(key, text)),
                None => self.wrong(
                    key,
                    format!("in {name} must be a text, a whole number, or a list or table of texts"),
                ),
            }
        }
        self.file = Some((path, values));
    }

    pub(super) fn wrong(&mut self, setting: impl Into<String>, problem: impl Into<String>) {
        self.errors.push(WrongSetting { setting: setting.into(), problem: problem.into() });
    }

    /// The text of a setting, and its source.
    fn find(&mut self, setting: &Setting) -> Option<(String, SettingSource)> {
        let name = setting.name;
        let secret_file = format!("{name}_FILE");
        let from_env = self.env(name);
        let env_names = self.env(&secret_file).filter(|_| setting.secret).map(PathBuf::from);
        if from_env.is_some() && env_names.is_some() {
            self.wrong(name, format!("is set twice, as {name} and as {secret_file}; unset one of them"));
            return None;
        }
        if let Some(text) = from_env {
            return Some((text, SettingSource::Environment));
        }
        if let Some(path) = env_names {
            return self.read_secret(name, path);
        }
        let (path, values) = self.file.as_ref()?;
        let lower = name.to_lowercase();
        if let Some(text) = values.get(&lower) {
            return Some((text.clone(), SettingSource::File(path.clone())));
        }
        let named = values.get(&format!("{lower}_file"))?;
        // A relative path is relative to the folder of the file that names it.
        let beside = path.parent().unwrap_or(Path::new("")).join(named);
        self.read_secret(name, beside)
    }

    fn read_secret(&mut self, name: &str, path: PathBuf) -> Option<(String, SettingSource)> {
        match std::fs::read_to_string(&path) {
            Ok(text) => Some((text.trim().to_owned(), SettingSource::SecretFile(path))),
            Err(error) => {
                self.wrong(
                    name,
                    format!("cannot be read from {}: {error}; check {name}_FILE", path.display()),
                );
                None
            }
        }
    }

    /// A setting that may be absent.
    pub(super) fn optional<T: SettingValue>(&mut self, name: &'static str) -> Option<T> {
        self.take(name, SettingSource::NotSet, || None)
    }

    /// A setting that has a default. It is `value` if it is not set or cannot be read; in the second case the
    /// error is kept for the report of all errors.
    pub(super) fn or<T: SettingValue>(
        &mut self,
        name: &'static str,
        source: SettingSource,
        value: impl Fn() -> T,
    ) -> T {
        self.take(name, source, || Some(value())).unwrap_or_else(value)
    }

    /// A setting whose value is derived from another one, if that is set.
    pub(super) fn or_from<T: SettingValue>(
        &mut self,
        name: &'static str,
        from: &'static str,
        value: Option<T>,
    ) -> Option<T> {
        self.take(name, SettingSource::Derived(from), || value)
    }

    fn take<T: SettingValue>(
        &mut self,
        name: &'static str,
        otherwise: SettingSource,
        value: impl FnOnce() -> Option<T>,
    ) -> Option<T> {
        // A test checks that the table has every name that is asked for.
        let setting = self.settings.iter().find(|setting| setting.name == name)?;
        let errors = self.errors.len();
        let (value, source) = match self.find(setting) {
            Some((text, source)) => match T::read(&text) {
                Ok(value) => (Some(value), source),
                Err(expected) => {
                    // A text with an @ may be an address with a password.
                    let shown = if setting.secret || text.contains('@') {
                        String::new()
                    } else {
                        format!("is {text:?}, but ")
                    };
                    self.wrong(name, format!("{shown}{expected} ({source})"));
                    (None, source)
                }
            },
            // A source that cannot be read does not count as a missing value.
            None if self.errors.len() > errors => (None, SettingSource::NotSet),
            None => match value() {
                Some(value) => (Some(value), otherwise),
                None => (None, SettingSource::NotSet),
            },
        };
        self.rows.push(SettingRow {
            name,
            value: value.as_ref().map(SettingValue::show).unwrap_or_default(),
            source,
        });
        value
    }

    /// The settings to show, in the order of the table.
    pub(super) fn finish(mut self) -> Result<Vec<SettingRow>, ConfigErrors> {
        self.rows.sort_by_key(|row| self.settings.iter().position(|setting| setting.name == row.name));
        if self.errors.is_empty() { Ok(self.rows) } else { Err(ConfigErrors(self.errors)) }
    }
}

/// A TOML value in the form that the environment uses.
fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            Some(items.iter().map(toml::Value::as_str).collect::<Option<Vec<_>>>()?.join(","))
        }
        toml::Value::Table(table) => {
            let pairs =
                table.iter().map(|(name, value)| value.as_str().map(|value| format!("{name}={value}")));
            Some(pairs.collect::<Option<Vec<_>>>()?.join(","))
        }
        _ => None,
    }
}
