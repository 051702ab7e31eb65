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
    /// Refuses a place that cannot be right, and says why.
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
    /// Sends nothing and changes nothing.
    Ignore,
    /// Passes the files of the turn to a person.
    PassFilesToPerson,
    /// Says that no ticket waits for an answer.
    SayNothingWaits,
    /// Asks what is wrong.
    AskForProblem,
    /// Answers a greeting and says what the service is for.
    Greet,
    /// Answers thanks; files that come with them go to a person.
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
