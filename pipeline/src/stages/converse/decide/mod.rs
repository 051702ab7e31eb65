//! The decisions of a conversation: one exhaustive match for the lane of a turn, one for the move of a
//! municipal turn. docs/conversation.md is printed from the same rows that the compiler makes the matches of.

mod explanations;
mod heard;
mod lane;
mod moves;
mod municipal;
mod rules;

pub use explanations::explain;
pub use heard::{About, Belongs, File, QuestionReply, Says, SaysOfLane};
pub use lane::{LANE_RULES, LaneMove, decide_lane};
pub use moves::Move;
pub use municipal::{MUNICIPAL_RULES, decide};
pub use rules::Rule;
