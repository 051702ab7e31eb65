//! What a turn says, as closed sets: all that a decision depends on besides the phase.

/// What a municipal turn says, given what is known of the resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// A word such as STOP alone: the resident wants no more messages.
    Stop,
    /// A word such as START alone: the resident wants messages again.
    Start,
    /// A voice note, which nothing here can read or screen.
    Voice(Belongs),
    /// Words in a language that the lists do not know.
    UnknownLanguage,
    /// A reaction to a message, a sticker that answers nothing, or a kind of message that is not passed on.
    Gesture,
    /// A photo or another file without words.
    Picture(Belongs),
    /// A place in South Africa: a location pin, or degrees, a link or a code in the text.
    Place(Belongs),
    /// A place whose degrees are swapped or lack their minus, and which belongs to no ticket.
    MistakenPlace,
    /// A further pin of a phone that shares its live location.
    PlaceAgain,
    /// The resident means a place that was asked about.
    TakesProposal,
    /// The resident means none of the places that were asked about.
    DeclinesProposal,
    /// A number that none of the places has that were asked about.
    NotProposed,
    /// A place that cannot be right, or that only looks like one, without other words.
    RefusedPlace,
    /// An entry of the open list of tickets, by its number there or by its tracking number.
    ListEntry,
    /// A number that the open list does not have.
    NotOnList,
    /// A category of the numbered list that follows a voice note.
    MenuEntry,
    /// A number that the list of categories does not have.
    NotOnMenu,
    /// A question with few answers gets one of them.
    Answers(QuestionReply),
    /// Nothing of what was understood is right, or something of it.
    SaysWrong,
    /// An answer, a question or words with a number that is nearly that of one ticket of the resident.
    NearNumber,
    /// An answer or question about a tracking number whose check character is wrong.
    MistypedNumber,
    /// An answer or question about a tracking number that is not of a ticket of this resident.
    UnknownNumber,
    /// A question about what happens to what is written.
    AsksForPrivacy,
    /// A wish to be answered in another language.
    AsksForLanguage,
    /// The problem is resolved.
    Yes(About),
    /// The problem is not resolved.
    No(About),
    /// The report is taken back.
    Withdraw(About),
    /// A question about the status of the ticket that the turn names.
    AsksAboutTicket,
    /// A question about the status without a ticket.
    AsksAboutAll,
    /// What came with a question about the status.
    Besides(Belongs),
    /// Words for the ticket that the turn names.
    MoreOfTicket,
    /// Words for the named ticket, which is resolved or closed.
    MoreOfClosedTicket,
    /// Words for the named ticket, which was closed too long ago to be reopened.
    MoreOfPastTicket,
    /// Words that deny that the one resolved ticket of their category is resolved.
    Contradiction,
    /// Words that continue the ticket that was mentioned last.
    MoreOfRecentTicket,
    /// Words that report a problem.
    Problem,
    /// A sentence that is not understood.
    Unclear,
    /// Fewer words than a sentence, which are not understood.
    Short(File),
    /// A greeting without a report.
    Greeting(File),
    /// Thanks without a report.
    Thanks(File),
    /// Small talk, a number without a list, or an answer to no question.
    Remark(File),
}

/// An answer to a question with few answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionReply {
    /// Yes, it is this ticket; or the right number of one.
    RightTicket,
    /// No, it is not this ticket; or another number that is not right.
    WrongTicket,
    /// The place is wrong.
    PlaceIsWrong,
    /// The problem is wrong.
    ProblemIsWrong,
    /// All of it is wrong.
    AllIsWrong,
    /// The right place, as a pin.
    RightPlace,
    /// The right problem, in words.
    RightProblem,
    /// It is the same matter.
    SameMatter,
    /// It is another matter.
    OtherMatter,
    /// A number that the question does not offer.
    NotOffered,
}

/// The ticket that a place, a picture or what came with a question belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// The ticket that the turn names or replies to.
    Ticket,
    /// The named ticket, which was closed too long ago to be reopened.
    PastTicket,
    /// A ticket that the turn does not name, but that it can be about.
    RecentTicket,
    /// It is about no ticket.
    NoTicket,
}

/// The ticket that an answer is about: the one that the turn names, or else the only one that it can be
/// about. While a draft waits, a withdrawal that names no ticket is about no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// One ticket. What else the turn says is about it, too.
    Ticket,
    /// One ticket; the turn also reports something else.
    TicketAndAnother,
    /// A ticket that was closed too long ago to be reopened.
    PastTicket,
    /// The same, and the turn says or brings more than the answer.
    PastTicketAndMore,
    /// One of several tickets.
    Several,
    /// No ticket waits for it.
    NoTicket,
    /// No ticket waits for it, but the turn names a problem, or continues a ticket mentioned today.
    NoTicketButWords,
    /// No ticket waits for it, but a file came with it, and a ticket was mentioned today.
    NoTicketButFile,
}

impl About {
    /// Whether no ticket waits for the answer.
    pub const fn is_no_ticket(self) -> bool {
        matches!(self, Self::NoTicket | Self::NoTicketButWords | Self::NoTicketButFile)
    }
}

/// The file that came with words which are no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// There is no file.
    Missing,
    /// There is one, and a ticket that it can belong to.
    OfRecentTicket,
    /// There is one, and no ticket that it can belong to.
    OfNoTicket,
}

/// What a turn says about its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaysOfLane {
    /// Words that speak of violence.
    Disclosure,
    /// Words that may speak of violence.
    PossibleDisclosure,
    /// STOP or START, which hold for both lanes.
    StopOrStart,
    /// 1 or a word for it, without a file: a municipal problem.
    ChoosesMunicipal,
    /// 2 or a word for it: something private.
    ChoosesPrivate,
    /// A question about what happens to what is written.
    AsksForPrivacy,
    /// Anything else, also what cannot be screened.
    Anything,
}
