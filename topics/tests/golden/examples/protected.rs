//! The police lane's own records, and the dead letters of all lanes.

use topics::catalogue::{
    IntakeDeadLetters, IntakeReviews, MunicipalDeadLetters, MunicipalReviews, ProtectedCommands,
    ProtectedDeadLetters, ProtectedReviews, ProtectedTickets, Topic,
};
use topics::codec::sealing::Sealed;
use topics::records::dead_letters::{DeadClass, DeadLetter, Original, Source, StageName};
use topics::records::protected::{
    ProtectedAddendum, ProtectedCommand, ProtectedReport, ProtectedTicket, Referral, ReferralRule, Testimony,
};
use topics::records::reviews::{Review, ReviewAct};
use topics::values::vocabulary::Language;

use super::control;
use crate::example::{Example, example};
use crate::values::*;

pub fn all() -> Vec<Example> {
    let mut all = commands();
    all.extend(tickets());
    all.extend(dead_letters::<MunicipalDeadLetters>("ticket-commands", "track"));
    all.extend(dead_letters::<IntakeDeadLetters>("messages", "converse"));
    all.extend(dead_letters::<ProtectedDeadLetters>("protected-commands", "refer"));
    all.extend(reviews::<MunicipalReviews>("ticket-commands"));
    all.extend(reviews::<IntakeReviews>("messages"));
    all.extend(reviews::<ProtectedReviews>("protected-commands"));
    all
}

fn testimony() -> Sealed<Testimony> {
    Sealed(Testimony { citizen: citizen(), address: ADDRESS.to_owned(), account: account() })
}

fn commands() -> Vec<Example> {
    let report = ProtectedReport {
        ticket: ticket(3),
        at: at(5),
        edition: 3,
        reported_at: at(4),
        language: Language::Xh,
        confirmed: false,
        testimony: testimony(),
    };
    let more = ProtectedAddendum { ticket: ticket(3), at: at(6), edition: 3, account: named_place() };
    let mut all = vec![
        example::<ProtectedCommands>(
            "a disclosure that silence decided",
            "converse",
            ticket(3),
            ProtectedCommand::Open(Box::new(report)),
        ),
        example::<ProtectedCommands>(
            "more from the same person",
            "converse",
            ticket(3),
            ProtectedCommand::Addendum(Box::new(more)),
        ),
    ];
    all.extend(control::<ProtectedCommands>(ProtectedCommand::Edition, ProtectedCommand::Tick));
    all
}

fn tickets() -> Vec<Example> {
    let row = |name, referral, later: Option<u64>| {
        let row = ProtectedTicket {
            ticket: ticket(3),
            at: at(6),
            edition: 3,
            version: 2,
            reported_at: at(4),
            language: Language::Xh,
            confirmed: true,
            referral,
            expire_at: later.map(at),
            disarmed_at: later.map(at),
            testimony: testimony(),
        };
        example::<ProtectedTickets>(name, "refer", ticket(3), row)
    };
    let nearest = Referral {
        team: Some(open("SAPS-ETH-NORTH")),
        assigned_to: Some(open("saps-eth-north")),
        rule: ReferralRule::Nearest,
        distance_m: Some(812),
    };
    let national = Referral { team: None, assigned_to: None, rule: ReferralRule::National, distance_m: None };
    vec![
        row("with the nearest precinct", nearest, Some(50_400)),
        row("with the national duty queue", national, None),
    ]
}

fn dead_letters<T: Topic<Record = DeadLetter>>(topic: &str, stage: &str) -> Vec<Example> {
    let letter = |name, class, json_position, record| {
        let source = Source { topic: StageName::of(topic), partition: 7, offset: 4_711 };
        let letter = DeadLetter {
            at: at(5),
            edition: 3,
            source,
            stage: StageName::of(stage),
            class,
            json_position,
            record: Sealed(record),
        };
        example::<T>(name, stage, ticket(3), letter)
    };
    let whole =
        Original::of(Some(b"key"), Some(b"{\"kind\":\"open\""), &[("ce_id".into(), sid(1).to_string())]);
    vec![
        letter("a record that ends too early", DeadClass::Undecodable, Some((1, 14)), whole),
        letter("a due time that failed", DeadClass::DueFailed, None, Original::default()),
    ]
}

fn reviews<T: Topic<Record = Review>>(topic: &str) -> Vec<Example> {
    let source = |offset| Source { topic: StageName::of(topic), partition: 7, offset };
    let review = |name, act, target: Option<Source>| {
        let review = Review {
            at: at(7),
            letter: command(),
            source: source(4_711),
            act,
            actor: open("lindiwe.k"),
            reason: Sealed("the webhook of this morning".to_owned()),
            target,
        };
        example::<T>(name, "dead-letters", command(), review)
    };
    vec![
        review("a dead letter that was looked at", ReviewAct::Opened, None),
        review("a dead letter that was replayed", ReviewAct::Replayed, Some(source(4_802))),
        review("a dead letter from which nothing follows", ReviewAct::Discarded, None),
    ]
}
