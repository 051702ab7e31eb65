//! What is done with a municipal turn.

use crate::stages::converse::phase::MunicipalPhase::{
    self, AwaitsAnswer, AwaitsConfirmation, AwaitsPlace, AwaitsProblem, AwaitsTicket, Idle,
};

/// What is done with a municipal turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// Sends the resident no more messages.
    Stop,
    /// Sends the resident messages again.
    Start,
    /// Starts a report with the turn.
    StartReport,
    /// Starts a report that continues from a ticket that was closed too long ago.
    FollowUp,
    /// Keeps files for the words that follow.
    KeepFiles,
    /// Adds words to the report that waits.
    AddWordsToDraft,
    /// Adds a place to the report that waits.
    AddPlaceToDraft,
    /// Takes a place that was asked about for the report that waits.
    TakeProposal,
    /// Drops the places that were asked about.
    DeclineProposal,
    /// Adds a file to the report that waits.
    AddFileToDraft,
    /// Adds what came with a question to the report that waits.
    KeepInDraft,
    /// Drops the report that waits.
    CancelDraft,
    /// Asks again for what is missing in the report that waits.
    AskAgain,
    /// Adds the turn to a ticket.
    AddToTicket,
    /// Adds what came with a question to a ticket.
    AddUnanswered,
    /// Confirms that a ticket is resolved.
    Confirm,
    /// Asks to continue with a ticket that is resolved or closed.
    Reopen,
    /// Takes a ticket back.
    Withdraw,
    /// Sends the answer to its ticket; the turn is then decided as words.
    AnswerFirst,
    /// Refuses an answer about a ticket that was closed too long ago.
    RefuseAnswer,
    /// Asks which of several tickets an answer is about.
    AskWhichTicket,
    /// Applies the answer that the list was asked for to the entry that was chosen.
    AnswerForListed,
    /// Asks again which ticket the answer is about.
    AskWhichAgain,
    /// Leaves the list open; the turn is then decided as without it.
    KeepList,
    /// Drops the list; the turn is then decided as without it.
    DropList,
    /// Decides the turn again as words that answer nothing.
    ReadAsWords,
    /// Tells the status of one ticket or of all.
    AnswerStatus,
    /// Refuses a place.
    RefusePlace,
    /// Refuses a tracking number.
    RefuseNumber,
    /// Passes what cannot be screened to a person.
    PassToPerson,
    /// Passes a voice note to a person, and offers a list of categories to report by number.
    OfferMenu,
    /// Passes a voice note to a person, and repeats the question that is open.
    PassVoice,
    /// Takes the category that was chosen from the list.
    ChooseCategory,
    /// Does nothing.
    Ignore,
    /// Passes the files of the turn to a person.
    PassFilesToPerson,
    /// Says that no ticket waits for an answer.
    SayNothingWaits,
    /// Asks what is wrong.
    AskForProblem,
    /// Answers a greeting.
    Greet,
    /// Answers thanks.
    AcceptThanks,
    /// Says what the service is for.
    ExplainService,
    /// Says what happens to what is written.
    ExplainPrivacy,
    /// Answers in another language from here on.
    ChangeLanguage,
    /// Asks whether a number is that of a ticket, and keeps the turn.
    AskIfTicket,
    /// Does with the right ticket what was kept for it.
    TakeTicket,
    /// Asks for the right number again.
    AskNumberAgain,
    /// Asks what is wrong with what was understood.
    AskWhatIsWrong,
    /// Asks for the right place.
    AskRightPlace,
    /// Asks for the right problem.
    AskRightProblem,
    /// Takes back the report that is wrong.
    CancelWrong,
    /// Sends the right place to the ticket.
    CorrectPlace,
    /// Sends the right problem to the ticket.
    CorrectProblem,
    /// Adds the report that waits to the ticket of the same matter.
    JoinTicket,
    /// Files the report that waits as a matter of its own.
    FileApart,
    /// Asks the question with few answers again.
    AskAnswerAgain,
    /// Leaves the question open; the turn is then decided as without it.
    KeepQuestion,
    /// Drops the question; the turn is then decided as without it.
    DropQuestion,
}

