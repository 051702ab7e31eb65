use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::*;

const RING: &str = "intake-1:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const PEPPER: &str = "00112233445566778899aabbccddeeff";
const SID: &str = "AC0123456789abcdef0123456789abcdef";

fn load(file: Option<&Path>, env: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    let env: BTreeMap<&str, &str> = env.iter().copied().collect();
    Config::load(file, |name| env.get(name).map(|value| (*value).to_owned()))
}

/// A folder for one test, which is removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("trust-engine-config-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn nothing_set_is_all_defaults_and_says_what_is_missing_when_asked() {
    let config = load(None, &[]).unwrap();
    assert_eq!(
        (config.partitions.get(), config.rate_municipal.get(), config.rate_protected.get()),
        (6, 72, 8)
    );
    assert_eq!(config.twilio_api_url.as_str(), "https://api.twilio.com");
    assert!(config.twilio.is_none());
    let errors = config.require(&["KAFKA_BROKERS", "PARTITIONS", "KEY_RING"]).unwrap_err();
    let missing: Vec<&str> = errors.0.iter().map(|wrong| wrong.setting.as_str()).collect();
    assert_eq!(missing, ["KAFKA_BROKERS", "KEY_RING"]);
    assert!(
        config
            .require_database_url()
            .unwrap_err()
            .to_string()
            .contains("DATABASE_URL is not set; it is the database")
    );
}

#[test]
fn every_setting_of_the_table_is_read_and_shown() {
    let rows: BTreeSet<&str> = load(None, &[]).unwrap().rows.iter().map(|row| row.name).collect();
    assert_eq!(rows, SETTINGS.iter().map(|setting| setting.name).collect());
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
    let folder = Folder::new("order");
    let text = "kafka_brokers = [\"one:9092\", \"two:9092\"]\npartitions = 3\ntopic_prefix = \
        \"file.\"\n[twilio_templates]\nstatus = \"HX0123456789abcdef0123456789abcdef\"\n";
    let file = folder.write("config.toml", text);
    let config = load(Some(&file), &[("TOPIC_PREFIX", "env."), ("STATE_DIR", "")]).unwrap();
    assert_eq!(config.kafka_brokers.as_ref().unwrap().as_str(), "one:9092,two:9092");
    assert_eq!((config.partitions.get(), config.topic_prefix.as_str()), (3, "env."));
    assert_eq!(config.templates.get("status").unwrap().as_str(), "HX0123456789abcdef0123456789abcdef");
    assert_eq!(config.state_dir, PathBuf::from("/var/lib/trust-engine"), "an empty variable counts as none");
    let named = load(None, &[("TRUST_ENGINE_CONFIG", file.to_str().unwrap())]).unwrap();
    assert_eq!(named.topic_prefix.as_str(), "file.");
    let shown = config.describe();
    let line = |name: &str| shown.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert!(line("TOPIC_PREFIX").ends_with("environment"), "{shown}");
    assert!(line("PARTITIONS").ends_with("config.toml"), "{shown}");
    assert!(line("RATE_MUNICIPAL").ends_with("default"), "{shown}");
    assert!(line("KEY_RING").ends_with("not set"), "{shown}");
}

