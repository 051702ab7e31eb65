//! How much a conversation keeps of what a resident says and sends before it files it.

use topics::records::reports::Account;

/// The number of bytes of text and links that a conversation keeps before it files them.
const MAX_KEPT: usize = 16_000;
/// The number of files that a conversation keeps before it files them.
const MAX_FILES: usize = 30;

/// Whether the content has reached the limit at which it is filed without what is missing.
pub fn is_full(account: &Account) -> bool {
    let text = account.words.iter().chain(&account.place_name).map(String::len).sum::<usize>();
    let links = account.media.iter().map(|media| media.url.len() + media.content_type.len()).sum::<usize>();
    text + links > MAX_KEPT || account.media.len() > MAX_FILES
}

/// Adds later content to the account.
pub fn extend(account: &mut Account, more: Account) {
    account.words.extend(more.words);
    account.media.extend(more.media);
    if more.point.is_some() {
        account.point = more.point;
        account.place_basis = more.place_basis;
    }
    account.place_name = more.place_name.or_else(|| account.place_name.take());
}
