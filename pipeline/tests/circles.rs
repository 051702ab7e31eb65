//! No file uses another one that uses it, directly or by way of others: what two files share lies in a third.
//! The test reads the paths of the source text; names that are re-exported count where they are defined.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The path of a module below the root of its crate.
type Module = Vec<String>;

/// Folders whose circles are known and not resolved yet; docs/open.md names them.
const EXEMPT: &[(&str, &str)] = &[("connectors", "desk")];

/// A name that a `use` declares.
struct Import {
    /// The name in the file that imports it.
    name: String,
    /// The path as it is written.
    path: Vec<String>,
    /// Whether others can import the name from here.
    is_public: bool,
}

/// What a file imports, and its other text as tokens.
#[derive(Default)]
struct Source {
    imports: Vec<Import>,
    tokens: Vec<String>,
}

#[test]
fn no_files_of_a_crate_use_each_other_in_a_circle() {
    let mut circles = Vec::new();
    for name in ["topics", "pipeline", "connectors", "simulator", "tests", "training"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(name).join("src");
        let mut sources = BTreeMap::new();
        read(&root, &Module::new(), &mut sources);
        assert!(sources.len() > 4, "{name}");
        let exempt: BTreeSet<&str> =
            EXEMPT.iter().filter(|(of, _)| *of == name).map(|(_, folder)| *folder).collect();
        sources.retain(|module, _| module.first().is_none_or(|folder| !exempt.contains(folder.as_str())));
        let uses = uses(&sources);
        circles.extend(circles_of(&uses).into_iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(circles.is_empty(), "move what they share to a file of its own:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found_through_imports_paths_and_names_that_are_passed_on() {
    let text = |module: &str, text: &str| (module.split("::").map(str::to_owned).collect(), source(text));
    let sources = BTreeMap::from([
        text("a", "pub mod b; pub use b::Inner; pub struct Outer;"),
        text("a::b", "use super::c; pub struct Inner; fn f() { c::g() }"),
        text("a::c", "use super::{self, Inner as Other}; pub fn g() -> Other { crate::d::h() }"),
        text("d", "pub fn h() {}"),
    ]);
    assert_eq!(circles_of(&uses(&sources)), ["a::b uses a::c, a::c uses a::b"]);
}

/// The files below a folder, without those of tests.
fn read(folder: &Path, module: &Module, sources: &mut BTreeMap<Module, Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if stem == "tests" {
            continue;
        }
        let is_of_folder = ["mod", "lib"].contains(&stem.as_str());
        let inner = if is_of_folder { module.clone() } else { [module.clone(), vec![stem]].concat() };
        if path.is_dir() {
            read(&path, &inner, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.insert(inner, source(&fs::read_to_string(&path).unwrap()));
        }
    }
}

fn source(text: &str) -> Source {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut source = Source::default();
    let mut tokens = tokens(text).into_iter().peekable();
    let mut is_public = false;
    while let Some(token) = tokens.next() {
        match token.as_str() {
            "use" => {
                let tree: Vec<String> = tokens.by_ref().take_while(|token| token != ";").collect();
                read_tree(&tree, &mut 0, &[], is_public, &mut source.imports);
                is_public = false;
            }
            "pub" => is_public = true,
            "(" | "crate" | "super" | "in" | ")" if is_public => source.tokens.push(token),
            _ => {
                is_public = false;
                source.tokens.push(token);
            }
        }
    }
    source
}

/// Identifiers and `::`, braces, commas and the like, without comments and the content of strings.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for line in text.lines() {
        let code = line.split("//").next().unwrap_or_default();
        let code: String = code.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        let mut rest = code.as_str();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let end = match first {
                first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                first => first.len_utf8(),
            };
            if !first.is_whitespace() {
                tokens.push(rest[..end].to_owned());
            }
            rest = &rest[end..];
        }
    }
    tokens
}

