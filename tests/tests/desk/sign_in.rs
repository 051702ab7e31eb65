//! Accounts, invitations and sessions.

use anyhow::{Context, Result};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_SECURITY_POLICY, LOCATION, SET_COOKIE};
use simulator::harness::desk::{DeskPerson, PASSWORD, accept, client};
use simulator::harness::{Plan, TestInstallation};

use super::{LEAD, MANAGER, STRANGER};

/// What the desk answers to a login and a password.
async fn answer(url: &str, login: &str, password: &str) -> Result<(StatusCode, String)> {
    let form = [("login", login), ("password", password)];
    let answer = client()?.post(format!("{url}/sign-in")).form(&form).send().await?;
    Ok((answer.status(), answer.text().await?.replace(login, "LOGIN")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_right_password_signs_in_and_no_answer_tells_which_logins_there_are() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("signin", 1)).await? else { return Ok(()) };
    let (engine, url) = installation.run_desk("desk").await?;
    let person = installation.person(&url, MANAGER, &[]).await?;
    assert!(person.page("/").await?.contains("Manager, water, Ekurhuleni"));

    let (status, wrong) = answer(&url, MANAGER, "a wrong long password").await?;
    let (other_status, unknown) = answer(&url, "no-such-person", "a wrong long password").await?;
    assert_eq!((status, other_status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(wrong, unknown);

    let answer = client()?.get(format!("{url}/tickets/2345679CD?x=1")).send().await?;
    assert_eq!(answer.headers()[LOCATION], "/sign-in?next=%2Ftickets%2F2345679CD%3Fx%3D1");
    let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str()?;
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");

    let form = [("login", MANAGER), ("password", PASSWORD)];
    let signed_in = client()?.post(format!("{url}/sign-in")).form(&form).send().await?;
    let cookie = signed_in.headers()[SET_COOKIE].to_str()?;
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    let log = engine.logged()?;
    assert!(!log.contains(PASSWORD) && !log.contains(&person.cookie), "a secret is in the log");
    engine.stop().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_too_many_attempts_an_account_waits_and_others_do_not() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("lockout", 1)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("desk").await?;
    installation.person(&url, MANAGER, &[]).await?;
    for _ in 0..8 {
        assert_eq!(answer(&url, MANAGER, "a wrong long password").await?.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(answer(&url, MANAGER, PASSWORD).await?.0, StatusCode::TOO_MANY_REQUESTS);
    installation.person(&url, LEAD, &[]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_attempts_at_the_same_time_no_more_pass_than_one_after_another_and_success_clears_them()
-> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("volley", 1)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("desk").await?;
    installation.person(&url, MANAGER, &[]).await?;
    installation.person(&url, LEAD, &[]).await?;
    for _ in 0..7 {
        assert_eq!(answer(&url, MANAGER, "a wrong long password").await?.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(answer(&url, MANAGER, PASSWORD).await?.0, StatusCode::SEE_OTHER, "the eighth is right");
    for _ in 0..7 {
        assert_eq!(answer(&url, MANAGER, "a wrong long password").await?.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(answer(&url, MANAGER, PASSWORD).await?.0, StatusCode::SEE_OTHER, "it cleared the others");

    let mut volley = tokio::task::JoinSet::new();
    for _ in 0..24 {
        let url = url.clone();
        volley.spawn(
            async move { Ok::<_, anyhow::Error>(answer(&url, LEAD, "a wrong long password").await?.0) },
        );
    }
    let statuses: Vec<StatusCode> = volley.join_all().await.into_iter().collect::<Result<_>>()?;
    let compared = statuses.iter().filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY).count();
    let refused = statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
    assert_eq!((compared, refused), (8, 16), "{statuses:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_text_is_refused_at_the_door() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("nul", 1)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("desk").await?;
    let (status, page) = answer(&url, "no\0body", "a wrong long password").await?;
    assert!(status == StatusCode::BAD_REQUEST && page.contains("(NUL)"), "{status}: {page}");
    let person = installation.person(&url, MANAGER, &[]).await?;
    let token = super::token(&person).await?;
    for path in ["/?q=pipe%00", "/?ward=%00", "/?figure=x&breach=%00", "/tickets/%00", "/board?from=%00"] {
        let answer = person.get(path).await?;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        assert!(answer.text().await?.contains("(NUL)"), "{path}");
    }
    for (path, field) in [("/views", "name"), ("/views", "query"), ("/replies", "text"), ("/call", "words")] {
        let answer = person.post(path, &[("token", &token), (field, "a\0b")]).await?;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path} {field}");
    }
    let program = ["staff", "token", "eku-gis", "--municipality", "EKU", "--scopes", "tickets,commands"];
    let (_, secret, _) = installation.output_with(&program, &[]).await?;
    let note = r#"{"action":"note","revision":1,"text":"a\u0000b"}"#;
    let address = format!("{url}/api/v1/tickets/2345679CD/commands");
    let asked = client()?.post(address).bearer_auth(secret.trim()).header("content-type", "application/json");
    let answer = asked.body(note).send().await?;
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem = answer.text().await?;
    assert!(problem.contains("\"status\":400") && problem.contains("(NUL)"), "{problem}");
    // Days and times that PostgreSQL does not know find nothing, and are no fault of the desk.
    for path in ["/?on=created&from=-009999-01-01&to=2026-01-01", "/?after=9223372036854775807_a"] {
        assert_eq!(person.get(path).await?.status(), StatusCode::OK, "{path}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_works_once_and_a_session_ends_when_it_is_told_to() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("invite", 1)).await? else { return Ok(()) };
    let (_engine, url) = installation.run_desk("desk").await?;
    let desk = [("DESK_URL", url.as_str())];
    let invite = async |login: &str| {
        let (status, out, err) = installation.output_with(&["staff", "invite", login], &desk).await?;
        anyhow::ensure!(status.success(), "{err}");
        Ok::<_, anyhow::Error>(out.trim().to_owned())
    };
    let replaced = invite(LEAD).await?;
    let link = invite(LEAD).await?;
    assert!(accept(&replaced, PASSWORD).await.is_err(), "a newer invitation replaces an older one");
    assert!(accept(&link, "too short").await.is_err());
    accept(&link, PASSWORD).await?;
    assert!(accept(&link, "another long password").await.is_err(), "an invitation is used once");
    for stranger in ["nobody", "saps-eku-north-duty"] {
        let said = invite(stranger).await.unwrap_err().to_string();
        assert!(said.contains("no active member of a municipality's staff"), "{said}");
    }

    let person = DeskPerson::sign_in(&url, LEAD, PASSWORD).await?;
    let other_browser = DeskPerson::sign_in(&url, LEAD, PASSWORD).await?;
    let page = person.page("/").await?;
    let (_, rest) = page.split_once("name=\"token\" value=\"").context("no token")?;
    let token = rest.split('"').next().unwrap();
    assert_eq!(person.post("/sign-out", &[("token", "wrong")]).await?.status(), StatusCode::FORBIDDEN);
    assert_eq!(person.get("/").await?.status(), StatusCode::OK);
    assert_eq!(person.post("/sign-out", &[("token", token)]).await?.status(), StatusCode::SEE_OTHER);
    assert_eq!(person.get("/").await?.status(), StatusCode::SEE_OTHER, "signed out");
    assert_eq!(other_browser.get("/").await?.status(), StatusCode::OK);

    let idle = "update desk.sessions set last_seen_at = now() - interval '13 hours'";
    let pool = sqlx::PgPool::connect(&installation.databases.url("trust_engine")).await?;
    sqlx::query(idle).execute(&pool).await?;
    assert_eq!(other_browser.get("/").await?.status(), StatusCode::SEE_OTHER, "12 hours without a request");

    let person = DeskPerson::sign_in(&url, LEAD, PASSWORD).await?;
    installation.run_to_end(&["staff", "revoke", LEAD]).await?;
    assert_eq!(person.get("/").await?.status(), StatusCode::SEE_OTHER, "the account is closed");
    assert!(DeskPerson::sign_in(&url, LEAD, PASSWORD).await.is_err());

    let stranger = installation.person(&url, STRANGER, &[]).await?;
    sqlx::query("update staff set is_active = false where login = $1").bind(STRANGER).execute(&pool).await?;
    assert_eq!(stranger.get("/").await?.status(), StatusCode::SEE_OTHER, "no member of staff any more");
    Ok(())
}
