//! Reads the place of a turn: a pin, degrees, the names in its words, and answers about places that the
//! resident was asked about.

use std::time::Duration;

use topics::records::conversations::{Asked, ProposedPlace};
use topics::records::reports::PlaceBasis;
use topics::values::point::Point;
use topics::values::time::Time;
use topics::values::vocabulary::{Category, PlaceSource};

use super::facts::{Heard, Named, TicketAnswer, TurnFacts, TurnKind};
use super::{answers, unprompted};
use crate::rules::edition::Edition;
use crate::rules::gazetteer::NamedPlace;
use crate::rules::geography::locate_place;
use crate::stages::converse::decide::{Belongs, QuestionReply, Says};
use crate::stages::converse::place::GivenPlace;
use crate::understanding::meaning::Intent;
use crate::understanding::places::{self, Spelling};

/// The most places with one name that the resident is asked to choose from.
const MAX_PROPOSED: usize = 5;
/// How near to the pin before it a pin is one of a live location, in degrees: about 500 m.
const LIVE: f64 = 0.005;

/// Reads a place that comes alone.
pub fn read_alone<'a>(facts: &TurnFacts<'a, '_>, place: GivenPlace) -> Heard<'a> {
    if place.point().is_none() && place.meant().is_none() {
        return facts.heard(Says::RefusedPlace);
    }
    if let Some(heard) = read_right_place(facts) {
        return heard;
    }
    let heard = read_place(facts);
    match heard.says {
        Says::Place(belongs) if place.point().is_none() => {
            // Only a report can wait for the answer whether a place is meant.
            let is_free = belongs == Belongs::NoTicket;
            Heard { says: if is_free { Says::MistakenPlace } else { Says::RefusedPlace }, ..heard }
        }
        Says::Place(belongs) if is_live(facts, place) && is_known(facts, belongs) => {
            Heard { says: Says::PlaceAgain, ..heard }
        }
        _ => heard,
    }
}

/// Whether the place is a pin shortly after another one nearby.
fn is_live(facts: &TurnFacts<'_, '_>, place: GivenPlace) -> bool {
    let known = facts.known;
    let shortly = Duration::from_secs(known.tickets.rules().ask_again_s);
    let is_alone = place.is_pin() && facts.turn.besides.is_none() && facts.turn.label.is_none();
    known.last_pin.zip(place.point()).is_some_and(|(last, (point, _))| {
        let is_near = (last.point.latitude - point.latitude).abs() <= LIVE
            && (last.point.longitude - point.longitude).abs() <= LIVE;
        is_alone && is_near && known.now.since(last.at) < shortly
    })
}

/// Whether what a pin belongs to has its place already.
fn is_known(facts: &TurnFacts<'_, '_>, belongs: Belongs) -> bool {
    match facts.known.draft {
        Some(draft) => draft.account.point.is_some(),
        None => {
            let recent = facts.recent_today();
            belongs == Belongs::RecentTicket
                && recent.is_some_and(|ticket| facts.known.tickets.is_located(&ticket))
        }
    }
}

/// Reads the place that was asked for because that of a ticket is wrong. `None` if it was not asked for.
fn read_right_place<'a>(facts: &TurnFacts<'a, '_>) -> Option<Heard<'a>> {
    let Asked::RightPlace { ticket } = &facts.known.question?.about else { return None };
    // A place that may only be meant cannot be confirmed here, so the right one is asked for.
    let says = match facts.turn.place?.point() {
        Some(_) => Says::Answers(QuestionReply::RightPlace),
        None => Says::RefusedPlace,
    };
    Some(facts.heard_about(says, ticket.clone()))
}

/// Reads a place and words besides. What the words answer or ask about a ticket counts before the place,
/// unless a report waits for it.
pub fn read_with_words<'a>(facts: &TurnFacts<'a, '_>, kind: TurnKind, named: Named) -> Heard<'a> {
    if let Some(heard) = read_right_place(facts) {
        return heard;
    }
    let heard = match kind {
        TurnKind::Answer(answer) => answers::read(facts, answer, named),
        TurnKind::AsksStatus if facts.known.draft.is_none() => answers::read_question(facts, named),
        TurnKind::AsksStatus | TurnKind::Neither => return read_place(facts),
    };
    match heard.says {
        Says::Yes(about) | Says::No(about) | Says::Withdraw(about) if about.is_no_ticket() => {
            read_place(facts)
        }
        _ => heard,
    }
}

fn read_place<'a>(facts: &TurnFacts<'a, '_>) -> Heard<'a> {
    if let Named::Ticket(ticket) = facts.named() {
        let belongs = facts.belongs(&ticket);
        return facts.heard_about(Says::Place(belongs), ticket);
    }
    let category = facts.turn.besides.as_ref().and_then(|_| unprompted::category(facts));
    if let Some(draft) = facts.known.draft {
        // The words were not understood but the place is known: a person reads the report.
        let has_words = !draft.account.words.is_empty();
        let category = category.or_else(|| has_words.then_some(Category::Other));
        return Heard { category, ..facts.heard(Says::Place(Belongs::NoTicket)) };
    }
    let tickets = &facts.known.tickets;
    let unlocated = facts.recent_today().filter(|ticket| !tickets.is_located(ticket));
    let recent = unlocated.or_else(|| tickets.recent(tickets.rules().ask_again_s));
    match recent.filter(|_| category.is_none()) {
        Some(ticket) => facts.heard_about(Says::Place(Belongs::RecentTicket), ticket),
        None => Heard { category, ..facts.heard(Says::Place(Belongs::NoTicket)) },
    }
}

