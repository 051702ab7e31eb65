//! What the resident sees of each move, for docs/conversation.md.

use super::Move;

/// What happens and what the resident sees, for the documents. A text is named by its id in
/// `pipeline/texts`.
pub const fn explain(done: Move) -> &'static str {
    match done {
        Move::Stop => {
            "`stopped`; from then on nothing but help and emergency numbers. Files are added to the draft \
             that waits, or go to a person"
        }
        Move::Start => "`started`. Files are added to the draft that waits, or go to a person",
        Move::StartReport => {
            "a report with problem and place is filed, and its ticket answers with its number. Otherwise \
             a draft waits and the resident is asked for the place (`ask-place`) or the problem \
             (`ask-what`, `ask-more`). A place that cannot be right is refused in place of `ask-place`, as \
             by RefusePlace"
        }
        Move::FollowUp => {
            "the same, as a report that follows up the closed ticket (`ask-place-follow-up`). If a draft \
             waits, the turn is added to it"
        }
        Move::KeepFiles => {
            "a draft has the files and waits for words, for which the resident is asked after 5 s \
             (`ask-what`). Without words the files go to a person after 10 min"
        }
        Move::AddWordsToDraft | Move::AddPlaceToDraft => {
            "the draft is filed if it is complete. Otherwise the resident is asked for what is missing \
             (`ask-place-again`, `ask-what`, `ask-more`). A place whose degrees are \
             swapped or lack their minus, or that is only named, is asked about (`confirm-place`, \
             `choose-place`)"
        }
        Move::TakeProposal => {
            "the place is that of the draft, which is filed if it is complete. Otherwise the resident is \
             asked for the problem (`ask-what`, `ask-more`)"
        }
        Move::DeclineProposal => "the resident is asked for a pin (`ask-place-again`)",
        Move::AddFileToDraft => {
            "the draft has the file, and the resident is asked for what is missing (`ask-place-again`, \
             `ask-what`, `ask-more`)"
        }
        Move::KeepInDraft => "the draft has what came with the question; nothing is asked again",
        Move::CancelDraft => "`cancelled`",
        Move::AskAgain => "what is missing is asked for again (`ask-place-again`, `ask-what`, `ask-more`)",
        Move::AddToTicket => "the ticket answers that it has it (`added`, `located`, `relocated`)",
        Move::AddUnanswered => "the ticket has it, without a reply",
        Move::Confirm => {
            "the ticket is closed as confirmed and answers with its status (`update`). What else the \
             turn says is added to it"
        }
        Move::Reopen => {
            "the ticket is in progress again and answers with its status (`update`). What else the \
             turn says is added to it"
        }
        Move::Withdraw => {
            "the ticket is closed as withdrawn and answers with its status (`update`). What else the \
             turn says is added to it"
        }
        Move::AnswerFirst => {
            "the ticket is confirmed, reopened or withdrawn; the turn is then decided again as words"
        }
        Move::RefuseAnswer => {
            "`refused-too_late` for a no, `refused-nothing_to_do` for the others. Files go to a person"
        }
        Move::AskWhichTicket => "a numbered list of the tickets (`which`)",
        Move::AnswerForListed => {
            "the chosen ticket is confirmed, reopened or withdrawn and answers (`update`)"
        }
        Move::AskWhichAgain => "the same list again (`which`)",
        Move::KeepList => "the list stays open; the turn is decided again as without it",
        Move::DropList => {
            "what came with the answer is added to the first ticket of the list; the turn is decided \
             again as without the list"
        }
        Move::ReadAsWords => "the turn is decided again as words that answer nothing",
        Move::AnswerStatus => {
            "the status of the ticket, or of all (`status-of`, `status-short`, `status-waiting`, \
             `status-none`). What came with the question is decided then"
        }
        Move::RefusePlace => {
            "what is wrong with the place (`pin-no_fix`, `pin-swapped`, `pin-abroad`, `pin-range`, \
             `place-link`, `place-code`). What the text spells is kept with a draft as the name of its place"
        }
        Move::PassToPerson => "`ask-more`",
        Move::OfferMenu => {
            "the recording goes to a person. A draft without it waits for a category: the resident is \
             offered a list of them by number, after the emergency numbers (`voice-menu`)"
        }
        Move::PassVoice => {
            "the recording goes to a person (`voice-kept`), and the open question is asked again"
        }
        Move::ChooseCategory => {
            "the draft has the category. It is filed if it is complete; otherwise the resident is asked for \
             the place (`ask-place`)"
        }
        Move::RefuseNumber => {
            "`number-mistyped` or `number-unknown`. What came with the number is kept until the right one"
        }
        Move::PassFilesToPerson => "nothing. Words and files go to a person",
        Move::SayNothingWaits => "`nothing-waiting`. Files go to a person",
        Move::AskForProblem => "`ask-more`. Files go to a person",
        Move::Greet => "`greeting`. Files go to a person",
        Move::AcceptThanks => "`thanks`. Files go to a person",
        Move::ExplainService => "`chat`. Files go to a person",
        Move::Ignore => "nothing",
        Move::AskIfTicket => "`number-near`: 1 yes, 2 no. The turn is kept until the answer",
        Move::TakeTicket => {
            "what was kept with the number is done: its answer (`update`), its status (`status-of`), or \
             words for it (`added`)"
        }
        Move::AskNumberAgain => "`number-mistyped`. What was kept is kept",
        Move::AskWhatIsWrong => "`ask-wrong`: 1 the place, 2 the problem, 3 cancel the report",
        Move::AskRightPlace => "`ask-right-place`. A report that waits forgets its place",
        Move::AskRightProblem => "`ask-right-problem`. A report that waits forgets its problem",
        Move::CancelWrong => {
            "the report that waits is dropped (`cancelled`), or the ticket is withdrawn (`update`)"
        }
        Move::CorrectPlace => "the ticket answers that the team has the new place (`relocated`)",
        Move::CorrectProblem => {
            "the team gets what the resident wrote (`corrected`); no second ticket is made"
        }
        Move::JoinTicket => "the ticket has what the report says and answers (`added`)",
        Move::FileApart => "the report is filed, and its ticket answers with its number",
        Move::AskAnswerAgain => "the same question again",
        Move::KeepQuestion => "the question stays open; the turn is decided again as without it",
        Move::DropQuestion => {
            "what was kept for a number goes to a person, and a report that may be the same matter is \
             filed; the turn is decided again as without the question"
        }
        Move::ExplainPrivacy => {
            "`privacy`, and the question that is open. A problem that the turn reports is decided then"
        }
        Move::ChangeLanguage => {
            "`language-changed`, or for a language that has no texts, in it, that the answers are in \
             English; and the question that is open, or `greeting` for a resident without tickets. A problem \
             that the turn reports is decided then"
        }
    }
}
