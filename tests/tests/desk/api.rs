//! The desk for programs: tokens, scopes, lists, commands and errors.

use anyhow::{Result, ensure};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use simulator::harness::desk::client;
use simulator::harness::{Plan, TestInstallation};
use tests::fixtures::{POTHOLE_REPORT, WATER_REPORT};

use super::{MANAGER, in_queue, report};

const RESIDENT: &str = "whatsapp:+27000000811";

/// A program with a token.
struct Program {
    client: Client,
    url: String,
    token: String,
}

impl Program {
    async fn new(
        installation: &TestInstallation,
        url: &str,
        login: &str,
        of: &str,
        scopes: &str,
    ) -> Result<Self> {
        let arguments = ["staff", "token", login, "--municipality", of, "--scopes", scopes];
        let (status, out, err) = installation.output_with(&arguments, &[]).await?;
        ensure!(status.success(), "no token: {out}{err}");
        Ok(Self { client: client()?, url: format!("{url}/api/v1"), token: out.trim().to_owned() })
    }

    async fn get(&self, path: &str) -> Result<(StatusCode, Value)> {
        let answer = self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    async fn command(&self, number: &str, command: Value) -> Result<(StatusCode, Value)> {
        let address = format!("{}/tickets/{number}/commands", self.url);
        let answer = self.client.post(address).bearer_auth(&self.token).json(&command).send().await?;
        Ok((answer.status(), answer.json().await?))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_reads_and_works_tickets_as_far_as_its_scopes_go() -> Result<()> {
    let Some(installation) = TestInstallation::start(Plan::new("api", 2)).await? else { return Ok(()) };
    let (engine, url) = installation.run_desk("all").await?;
    let manager = installation.person(&url, MANAGER, &[]).await?;
    let whole = "tickets,words,commands,staff,figures";
    let all = Program::new(&installation, &url, "eku-gis", "EKU", whole).await?;
    let facts = Program::new(&installation, &url, "eku-count", "EKU", "tickets").await?;
    let elsewhere = Program::new(&installation, &url, "eth-gis", "ETH", whole).await?;
    let water = report(&installation, RESIDENT, WATER_REPORT).await?;
    let roads = report(&installation, "whatsapp:+27000000812", POTHOLE_REPORT).await?;
    in_queue(&installation, &manager, &roads).await?;

    let (status, list) = all.get("/tickets?sort=oldest").await?;
    assert_eq!((status, &list["count"], &list["next"]), (StatusCode::OK, &json!(2), &Value::Null), "{list}");
    assert_eq!(
        (&list["tickets"][0]["number"], &list["tickets"][1]["number"]),
        (&json!(water), &json!(roads))
    );
    assert_eq!(all.get("/tickets?q=pothole").await?.1["count"], 1);
    assert_eq!(facts.get("/tickets?q=pothole").await?.1["count"], 0, "words are not for this token");
    let (_, one) = all.get(&format!("/tickets/{water}")).await?;
    assert_eq!(
        (&one["words"][0]["words"][0], &one["latitude"]),
        (&json!(WATER_REPORT), &json!(-26.333)),
        "{one}"
    );
    let (_, bare) = facts.get(&format!("/tickets/{water}")).await?;
    assert_eq!(
        (&bare["words"], &bare["latitude"], &bare["person"]),
        (&json!([]), &Value::Null, &Value::Null)
    );
    for path in [format!("/tickets/{water}"), format!("/tickets/{water}/history")] {
        let (status, problem) = elsewhere.get(&path).await?;
        assert_eq!((status, &problem["status"]), (StatusCode::NOT_FOUND, &json!(404)), "{path}: {problem}");
    }

    let note = |revision: u64| json!({ "action": "note", "revision": revision, "text": "seen by the map" });
    let revision = one["revision"].as_u64().unwrap();
    let (status, applied) = all.command(&water, note(revision)).await?;
    assert_eq!((status, &applied["revision"]), (StatusCode::OK, &json!(revision + 1)), "{applied}");
    let (status, problem) = all.command(&water, note(revision)).await?;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("someone has changed the ticket"), "{problem}");
    let (_, history) = all.get(&format!("/tickets/{water}/history")).await?;
    let noted = history.as_array().unwrap().iter().find(|one| one["note"] == "seen by the map");
    assert_eq!(noted.map(|one| &one["actor"]), Some(&json!("eku-gis")), "{history}");
    let (_, bare) = facts.get(&format!("/tickets/{water}/history")).await?;
    assert!(!bare.to_string().contains("seen by") && !bare.to_string().contains("eku-gis"), "{bare}");

    for (command, expected) in [
        (json!({ "action": "dance", "revision": 1 }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "action": "status", "revision": 1, "to": "vanished" }), StatusCode::BAD_REQUEST),
        (json!({ "action": "correct", "revision": 1, "latitude": -26.0 }), StatusCode::BAD_REQUEST),
        (
            json!({ "action": "correct", "revision": 1, "latitude": -96.0, "longitude": 28.0 }),
            StatusCode::BAD_REQUEST,
        ),
    ] {
        let (status, problem) = all.command(&water, command).await?;
        assert_eq!((status, &problem["status"]), (expected, &json!(expected.as_u16())), "{problem}");
    }
    assert_eq!(facts.command(&water, note(9)).await?.0, StatusCode::FORBIDDEN);
    // The person stays unless a command says otherwise, also for a token that may not read who it is.
    let blind = Program::new(&installation, &url, "eku-dispatch", "EKU", "tickets,commands").await?;
    let assign = async |of: &Program, fields: Value| {
        let (_, now) = all.get(&format!("/tickets/{water}")).await?;
        let mut command = json!({ "action": "assign", "revision": now["revision"] });
        command.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let (status, said) = of.command(&water, command).await?;
        assert_eq!(status, StatusCode::OK, "{said}");
        in_queue(&installation, &manager, &water).await?;
        Ok::<_, anyhow::Error>(all.get(&format!("/tickets/{water}")).await?.1)
    };
    let person = one["person"].clone();
    assert!(person.is_string(), "{one}");
    let moved = assign(&blind, json!({ "team": "EKU-ROADS" })).await?;
    assert_eq!((&moved["team"], &moved["person"]), (&json!("EKU-ROADS"), &person));
    let freed = assign(&blind, json!({ "person": null })).await?;
    assert_eq!((&freed["team"], &freed["person"]), (&json!("EKU-ROADS"), &Value::Null));
    for path in ["/staff", "/teams", "/figures"] {
        assert_eq!(facts.get(path).await?.0, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(all.get(path).await?.0, StatusCode::OK, "{path}");
    }
    assert!(all.get("/teams").await?.1.as_array().unwrap().contains(&json!("EKU-ROADS")));
    assert_eq!(all.get("/figures").await?.1["now"]["rows"][0]["values"][0], 2);
    assert_eq!(all.get("/nothing").await?.0, StatusCode::NOT_FOUND);

    let (_, document) = all.get("/openapi.json").await?;
    assert_eq!(document["openapi"], "3.1.0");
    // A session of a browser is no token, and a token that is revoked is not valid any more.
    let browser = manager.get("/api/v1/tickets").await?;
    assert_eq!(browser.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(browser.headers()["content-type"], "application/problem+json");
    installation.run_to_end(&["staff", "revoke", "eku-gis"]).await?;
    assert_eq!(all.get("/tickets").await?.0, StatusCode::UNAUTHORIZED);
    let taken = ["staff", "token", MANAGER, "--municipality", "EKU", "--scopes", "tickets"];
    let (status, _, err) = installation.output_with(&taken, &[]).await?;
    assert!(!status.success() && err.contains("is the login of a person"), "{err}");
    let looks = "select count(*) from desk.looks where login = 'eku-gis'";
    assert_eq!(
        installation.databases.number("trust_engine", looks).await?,
        6,
        "one for each look at a ticket"
    );
    assert!(!engine.logged()?.contains("pothole") && !engine.logged()?.contains("seen by the map"));
    Ok(())
}
