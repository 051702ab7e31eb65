//! A real browser: Debian's Chromium, driven by its own driver.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use simulator::clock::{Checked, wait_until};
use simulator::harness::desk::PASSWORD;
use simulator::harness::process::free_port;

/// How long a page may take until it shows something.
const PATIENCE: Duration = Duration::from_secs(20);

/// The driver, which starts browsers. It is killed with all of them when the value is dropped.
pub struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    /// Starts the driver. Returns `None` and prints a line where there is none.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(test: &str) -> Result<Option<Self>> {
        if Command::new("chromedriver").arg("--version").output().is_err() {
            eprintln!("SKIPPED {test}: there is no chromedriver (compose/setup.sh installs it)");
            return Ok(None);
        }
        let port = free_port()?;
        // A group of its own, which the browsers belong to, too.
        let child = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Some(Self { child, url: format!("http://127.0.0.1:{port}") }))
    }

    /// Opens a browser of this width, without a person.
    ///
    /// # Errors
    /// It does not start.
    pub async fn browser(&self, width: u32) -> Result<Browser> {
        self.start_browser(width, Look::Light, None).await
    }

    /// The same with the colours of a dark screen.
    ///
    /// # Errors
    /// It does not start.
    pub async fn dark_browser(&self, width: u32) -> Result<Browser> {
        self.start_browser(width, Look::Dark, None).await
    }

    /// Opens a browser with the screen of a small phone, 360 px wide.
    ///
    /// # Errors
    /// It does not start.
    pub async fn phone(&self) -> Result<Browser> {
        let screen = json!({ "deviceMetrics": { "width": 360, "height": 720, "pixelRatio": 2.0 } });
        self.start_browser(500, Look::Light, Some(screen)).await
    }

    async fn start_browser(&self, width: u32, look: Look, screen: Option<Value>) -> Result<Browser> {
        let mut options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--force-prefers-reduced-motion", look.argument(), format!("--window-size={width},900")],
        });
        if let (Some(options), Some(screen)) = (options.as_object_mut(), screen) {
            options.insert("mobileEmulation".to_owned(), screen);
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let connect = async || {
            let builder = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities.clone()).clone();
            Ok(match builder.connect(&self.url).await {
                Ok(client) => Checked::Yes(client),
                Err(error) => Checked::NotYet(error.to_string()),
            })
        };
        Ok(Browser(wait_until("a browser starts", PATIENCE, connect).await?))
    }
}

/// The colours that the person's system asks for.
#[derive(Clone, Copy)]
enum Look {
    Light,
    Dark,
}

impl Look {
    const fn argument(self) -> &'static str {
        match self {
            Self::Light => "--blink-settings=preferredColorScheme=1",
            Self::Dark => "--blink-settings=preferredColorScheme=0",
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        // The driver may have ended already.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.child.wait();
    }
}

/// A browser with one window.
pub struct Browser(Client);

impl Browser {
    /// Signs a person in with the form, and opens a page of the desk.
    ///
    /// # Errors
    /// The page does not load.
    pub async fn open(&self, url: &str, login: &str, path: &str) -> Result<()> {
        self.go(&format!("{url}/sign-in?next={path}")).await?;
        self.write("[name=login]", login).await?;
        self.write("[name=password]", PASSWORD).await?;
        self.click("form button").await
    }

    /// Opens an address.
    ///
    /// # Errors
    /// The page does not load.
    pub async fn go(&self, address: &str) -> Result<()> {
        Ok(self.0.goto(address).await?)
    }

    /// Waits until the element that `css` selects shows these words.
    ///
    /// # Errors
    /// It does not: says what it shows instead.
    pub async fn shows(&self, css: &str, words: &str) -> Result<()> {
        let look = async || {
            let text = self.text(css).await.unwrap_or_default();
            Ok(Checked::when(text.contains(words), || format!("{css} shows {text:?}")))
        };
        wait_until(&format!("{css} shows {words:?}"), PATIENCE, look).await
    }

    /// The text of the element.
    ///
    /// # Errors
    /// There is none.
    pub async fn text(&self, css: &str) -> Result<String> {
        Ok(self.0.find(Locator::Css(css)).await?.text().await?)
    }

    /// Types into a field.
    ///
    /// # Errors
    /// There is no such field.
    pub async fn write(&self, css: &str, text: &str) -> Result<()> {
        Ok(self.0.find(Locator::Css(css)).await?.send_keys(text).await?)
    }

    /// Presses keys where the focus is, one after the other.
    ///
    /// # Errors
    /// The driver does not answer.
    pub async fn press(&self, keys: &str) -> Result<()> {
        let keys = keys.chars().fold(KeyActions::new("keys".to_owned()), |actions, value| {
            actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        Ok(self.0.perform_actions(keys).await?)
    }

    /// A picture of the window, as PNG.
    ///
    /// # Errors
    /// The driver does not answer.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        Ok(self.0.screenshot().await?)
    }

    /// Clicks on an element.
    ///
    /// # Errors
    /// There is none, or something covers it.
    pub async fn click(&self, css: &str) -> Result<()> {
        Ok(self.0.find(Locator::Css(css)).await?.click().await?)
    }

    /// What a script returns.
    ///
    /// # Errors
    /// The script fails.
    pub async fn run(&self, script: &str) -> Result<Value> {
        Ok(self.0.execute(script, Vec::new()).await?)
    }

    /// Waits until a script returns a text that contains these words; the text.
    ///
    /// # Errors
    /// It does not: says what it returns instead.
    pub async fn until(&self, script: &str, words: &str) -> Result<String> {
        let look = async || {
            let value = self.run(script).await.unwrap_or_default();
            let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            Ok(if text.contains(words) { Checked::Yes(text) } else { Checked::NotYet(text) })
        };
        wait_until(&format!("{script} returns {words:?}"), PATIENCE, look).await
    }

    /// Closes the browser.
    ///
    /// # Errors
    /// The driver does not answer.
    pub async fn close(self) -> Result<()> {
        Ok(self.0.close().await?)
    }
}
