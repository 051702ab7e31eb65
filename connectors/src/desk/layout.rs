//! The frame of all pages.

use maud::{DOCTYPE, Markup, html};

use super::accounts::Person;
use super::assets::address;
use super::feed::Positions;
use super::roles::DeskPage;

/// A page without navigation, for a browser that may not be signed in.
pub fn bare(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head { (head(title)) }
            body { (body) }
        }
    }
}

/// A page of a person who is signed in, which follows the log from `since` on.
pub fn page(title: &str, person: &Person, since: &Positions, body: &Markup) -> Markup {
    let place = person.municipality.as_ref().map_or("South Africa", |code| code.as_str());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (head(title))
                script src=(address("live.js")) defer {}
                script src=(address("forms.js")) defer {}
                script src=(address("presence.js")) defer {}
                script src=(address("board.js")) defer {}
                script src=(address("bulk.js")) defer {}
                script src=(address("keys.js")) defer {}
            }
            body data-since=(since.to_string()) data-stream=(address("stream.js"))
                data-login=(person.login.as_str()) {
                header {
                    a.home href="/" { "Desk" } " "
                    span.place { (place) }
                    nav {
                        a href="/" { "Queue" }
                        @for (page, address, words) in PAGES {
                            @if person.has(page) { a href=(address) { (words) } }
                        }
                    }
                    span.connection id="connection" role="status" { "Connecting…" }
                    span.person title=(person.role.as_str()) { (person.name) ", " (person.role.as_str()) }
                    form method="post" action="/sign-out" {
                        input type="hidden" name="token" value=(person.form.as_str());
                        button.quiet { "Sign out" }
                    }
                }
                (body)
                (keys())
            }
        }
    }
}

/// The pages beside the queue: their addresses and names.
const PAGES: [(DeskPage, &str, &str); 3] = [
    (DeskPage::Board, "/board", "Board"),
    (DeskPage::Calls, "/call", "Caller"),
    (DeskPage::Replies, "/replies", "Replies"),
];

/// The keys of the pages, which `?` shows.
const KEYS: [(&str, &str); 10] = [
    ("j, k", "next and previous ticket"),
    ("Enter", "open the ticket"),
    ("x", "select the ticket"),
    ("a", "assign: the ticket, or all that are selected"),
    ("s", "change the status"),
    ("r", "reply to the resident"),
    ("n", "write a note"),
    ("/", "search"),
    ("q", "back to the queue"),
    ("Escape", "leave a field"),
];

fn keys() -> Markup {
    html! {
        dialog id="keys" aria-label="Keys" {
            h2 { "Keys" }
            dl { @for (key, what) in KEYS { dt { kbd { (key) } } dd { (what) } } }
            form method="dialog" { button.second { "Close" } }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (title) }
        link rel="icon" href="data:,";
        link rel="stylesheet" href=(address("desk.css"));
    }
}

/// One sentence above a form: how an action went.
pub fn notice(kind: &str, text: &str) -> Markup {
    html! { p.notice.(kind) role="alert" { (text) } }
}
