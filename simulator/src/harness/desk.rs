//! People at the desk, as their browsers ask it: with a cookie and the tokens of its forms.

use anyhow::{Context, Result, ensure};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response, StatusCode};

use super::process::{Engine, free_port};
use super::{SENDER, TestInstallation};

/// A password for test accounts.
pub const PASSWORD: &str = "a long enough password";

impl TestInstallation {
    /// Starts `trust-engine run MACHINE` with the desk, and waits until it is ready. Returns the process and
    /// the address of the desk.
    ///
    /// # Errors
    /// It did not become ready.
    pub async fn run_desk(&self, machine: &str) -> Result<(Engine, String)> {
        let url = format!("http://127.0.0.1:{}", free_port()?);
        let engine = self.run_with(machine, &[("DESK_URL", &url), ("DESK_CALLERS_SENDER", SENDER)])?;
        engine.ready().await?;
        Ok((engine, url))
    }

    /// Invites a person and accepts the invitation. Returns the person, signed in.
    ///
    /// # Errors
    /// A step failed.
    pub async fn person(&self, url: &str, login: &str, more: &[&str]) -> Result<DeskPerson> {
        let arguments = [&["staff", "invite", login], more].concat();
        let (status, out, err) = self.output_with(&arguments, &[("DESK_URL", url)]).await?;
        ensure!(status.success(), "no invitation: {out}{err}");
        accept(out.trim(), PASSWORD).await?;
        DeskPerson::sign_in(url, login, PASSWORD).await
    }
}

/// Accepts an invitation: sets the password of its account.
///
/// # Errors
/// The desk refused it.
pub async fn accept(invitation: &str, password: &str) -> Result<()> {
    let form = [("password", password), ("again", password)];
    let answer = client()?.post(invitation).form(&form).send().await?;
    ensure!(answer.status() == StatusCode::SEE_OTHER, "the invitation was refused: {}", answer.status());
    Ok(())
}

/// A client that follows no redirect, so that tests see them.
///
/// # Errors
/// The client cannot be made.
pub fn client() -> Result<Client> {
    // An error would only mean that it is set already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(Client::builder().redirect(reqwest::redirect::Policy::none()).build()?)
}

/// A person who is signed in.
#[derive(Clone)]
pub struct DeskPerson {
    client: Client,
    url: String,
    /// The cookie of the session: name and secret.
    pub cookie: String,
}

impl DeskPerson {
    /// Signs in with a password.
    ///
    /// # Errors
    /// The desk refused it.
    pub async fn sign_in(url: &str, login: &str, password: &str) -> Result<Self> {
        let client = client()?;
        let form = [("login", login), ("password", password)];
        let answer = client.post(format!("{url}/sign-in")).form(&form).send().await?;
        ensure!(answer.status() == StatusCode::SEE_OTHER, "not signed in: {}", answer.status());
        let cookie = answer.headers().get(SET_COOKIE).context("no cookie")?.to_str()?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { client, url: url.to_owned(), cookie })
    }

    fn with_cookie(&self, request: RequestBuilder) -> RequestBuilder {
        request.header(COOKIE, &self.cookie)
    }

    /// Asks for an address of the desk.
    ///
    /// # Errors
    /// The desk does not answer.
    pub async fn get(&self, path: &str) -> Result<Response> {
        Ok(self.with_cookie(self.client.get(format!("{}{path}", self.url))).send().await?)
    }

    /// The text of a page, which must be there.
    ///
    /// # Errors
    /// It is not.
    pub async fn page(&self, path: &str) -> Result<String> {
        let answer = self.get(path).await?;
        let status = answer.status();
        ensure!(status == StatusCode::OK, "{path}: {status} {:?}", answer.headers().get(LOCATION));
        Ok(answer.text().await?)
    }

    /// Posts a form as it is.
    ///
    /// # Errors
    /// The desk does not answer.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Response> {
        Ok(self.with_cookie(self.client.post(format!("{}{path}", self.url))).form(form).send().await?)
    }

    /// Fills in a form of the ticket's page, as the script of the page sends it. Returns status and answer.
    ///
    /// # Errors
    /// The page has no such form, or the desk does not answer.
    pub async fn act(
        &self,
        number: &str,
        act: &str,
        fields: &[(&str, &str)],
    ) -> Result<(StatusCode, String)> {
        let page = self.page(&format!("/tickets/{number}")).await?;
        self.act_on(&page, number, act, fields).await
    }

    /// The same on a page that was loaded before.
    ///
    /// # Errors
    /// The page has no such form, or the desk does not answer.
    pub async fn act_on(
        &self,
        page: &str,
        number: &str,
        act: &str,
        fields: &[(&str, &str)],
    ) -> Result<(StatusCode, String)> {
        let path = format!("/tickets/{number}/{act}");
        let (_, form) =
            page.split_once(&format!("action=\"{path}\"")).context("the page has no such form")?;
        let hidden = [("token", field(form, "token")?), ("revision", field(form, "revision")?)];
        let form: Vec<(&str, &str)> = hidden.into_iter().chain(fields.iter().copied()).collect();
        let request = self.with_cookie(self.client.post(format!("{}{path}", self.url)));
        let answer = request.header("x-desk-part", "yes").form(&form).send().await?;
        Ok((answer.status(), answer.text().await?))
    }
}

/// The value of the next hidden field of this name.
fn field<'a>(form: &'a str, name: &str) -> Result<&'a str> {
    let (_, rest) = form.split_once(&format!("name=\"{name}\" value=\"")).context("no such field")?;
    Ok(rest.split('"').next().unwrap_or_default())
}