/// Reads the answer about the places that the resident was asked about. `None` if no question of that kind is
/// open, or if the turn is no answer to it.
pub fn read_answer<'a>(facts: &TurnFacts<'a, '_>, named: &Named, kind: TurnKind) -> Option<Heard<'a>> {
    let proposed = &facts.known.draft?.proposed;
    let is_first = facts.known.question.is_none() && facts.known.list.is_none();
    let is_open = !proposed.is_empty() && is_first && matches!(named, Named::Nothing);
    let is_single = proposed.len() == 1;
    let says_more = facts.says_more();
    let takes =
        |index: usize| Some(Heard { chosen: Some(index), says_more, ..facts.heard(Says::TakesProposal) });
    match (facts.meaning.intent, kind) {
        _ if !is_open => None,
        (Intent::Number(number), _) if (1..=proposed.len()).contains(&number) => takes(number - 1),
        (Intent::Number(number), _) if number == 0 || number == proposed.len() + 1 => {
            Some(facts.heard(Says::DeclinesProposal))
        }
        (Intent::Number(_), _) => Some(facts.heard(Says::NotProposed)),
        (_, TurnKind::Answer(TicketAnswer::Yes)) if is_single && facts.meaning.category.is_none() => takes(0),
        (_, TurnKind::Answer(TicketAnswer::Yes)) if !says_more => Some(facts.heard(Says::NotProposed)),
        (_, TurnKind::Answer(TicketAnswer::No)) if !says_more => Some(facts.heard(Says::DeclinesProposal)),
        _ => None,
    }
}

/// The places that the turn may mean. None of them is taken before the resident confirms it.
pub fn proposed(facts: &TurnFacts<'_, '_>, says: Says) -> Vec<ProposedPlace> {
    if let Some((point, basis)) = facts.turn.place.and_then(GivenPlace::meant) {
        return vec![ProposedPlace {
            point,
            basis,
            label: label_of(point, facts.known.now, facts.known.edition),
        }];
    }
    let is_about_report = match says {
        Says::Problem | Says::Unclear | Says::Short(_) => true,
        Says::Contradiction | Says::MoreOfRecentTicket => facts.known.draft.is_some(),
        _ => false,
    };
    let is_located = facts.known.draft.is_some_and(|draft| draft.account.point.is_some());
    match facts.turn.besides.as_deref() {
        Some(words) if is_about_report && !is_located && facts.turn.place.is_none() => named_in(facts, words),
        _ => Vec::new(),
    }
}

/// The places that the words name, if the resident can be asked about them.
fn named_in(facts: &TurnFacts<'_, '_>, words: &str) -> Vec<ProposedPlace> {
    let edition = facts.known.edition;
    let gazetteer = edition.gazetteer();
    let found = match facts.known.draft {
        Some(_) => gazetteer.find_answer(words),
        None => gazetteer.find(words),
    };
    if found.len() > MAX_PROPOSED {
        return Vec::new();
    }
    let code = facts.known.draft.and_then(|draft| draft.account.place_name.as_deref()).and_then(places::find);
    if let ([town], Some(Spelling::ShortCode(code))) = (found.as_slice(), code.map(|spelt| spelt.spelling)) {
        let near = code.near(town.point);
        return near.map(|degrees| proposal_of_code(degrees, facts.known.now, edition)).into_iter().collect();
    }
    found.into_iter().map(|place| proposal_of_name(place, edition)).collect()
}

fn proposal_of_name(place: NamedPlace, edition: &Edition) -> ProposedPlace {
    let municipality = edition.municipality(&place.municipality).map(|known| known.name.as_str());
    let label = match municipality {
        Some(municipality) => format!("{}, {municipality}", place.name),
        None => place.name,
    };
    let basis = PlaceBasis { source: PlaceSource::Name, precision_m: Some(place.radius_m) };
    ProposedPlace { point: place.point, basis, label }
}

fn proposal_of_code(degrees: places::SpeltDegrees, now: Time, edition: &Edition) -> ProposedPlace {
    let point = Point { latitude: degrees.latitude, longitude: degrees.longitude };
    let basis = PlaceBasis { source: degrees.source, precision_m: Some(degrees.precision_m) };
    ProposedPlace { point, basis, label: label_of(point, now, edition) }
}

/// A point as the resident reads it: its degrees, and the municipality that it is in or near.
fn label_of(point: Point, now: Time, edition: &Edition) -> String {
    let degrees = format!("{}, {}", point.latitude, point.longitude);
    let municipality = locate_place(point, now, edition).municipality;
    let name = municipality.and_then(|code| edition.municipality(&code).map(|known| known.name.clone()));
    name.map_or(degrees.clone(), |name| format!("{degrees} ({name})"))
}