#[test]
fn secrets_come_from_files_too_and_are_never_shown() {
    let folder = Folder::new("files");
    folder.write("token", "tokensecret1,tokensecret2\n");
    let ring = folder.write("ring", &format!("{RING}\n"));
    let file = folder.write("config.toml", "twilio_auth_token_file = \"token\"\n");
    let url = "postgres://sink:passwordsecret@db.example:6543/trust";
    let env = [
        ("KEY_RING_FILE", ring.to_str().unwrap()),
        ("PEPPER", PEPPER),
        ("TWILIO_ACCOUNT_SID", SID),
        ("SINK_DATABASE_URL", url),
        ("PUBLIC_URL", "https://user:passsecret@example.org/hooks/"),
    ];
    let config = load(Some(&file), &env).unwrap();
    let account = config.twilio.as_ref().unwrap();
    assert_eq!(account.tokens.current.expose(), "tokensecret1");
    assert_eq!(account.tokens.other.as_ref().unwrap().expose(), "tokensecret2");
    assert!(config.key_ring.as_ref().unwrap().writes(topics::values::lane::Lane::Intake));
    assert_eq!(config.public_url.as_ref().unwrap().as_str(), "https://user:passsecret@example.org/hooks");
    let shown = format!("{}{config:?}", config.describe());
    for hidden in ["secret", PEPPER, "AQEB"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
    assert!(shown.contains("postgres://sink:hidden@db.example:6543/trust"), "{shown}");
    assert!(shown.contains("keys intake-1, hidden"), "{shown}");
}

#[test]
fn all_wrong_settings_are_told_at_once_without_secrets() {
    let folder = Folder::new("wrong");
    let file = folder.write("config.toml", "patritions = 3\nlog = true\n");
    let env = [
        ("KAFKA_BROKERS", "localhost"),
        ("PARTITIONS", "none"),
        ("KEY_RING", "intake-1:topsecret"),
        ("PEPPER", "topsecret"),
        ("DATABASE_URL", "mysql://me:topsecret@x/y"),
        ("PUBLIC_URL", "ftp://me:topsecret@x"),
        ("TWILIO_AUTH_TOKEN", "topsecret"),
        ("SINK_DATABASE_URL_FILE", "/nowhere/at/all"),
        ("LOG", "a=b=c"),
        ("TWILIO_TEMPLATES", "status=HX1"),
    ];
    let errors = load(Some(&file), &env).unwrap_err();
    let wrong: Vec<&str> = errors.0.iter().map(|wrong| wrong.setting.as_str()).collect();
    let expected = [
        "log",
        "patritions",
        "KAFKA_BROKERS",
        "PARTITIONS",
        "KEY_RING",
        "PEPPER",
        "DATABASE_URL",
        "SINK_DATABASE_URL",
        "PUBLIC_URL",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_TEMPLATES",
        "LOG",
    ];
    assert_eq!(wrong, expected);
    let told = errors.to_string();
    assert!(!told.contains("topsecret"), "{told}");
    assert!(
        told.contains("PARTITIONS is \"none\", but must be a whole number from 1 to 10000 (environment)"),
        "{told}"
    );
}

#[test]
fn a_file_that_is_not_toml_is_told_by_line_without_its_words() {
    let folder = Folder::new("toml");
    let file = folder.write("config.toml", "log = \"info\"\npepper = topsecret\n");
    let told = load(Some(&file), &[]).unwrap_err().to_string();
    assert!(told.contains("at line 2") && !told.contains("topsecret"), "{told}");
    let told = load(Some(&folder.0.join("absent.toml")), &[]).unwrap_err().to_string();
    assert!(told.contains("absent.toml cannot be read"), "{told}");
}

#[test]
fn a_secret_set_twice_is_a_mistake() {
    let told = load(None, &[("PEPPER", PEPPER), ("PEPPER_FILE", "/x")]).unwrap_err().to_string();
    assert!(told.contains("PEPPER is set twice"), "{told}");
}

#[test]
fn the_webhooks_listen_where_their_address_says_unless_told_otherwise() {
    let listen =
        |env: &[(&str, &str)]| load(None, env).unwrap().whatsapp_listen.map(|address| address.to_string());
    assert_eq!(listen(&[("WHATSAPP_URL", "http://127.0.0.1:8081")]).unwrap(), "127.0.0.1:8081");
    assert_eq!(listen(&[("WHATSAPP_URL", "http://localhost")]).unwrap(), "127.0.0.1:80");
    assert_eq!(listen(&[("WHATSAPP_URL", "http://[::1]:8081")]).unwrap(), "[::1]:8081");
    assert_eq!(listen(&[("WHATSAPP_URL", "http://hooks.example")]), None);
    assert_eq!(
        listen(&[("WHATSAPP_URL", "http://x"), ("WHATSAPP_LISTEN", "0.0.0.0:8080")]).unwrap(),
        "0.0.0.0:8080"
    );
    let config = load(None, &[("WHATSAPP_URL", "http://127.0.0.1:8081/")]).unwrap();
    assert_eq!(config.public_url.unwrap().as_str(), "http://127.0.0.1:8081");
}