impl Move {
    /// All moves, in the order of the documents.
    pub const ALL: [Self; 56] = [
        Self::Stop,
        Self::Start,
        Self::StartReport,
        Self::FollowUp,
        Self::KeepFiles,
        Self::AddWordsToDraft,
        Self::AddPlaceToDraft,
        Self::TakeProposal,
        Self::DeclineProposal,
        Self::AddFileToDraft,
        Self::KeepInDraft,
        Self::CancelDraft,
        Self::AskAgain,
        Self::AddToTicket,
        Self::AddUnanswered,
        Self::Confirm,
        Self::Reopen,
        Self::Withdraw,
        Self::AnswerFirst,
        Self::RefuseAnswer,
        Self::AskWhichTicket,
        Self::AnswerForListed,
        Self::AskWhichAgain,
        Self::KeepList,
        Self::DropList,
        Self::ReadAsWords,
        Self::AnswerStatus,
        Self::RefusePlace,
        Self::RefuseNumber,
        Self::PassToPerson,
        Self::OfferMenu,
        Self::PassVoice,
        Self::ChooseCategory,
        Self::PassFilesToPerson,
        Self::SayNothingWaits,
        Self::AskForProblem,
        Self::Greet,
        Self::AcceptThanks,
        Self::ExplainService,
        Self::Ignore,
        Self::ExplainPrivacy,
        Self::ChangeLanguage,
        Self::AskIfTicket,
        Self::TakeTicket,
        Self::AskNumberAgain,
        Self::AskWhatIsWrong,
        Self::AskRightPlace,
        Self::AskRightProblem,
        Self::CancelWrong,
        Self::CorrectPlace,
        Self::CorrectProblem,
        Self::JoinTicket,
        Self::FileApart,
        Self::AskAnswerAgain,
        Self::KeepQuestion,
        Self::DropQuestion,
    ];

