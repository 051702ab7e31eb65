//! The style and the scripts of the pages: files of this folder, compiled in, under addresses that change
//! with their content.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// A file that browsers load.
struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const ASSETS: [Asset; 8] = [
    Asset { name: "desk.css", kind: "text/css; charset=utf-8", content: include_str!("assets/desk.css") },
    script("live.js", include_str!("assets/live.js")),
    script("forms.js", include_str!("assets/forms.js")),
    script("keys.js", include_str!("assets/keys.js")),
    script("bulk.js", include_str!("assets/bulk.js")),
    script("presence.js", include_str!("assets/presence.js")),
    script("board.js", include_str!("assets/board.js")),
    script("stream.js", include_str!("assets/stream.js")),
];

const fn script(name: &'static str, content: &'static str) -> Asset {
    Asset { name, kind: "text/javascript; charset=utf-8", content }
}

/// Changes when any of the files changes.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    ASSETS.iter().for_each(|asset| hash.update(asset.content.as_bytes()));
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
});

/// The address of a file.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

/// Serves a file. Browsers may keep it for a year.
pub async fn serve(Path((_, name)): Path<(String, String)>) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => (
            [
                (header::CONTENT_TYPE, asset.kind),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            ],
            asset.content,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_scripts_of_a_page_share_one_scope_and_declare_no_name_twice() {
        let mut declared = BTreeMap::new();
        // stream.js is a worker, with a scope of its own.
        for script in ASSETS.iter().filter(|asset| asset.name.ends_with(".js") && asset.name != "stream.js") {
            for line in script.content.lines() {
                let line = line.strip_prefix("async ").unwrap_or(line);
                let kinds = ["function ", "const ", "let "];
                let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else { continue };
                let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
                let other = declared.insert(name, script.name).filter(|_| !name.is_empty());
                assert_eq!(other, None, "{name} of {}", script.name);
            }
        }
        assert!(declared.contains_key("countCharacters"));
    }
}
