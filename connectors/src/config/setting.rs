//! What a setting is, and what is wrong with the settings.

use std::fmt;

/// A setting's name and meaning.
pub struct Setting {
    /// The name of the setting in the environment. In the TOML file it is the same in lower case.
    pub name: &'static str,
    /// What the setting is, as a phrase that completes "it is ...".
    pub about: &'static str,
    /// Whether its value is a secret. `NAME_FILE` may then name a file that holds it.
    pub secret: bool,
}

/// What is wrong with one setting, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongSetting {
    /// The setting, or the file.
    pub setting: String,
    /// What is wrong with it; never a secret.
    pub problem: String,
}

/// All settings that are wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<WrongSetting>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is wrong:")?;
        self.0.iter().try_for_each(|wrong| write!(f, "\n  {} {}", wrong.setting, wrong.problem))
    }
}