    /// What happens and what the resident sees, for the documents. A text is named by its id in
    /// `pipeline/texts`.
    pub const fn explain(self) -> &'static str {
        match self {
            Self::Stop => {
                "`stopped`; from then on nothing but help and emergency numbers. Files are added to the draft \
                 that waits, or go to a person"
            }
            Self::Start => "`started`. Files are added to the draft that waits, or go to a person",
            Self::StartReport => {
                "a report with problem and place is filed, and its ticket answers with its number. Otherwise \
                 a draft waits and the resident is asked for the place (`ask-place`) or the problem \
                 (`ask-what`, `ask-more`). A place that cannot be right is refused in place of `ask-place`, as by \
                 RefusePlace"
            }
            Self::FollowUp => {
                "the same, as a report that follows up the closed ticket (`ask-place-follow-up`). If a draft \
                 waits, the turn is added to it"
            }
            Self::KeepFiles => {
                "a draft has the files and waits for words, for which the resident is asked after 5 s \
                 (`ask-what`). Without words the files go to a person after 10 min"
            }
            Self::AddWordsToDraft | Self::AddPlaceToDraft => {
                "the draft is filed if it is complete. Otherwise the resident is asked for what is missing \
                 (`ask-place-again`, `ask-what`, `ask-more`). A place whose degrees are \
                 swapped or lack their minus, or that is only named, is asked about (`confirm-place`, \
                 `choose-place`)"
            }
            Self::TakeProposal => {
                "the place is that of the draft, which is filed if it is complete. Otherwise the resident is \
                 asked for the problem (`ask-what`, `ask-more`)"
            }
            Self::DeclineProposal => "the resident is asked for a pin (`ask-place-again`)",
            Self::AddFileToDraft => {
                "the draft has the file, and the resident is asked for what is missing (`ask-place-again`, \
                 `ask-what`, `ask-more`)"
            }
            Self::KeepInDraft => "the draft has what came with the question; nothing is asked again",
            Self::CancelDraft => "`cancelled`",
            Self::AskAgain => {
                "what is missing is asked for again (`ask-place-again`, `ask-what`, `ask-more`)"
            }
            Self::AddToTicket => "the ticket answers that it has it (`added`, `located`, `relocated`)",
            Self::AddUnanswered => "the ticket has it, without a reply",
            Self::Confirm => {
                "the ticket is closed as confirmed and answers with its status (`update`). What else the \
                 turn says is added to it"
            }
            Self::Reopen => {
                "the ticket is in progress again and answers with its status (`update`). What else the \
                 turn says is added to it"
            }
            Self::Withdraw => {
                "the ticket is closed as withdrawn and answers with its status (`update`). What else the \
                 turn says is added to it"
            }
            Self::AnswerFirst => {
                "the ticket is confirmed, reopened or withdrawn; the turn is then decided again as words"
            }
            Self::RefuseAnswer => {
                "`refused-too_late` for a no, `refused-nothing_to_do` for the others. Files go to a person"
            }
            Self::AskWhichTicket => "a numbered list of the tickets (`which`)",
            Self::AnswerForListed => {
                "the chosen ticket is confirmed, reopened or withdrawn and answers (`update`)"
            }
            Self::AskWhichAgain => "the same list again (`which`)",
            Self::KeepList => "the list stays open; the turn is decided again as without it",
            Self::DropList => {
                "what came with the answer is added to the first ticket of the list; the turn is decided \
                 again as without the list"
            }
            Self::ReadAsWords => "the turn is decided again as words that answer nothing",
            Self::AnswerStatus => {
                "the status of the ticket, or of all (`status-of`, `status-short`, `status-waiting`, \
                 `status-none`). What came with the question is decided then"
            }
            Self::RefusePlace => {
                "what is wrong with the place (`pin-no_fix`, `pin-swapped`, `pin-abroad`, `pin-range`, \
                 `place-link`, `place-code`). What the text spells is kept with a draft as the name of its place"
            }
            Self::PassToPerson => "`ask-more`",
            Self::OfferMenu => {
                "the recording goes to a person. A draft without it waits for a category: the resident is \
                 offered a list of them by number, after the emergency numbers (`voice-menu`)"
            }
            Self::PassVoice => {
                "the recording goes to a person (`voice-kept`), and the open question is asked again"
            }
            Self::ChooseCategory => {
                "the draft has the category. It is filed if it is complete; otherwise the resident is asked for \
                 the place (`ask-place`)"
            }
            Self::RefuseNumber => {
                "`number-mistyped` or `number-unknown`. What came with the number is kept until the right one"
            }
            Self::PassFilesToPerson => "nothing. Words and files go to a person",
            Self::SayNothingWaits => "`nothing-waiting`. Files go to a person",
            Self::AskForProblem => "`ask-more`. Files go to a person",
            Self::Greet => "`greeting`. Files go to a person",
            Self::AcceptThanks => "`thanks`. Files go to a person",
            Self::ExplainService => "`chat`. Files go to a person",
            Self::Ignore => "nothing",
            Self::AskIfTicket => "`number-near`: 1 yes, 2 no. The turn is kept until the answer",
            Self::TakeTicket => {
                "what was kept with the number is done: its answer (`update`), its status (`status-of`), or \
                 words for it (`added`)"
            }
            Self::AskNumberAgain => "`number-mistyped`. What was kept is kept",
            Self::AskWhatIsWrong => "`ask-wrong`: 1 the place, 2 the problem, 3 cancel the report",
            Self::AskRightPlace => "`ask-right-place`. A report that waits forgets its place",
            Self::AskRightProblem => "`ask-right-problem`. A report that waits forgets its problem",
            Self::CancelWrong => {
                "the report that waits is dropped (`cancelled`), or the ticket is withdrawn (`update`)"
            }
            Self::CorrectPlace => "the ticket answers that the team has the new place (`relocated`)",
            Self::CorrectProblem => {
                "the team gets what the resident wrote (`corrected`); no second ticket is made"
            }
            Self::JoinTicket => "the ticket has what the report says and answers (`added`)",
            Self::FileApart => "the report is filed, and its ticket answers with its number",
            Self::AskAnswerAgain => "the same question again",
            Self::KeepQuestion => "the question stays open; the turn is decided again as without it",
            Self::DropQuestion => {
                "what was kept for a number goes to a person, and a report that may be the same matter is \
                 filed; the turn is decided again as without the question"
            }
            Self::ExplainPrivacy => {
                "`privacy`, and the question that is open. A problem that the turn reports is decided then"
            }
            Self::ChangeLanguage => {
                "`language-changed`, or for a language that has no texts, in it, that the answers are in \
                 English; and the question that is open, or `greeting` for a resident without tickets. A problem \
                 that the turn reports is decided then"
            }
        }
    }

    /// Whether the move is about a ticket that the conversation knows.
    pub const fn needs_ticket(self) -> bool {
        matches!(
            self,
            Self::FollowUp
                | Self::AddToTicket
                | Self::AddUnanswered
                | Self::Confirm
                | Self::Reopen
                | Self::Withdraw
                | Self::AnswerFirst
                | Self::RefuseAnswer
                | Self::AskWhichTicket
        )
    }

    /// The municipal phases that the move can lead to.
    pub const fn phases_after(self, before: MunicipalPhase) -> &'static [MunicipalPhase] {
        const WITHOUT_QUESTION: &[MunicipalPhase] = &[Idle, AwaitsPlace, AwaitsProblem, AwaitsConfirmation];
        const WITHOUT_LIST: &[MunicipalPhase] =
            &[Idle, AwaitsPlace, AwaitsProblem, AwaitsConfirmation, AwaitsAnswer];
        const ANY: &[MunicipalPhase] =
            &[Idle, AwaitsPlace, AwaitsProblem, AwaitsConfirmation, AwaitsTicket, AwaitsAnswer];
        match (self, before) {
            (Self::KeepFiles | Self::OfferMenu, _) => &[Idle, AwaitsProblem],
            (Self::ChooseCategory, _) => &[Idle, AwaitsPlace, AwaitsAnswer],
            (Self::StartReport | Self::DropList | Self::AskRightPlace | Self::AskRightProblem, _) => {
                WITHOUT_LIST
            }
            (Self::TakeTicket | Self::CancelWrong | Self::CorrectPlace | Self::CorrectProblem, _) => {
                WITHOUT_QUESTION
            }
            (Self::JoinTicket | Self::FileApart, _) => &[Idle],
            (Self::DropQuestion, _) => ANY,
            (
                Self::AskIfTicket
                | Self::AskNumberAgain
                | Self::AskWhatIsWrong
                | Self::AskAnswerAgain
                | Self::KeepQuestion
                | Self::RefuseNumber,
                _,
            ) => &[AwaitsAnswer],
            (Self::FollowUp | Self::AddWordsToDraft | Self::AddPlaceToDraft, AwaitsPlace) => {
                &[Idle, AwaitsPlace, AwaitsConfirmation, AwaitsAnswer]
            }
            (Self::FollowUp | Self::AddWordsToDraft | Self::AddPlaceToDraft, AwaitsConfirmation) => {
                &[Idle, AwaitsProblem, AwaitsConfirmation, AwaitsAnswer]
            }
            (Self::FollowUp | Self::AddWordsToDraft | Self::AddPlaceToDraft, _) => WITHOUT_LIST,
            (Self::TakeProposal, _) => &[Idle, AwaitsProblem, AwaitsAnswer],
            (Self::DeclineProposal, _) => &[AwaitsPlace, AwaitsProblem],
            (Self::AddFileToDraft | Self::KeepInDraft, AwaitsPlace) => &[Idle, AwaitsPlace],
            (Self::AddFileToDraft | Self::KeepInDraft, AwaitsConfirmation) => &[Idle, AwaitsConfirmation],
            (Self::AddFileToDraft | Self::KeepInDraft, _) => &[Idle, AwaitsProblem],
            (Self::CancelDraft, _) => &[Idle],
            (Self::AskWhichTicket | Self::AskWhichAgain | Self::KeepList, _) => &[AwaitsTicket],
            (Self::AnswerForListed, _) => WITHOUT_QUESTION,
            (
                Self::Stop
                | Self::Start
                | Self::AskAgain
                | Self::AddToTicket
                | Self::AddUnanswered
                | Self::Confirm
                | Self::Reopen
                | Self::Withdraw
                | Self::AnswerFirst
                | Self::RefuseAnswer
                | Self::ReadAsWords
                | Self::AnswerStatus
                | Self::RefusePlace
                | Self::PassToPerson
                | Self::PassVoice
                | Self::Ignore
                | Self::PassFilesToPerson
                | Self::SayNothingWaits
                | Self::AskForProblem
                | Self::Greet
                | Self::AcceptThanks
                | Self::ExplainService
                | Self::ExplainPrivacy
                | Self::ChangeLanguage,
                _,
            ) => before.alone(),
        }
    }
}
