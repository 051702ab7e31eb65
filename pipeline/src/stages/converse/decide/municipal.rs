//! The move of a municipal turn.

use super::heard::About::{
    NoTicket, NoTicketButFile, NoTicketButWords, PastTicket, PastTicketAndMore, Several, Ticket,
    TicketAndAnother,
};
use super::heard::{Belongs, File, QuestionReply, Says};
use super::moves::Move;
use super::rules::{Rule, rules};
use crate::stages::converse::phase::MunicipalPhase;

use Says::{
    Answers, AsksAboutAll, AsksAboutTicket, AsksForLanguage, AsksForPrivacy, Besides, Contradiction,
    DeclinesProposal, Gesture, Greeting, ListEntry, MenuEntry, MistakenPlace, MistypedNumber,
    MoreOfClosedTicket, MoreOfPastTicket, MoreOfRecentTicket, MoreOfTicket, NearNumber, No, NotOnList,
    NotOnMenu, NotProposed, Picture, Place, PlaceAgain, Problem, RefusedPlace, Remark, SaysWrong, Short,
    Start, Stop, TakesProposal, Thanks, Unclear, UnknownLanguage, UnknownNumber, Voice, Withdraw, Yes,
};

rules! {
    /// Decides about a municipal turn.
    decide(MunicipalPhase, Says) -> Move, MUNICIPAL_RULES:

    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer,
        Stop => Stop, "only STOP, or a word for it";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer,
        Start => Start, "only START, or a word for it";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer, Gesture => Ignore,
        "a reaction to a message, a sticker that answers nothing, or a kind of message that Twilio does not \
         pass on";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer,
        UnknownLanguage => PassToPerson,
        "an unknown language";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer,
        Voice(Belongs::Ticket | Belongs::PastTicket) => PassVoice,
        "a voice note in reply to a message about a ticket";
    Idle | AwaitsProblem, Voice(Belongs::RecentTicket | Belongs::NoTicket) => OfferMenu, "a voice note";
    AwaitsPlace | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer,
        Voice(Belongs::RecentTicket | Belongs::NoTicket) => PassVoice, "a voice note";
    AwaitsProblem, MenuEntry => ChooseCategory, "the number of a category, after a voice note";
    AwaitsProblem, NotOnMenu => AskAgain, "a number that the list of categories does not have";
    Idle | AwaitsPlace | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer,
        MenuEntry | NotOnMenu => ReadAsWords,
        "a number, but no list of categories is open";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer,
        RefusedPlace => RefusePlace,
        "a pin or degrees that cannot be right, a link without degrees, or a code without a town";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer,
        AsksForPrivacy => ExplainPrivacy,
        "a question about what happens to what is written";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation | AwaitsTicket | AwaitsAnswer,
        AsksForLanguage => ChangeLanguage,
        "a wish to be answered in another language";

    AwaitsAnswer, Answers(QuestionReply::RightTicket) => TakeTicket, "yes, or the right number";
    AwaitsAnswer, Answers(QuestionReply::WrongTicket) => AskNumberAgain,
        "no, or another number that is not right";
    AwaitsAnswer, Answers(QuestionReply::PlaceIsWrong) => AskRightPlace, "1: the place is wrong";
    AwaitsAnswer, Answers(QuestionReply::ProblemIsWrong) => AskRightProblem, "2: the problem is wrong";
    AwaitsAnswer, Answers(QuestionReply::AllIsWrong) => CancelWrong, "3, or a withdrawal: all of it is wrong";
    AwaitsAnswer, Answers(QuestionReply::RightPlace) => CorrectPlace,
        "a place, after the right place was asked for";
    AwaitsAnswer, Answers(QuestionReply::RightProblem) => CorrectProblem,
        "words, after the right problem was asked for";
    AwaitsAnswer, Answers(QuestionReply::SameMatter) => JoinTicket, "yes: the same matter";
    AwaitsAnswer, Answers(QuestionReply::OtherMatter) => FileApart, "no: another matter";
    AwaitsAnswer, Answers(QuestionReply::NotOffered) => AskAnswerAgain,
        "a number that the question does not offer";
    AwaitsAnswer, Picture(..) | Place(..) | PlaceAgain => KeepQuestion, "a place, or a picture without words";
    AwaitsAnswer, ListEntry | NotOnList | SaysWrong | NearNumber | MistypedNumber | UnknownNumber | Yes(..)
        | No(..) | Withdraw(..) | AsksAboutTicket | AsksAboutAll | Besides(..) | MoreOfTicket
        | MoreOfClosedTicket | MoreOfPastTicket | Contradiction | MoreOfRecentTicket | Problem | Unclear
        | Short(..) | Greeting(..) | Thanks(..) | Remark(..)
        | TakesProposal | DeclinesProposal | NotProposed | MistakenPlace => DropQuestion,
        "any other words, or a place that only a question of its own can confirm";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation | AwaitsTicket, Answers(..) => ReadAsWords,
        "an answer, but no question is open";

    AwaitsTicket, ListEntry => AnswerForListed, "the number of an entry in the list, or its tracking number";
    AwaitsTicket, NotOnList => AskWhichAgain, "a number that the list does not have";
    AwaitsTicket, Picture(..) | Place(..) | MistakenPlace | PlaceAgain => KeepList,
        "a place, or a picture without words";
    AwaitsTicket,
        SaysWrong | NearNumber | MistypedNumber | UnknownNumber | Yes(..) | No(..) | Withdraw(..)
        | AsksAboutTicket | AsksAboutAll | Besides(..) | MoreOfTicket | MoreOfClosedTicket
        | MoreOfPastTicket | Contradiction
        | MoreOfRecentTicket | Problem | Unclear | Short(..) | Greeting(..) | Thanks(..) | Remark(..)
        | TakesProposal | DeclinesProposal | NotProposed => DropList, "any other words";
    AwaitsConfirmation, TakesProposal => TakeProposal,
        "yes, 1, or the number of a place that was asked about";
    AwaitsConfirmation, DeclinesProposal => DeclineProposal, "no, 2, or the number for none of the places";
    AwaitsConfirmation, NotProposed => AskAgain, "another number";
    Idle | AwaitsPlace | AwaitsProblem, ListEntry | NotOnList | TakesProposal | DeclinesProposal
        | NotProposed => ReadAsWords, "a number, but no list is open";
    AwaitsConfirmation, ListEntry | NotOnList => ReadAsWords, "a number, but no list is open";

    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Picture(Belongs::Ticket) | Place(Belongs::Ticket) => AddToTicket,
        "a place or a picture for a ticket: in reply to a message about it, or with its number";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Picture(Belongs::PastTicket) | Place(Belongs::PastTicket) => FollowUp,
        "a place or a picture for a ticket that was closed too long ago";
    Idle, Picture(Belongs::RecentTicket) => AddToTicket, "a picture, and a ticket was mentioned today";
    Idle, Place(Belongs::RecentTicket) => AddToTicket,
        "a place, and a ticket mentioned today has no place, or one was mentioned a moment ago";
    Idle, Picture(Belongs::NoTicket) => KeepFiles, "a picture or another file without words";
    Idle, Place(Belongs::NoTicket) => StartReport, "a place";
    Idle, MistakenPlace => StartReport, "degrees that are swapped or lack their minus";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation, MistakenPlace => AddPlaceToDraft,
        "degrees that are swapped or lack their minus";
    Idle, PlaceAgain => AddUnanswered, "a further pin of a live location";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation, PlaceAgain => KeepInDraft,
        "a further pin of a live location";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Picture(Belongs::RecentTicket | Belongs::NoTicket) => AddFileToDraft,
        "a picture without words";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Place(Belongs::RecentTicket | Belongs::NoTicket) => AddPlaceToDraft, "a place";

    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        SaysWrong => AskWhatIsWrong, "that something understood is wrong";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, NearNumber => AskIfTicket,
        "a number that is nearly that of one ticket of the resident";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, MistypedNumber | UnknownNumber => RefuseNumber,
        "an answer or a question with a mistyped tracking number, or one of no ticket of the resident";

    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, Yes(Ticket) => Confirm, "yes, about one ticket";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, No(Ticket) => Reopen, "no, about one ticket";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Withdraw(Ticket) => Withdraw, "a withdrawal of one ticket";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, Yes(TicketAndAnother) | No(TicketAndAnother)
        | Withdraw(TicketAndAnother) => AnswerFirst,
        "yes, no or a withdrawal of one ticket, and another problem";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, No(PastTicketAndMore) => FollowUp,
        "no and more, about a ticket that was closed too long ago";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Yes(PastTicket | PastTicketAndMore) | No(PastTicket)
        | Withdraw(PastTicket | PastTicketAndMore) => RefuseAnswer,
        "any other answer about a ticket that was closed too long ago";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Yes(Several) | No(Several) | Withdraw(Several) => AskWhichTicket,
        "an answer that can be about several tickets";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation, Withdraw(NoTicket | NoTicketButFile) => CancelDraft,
        "a withdrawal that names no ticket and no other problem";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation, Withdraw(NoTicketButWords) => ReadAsWords,
        "a withdrawal that names another problem";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation, Yes(NoTicket | NoTicketButWords | NoTicketButFile)
        | No(NoTicket | NoTicketButWords | NoTicketButFile) => ReadAsWords,
        "yes or no, and no ticket waits for it";
    Idle, Yes(NoTicketButWords) | No(NoTicketButWords) | Withdraw(NoTicketButWords) => ReadAsWords,
        "an answer that no ticket waits for, with a problem or more of one";
    Idle, Yes(NoTicketButFile) | No(NoTicketButFile) | Withdraw(NoTicketButFile) => AddToTicket,
        "an answer that no ticket waits for, with a file, and a ticket was mentioned today";
    Idle, Yes(NoTicket) | No(NoTicket) | Withdraw(NoTicket) => SayNothingWaits,
        "any other answer that no ticket waits for";

    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, AsksAboutTicket => AnswerStatus,
        "a question about a ticket, or its number alone";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        AsksAboutAll => AnswerStatus, "a question that names no ticket";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Besides(Belongs::Ticket | Belongs::RecentTicket) => AddUnanswered,
        "what came with a question, about an open ticket";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, Besides(Belongs::PastTicket) => FollowUp,
        "what came with a question, about a ticket that was closed too long ago";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation, Besides(Belongs::NoTicket) => KeepInDraft,
        "what came with a question, about the report that waits";
    Idle, Besides(Belongs::NoTicket) => PassFilesToPerson,
        "what came with a question, about nothing known";

    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        MoreOfTicket => AddToTicket, "words about a ticket that they name";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, MoreOfClosedTicket => Reopen,
        "words about a ticket that they name, which is resolved or closed";
    Idle | AwaitsPlace | AwaitsProblem | AwaitsConfirmation, MoreOfPastTicket => FollowUp,
        "words about a ticket that they name, which was closed too long ago";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Contradiction | MoreOfRecentTicket | Problem | Unclear | Short(..)
        => AddWordsToDraft, "words about a problem or a place, or that are not understood";
    Idle, Contradiction => Reopen, "words that deny that the ticket of their category is resolved";
    Idle, MoreOfRecentTicket => AddToTicket, "words that continue the ticket that was mentioned last";
    Idle, Problem => StartReport, "words that report a problem";
    Idle, Unclear => StartReport, "a sentence that is not understood";
    Idle, Short(File::OfRecentTicket) | Greeting(File::OfRecentTicket) | Thanks(File::OfRecentTicket)
        | Remark(File::OfRecentTicket) => AddToTicket,
        "a file with a greeting, thanks or a remark, and a ticket was mentioned today";
    Idle, Short(File::Missing | File::OfNoTicket) => AskForProblem, "a few words that are not understood";
    Idle, Greeting(File::Missing | File::OfNoTicket) => Greet, "a greeting";
    Idle, Thanks(File::Missing | File::OfNoTicket) => AcceptThanks, "thanks";
    Idle, Remark(File::Missing | File::OfNoTicket) => ExplainService, "any other remark";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation,
        Greeting(File::Missing) | Thanks(File::Missing) | Remark(File::Missing)
        => AskAgain, "a greeting, thanks or a remark";
    AwaitsPlace | AwaitsProblem | AwaitsConfirmation, Greeting(File::OfRecentTicket | File::OfNoTicket)
        | Thanks(File::OfRecentTicket | File::OfNoTicket) | Remark(File::OfRecentTicket | File::OfNoTicket)
        => AddFileToDraft, "a file with a greeting, thanks or a remark";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_screened_goes_to_a_person_in_every_phase() {
        for phase in MunicipalPhase::ALL {
            assert_eq!(decide(phase, UnknownLanguage), Move::PassToPerson);
            assert!(matches!(decide(phase, Voice(Belongs::NoTicket)), Move::OfferMenu | Move::PassVoice));
        }
    }

    #[test]
    fn a_list_is_left_aside_only_while_it_is_open() {
        for phase in [MunicipalPhase::Idle, MunicipalPhase::AwaitsPlace, MunicipalPhase::AwaitsProblem] {
            for says in [ListEntry, NotOnList, Problem, Place(Belongs::NoTicket), Yes(NoTicket), AsksAboutAll]
            {
                assert!(
                    !matches!(decide(phase, says), Move::KeepList | Move::DropList),
                    "{phase:?} {says:?}"
                );
            }
        }
    }
}
