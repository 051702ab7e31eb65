//! Makes a decision of rows that are also printed.

/// A row of a decision: a move, and the turns that lead to it.
#[derive(Clone, Copy, Debug)]
pub struct Rule<P: 'static, M> {
    /// The phases in which the row holds.
    pub phases: &'static [P],
    /// What the turn says, in words for the documents.
    pub when: &'static str,
    /// The move that it leads to.
    pub leads_to: M,
}

/// Makes a decision of rows `phases, pattern => move, "words";`: the function is one `match` in which the
/// first row that fits decides, so that the compiler refuses a case without a row and reports a row without a
/// case; the table has the same rows for the documents.
macro_rules! rules {
    (
        $(#[$doc:meta])*
        $function:ident($phase:ident, $says:ident) -> $move:ident, $table:ident:
        $($($from:ident)|+, $pattern:pat => $to:ident, $when:literal;)+
    ) => {
        $(#[$doc])*
        pub const fn $function(phase: $phase, says: $says) -> $move {
            match (phase, says) {
                $(($($phase::$from)|+, $pattern) => $move::$to,)+
            }
        }

        /// The rows of the decision, for the documents.
        pub const $table: &[Rule<$phase, $move>] = &[
            $(Rule { phases: &[$($phase::$from),+], when: $when, leads_to: $move::$to },)+
        ];
    };
}
pub(super) use rules;
