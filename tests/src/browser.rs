//! A real browser: Debian's Chromium, driven by its own driver.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Result;
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
        self.start_browser(width, None).await
    }

    /// Opens a browser with the screen of a small phone, 360 px wide.
    ///
    /// # Errors
    /// It does not start.
    pub async fn phone(&self) -> Result<Browser> {
        let screen = json!({ "deviceMetrics": { "width": 360, "height": 720, "pixelRatio": 2.0 } });
        self.start_browser(500, Some(screen)).await
    }

    async fn start_browser(&self, width: u32, screen: Option<Value>) -> Result<Browser> {
        let mut options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--force-prefers-reduced-motion", format!("--window-size={width},900")],
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

    /// Closes the browser.
    ///
    /// # Errors
    /// The driver does not answer.
    pub async fn close(self) -> Result<()> {
        Ok(self.0.close().await?)
    }
}