/// Reads a tree such as `a::{b, c as d}` from its tokens.
fn read_tree(
    tokens: &[String],
    at: &mut usize,
    before: &[String],
    is_public: bool,
    imports: &mut Vec<Import>,
) {
    let mut path = before.to_vec();
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token.as_str() {
            "::" => {}
            "{" => {
                while tokens.get(*at).is_some_and(|token| token != "}") {
                    read_tree(tokens, at, &path, is_public, imports);
                    *at += usize::from(tokens.get(*at).is_some_and(|token| token == ","));
                }
                *at += 1;
                return;
            }
            "as" => {
                let name = tokens.get(*at).cloned().unwrap_or_default();
                *at += 1;
                imports.push(Import { name, path, is_public });
                return;
            }
            "self" if !path.is_empty() => {}
            _ => path.push(token.clone()),
        }
        if tokens.get(*at).is_none_or(|token| [",", "}"].contains(&token.as_str())) {
            break;
        }
    }
    let name = path.last().cloned().unwrap_or_default();
    imports.push(Import { name, path, is_public });
}

/// Which module uses which.
fn uses(sources: &BTreeMap<Module, Source>) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut uses: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, source) in sources {
        let mut paths: Vec<Vec<String>> = Vec::new();
        for import in &source.imports {
            // A name that is only passed on is used by those who import it.
            if !import.is_public || source.tokens.contains(&import.name) {
                paths.push(import.path.clone());
            }
        }
        for (index, token) in source.tokens.iter().enumerate() {
            let is_start = index == 0 || source.tokens[index - 1] != "::";
            if is_start && source.tokens.get(index + 1).is_some_and(|next| next == "::") {
                let path = source.tokens[index..].iter().step_by(2);
                let separators =
                    source.tokens[index + 1..].iter().step_by(2).take_while(|next| *next == "::");
                let length = separators.count() + 1;
                assert!(!token.is_empty());
                paths.push(path.take(length).cloned().collect());
            }
        }
        let targets = paths.iter().filter_map(|path| target(sources, module, path, 0));
        uses.insert(module.clone(), targets.filter(|target| target != module).collect());
    }
    uses
}

/// The module in which what the path names is defined; missing for other crates, and for a path that names a
/// module itself.
fn target(
    sources: &BTreeMap<Module, Source>,
    from: &Module,
    path: &[String],
    depth: usize,
) -> Option<Module> {
    if depth > 8 {
        return None;
    }
    let (first, mut rest) = path.split_first()?;
    let mut module = match first.as_str() {
        "crate" => Module::new(),
        "self" => from.clone(),
        "super" => from[..from.len().checked_sub(1)?].to_vec(),
        name => {
            let child = [from.clone(), vec![name.to_owned()]].concat();
            if sources.contains_key(&child) {
                child
            } else {
                let import = sources[from].imports.iter().find(|import| import.name == name)?;
                let is_itself = import.path.first().is_some_and(|first| first == name);
                if is_itself {
                    return None;
                }
                return target(sources, from, &[&import.path[..], rest].concat(), depth + 1);
            }
        }
    };
    while let Some((next, more)) = rest.split_first() {
        let child = [module.clone(), vec![next.clone()]].concat();
        if next == "super" {
            module.pop();
        } else if sources.contains_key(&child) {
            module = child;
        } else {
            let import = sources.get(&module)?.imports.iter().find(|import| import.name == *next);
            return match import {
                Some(import) => {
                    let path = [&import.path[..], more].concat();
                    target(sources, &module, &path, depth + 1)
                }
                None => Some(module),
            };
        }
        rest = more;
    }
    None
}

/// The groups of modules that use each other, each as a list of what uses what.
fn circles_of(uses: &BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        uses.keys().map(|module| (module, reached_from(uses, module))).collect();
    let mut groups = BTreeSet::new();
    for module in uses.keys().filter(|module| reached[module].contains(module)) {
        let is_of_group = |other: &Module| {
            reached[module].contains(other) && reached.get(other).is_some_and(|back| back.contains(module))
        };
        let mut group = Vec::new();
        for one in uses.keys().filter(|one| is_of_group(one)) {
            let others = uses[one].iter().filter(|other| is_of_group(other));
            group.extend(others.map(|other| format!("{} uses {}", one.join("::"), other.join("::"))));
        }
        groups.insert(group.join(", "));
    }
    groups.into_iter().collect()
}

fn reached_from<'a>(uses: &'a BTreeMap<Module, BTreeSet<Module>>, module: &Module) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Module> = uses[module].iter().collect();
    while let Some(one) = next.pop() {
        if reached.insert(one) {
            next.extend(uses.get(one).into_iter().flatten());
        }
    }
    reached
}
