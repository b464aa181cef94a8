//! A crate's files, and the modules that they name.

use std::collections::BTreeSet;
use std::path::Path;
use syn::visit::{self, Visit};

/// The files of a crate but for tests.
pub(crate) struct Crate {
    pub(crate) sources: Vec<Source>,
}

/// A file that is a module.
pub(crate) struct Source {
    /// From the workspace's root.
    pub(crate) file: String,
    /// Its path from the crate's root.
    pub(crate) module: Vec<String>,
    /// Every path that it names, from the crate's root, and whether it only passes it on.
    paths: Vec<(Vec<String>, bool)>,
    /// What it passes on, by the name under which others find it here.
    passed_on: Vec<(String, Vec<String>)>,
    /// The other crates that it names.
    pub(crate) crates: BTreeSet<String>,
    /// Every name in it, in small letters.
    pub(crate) names: BTreeSet<String>,
}

impl Source {
    /// The module below the crate's root that the file is in; nothing for the root.
    pub(crate) fn layer(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }
}

impl Crate {
    /// Those below a folder of the workspace.
    pub(crate) fn read(folder: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        find(&root.join(folder), &mut files);
        let texts: Vec<(String, String)> = files
            .iter()
            .map(|path| {
                let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
                (name, std::fs::read_to_string(path).expect("a file that was just found"))
            })
            .collect();
        let texts: Vec<(&str, &str)> = texts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
        Self::of(folder, &texts)
    }

    /// Those of a crate whose root is a folder without name.
    pub(crate) fn parse(files: &[(&str, &str)]) -> Self {
        Self::of("", files)
    }

    fn of(folder: &str, files: &[(&str, &str)]) -> Self {
        let mut tests: Vec<Vec<String>> = Vec::new();
        let mut sources = Vec::new();
        for (file, text) in files {
            let module = module_of(file.strip_prefix(folder).expect("below the folder"));
            let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let mut visitor = Visitor { module: module.clone(), ..Visitor::default() };
            visitor.visit_file(&parsed);
            tests.extend(visitor.tests);
            sources.push(Source {
                file: (*file).to_owned(),
                module,
                paths: visitor.paths,
                passed_on: visitor.passed_on,
                crates: visitor.crates,
                names: visitor.names,
            });
        }
        sources.retain(|source| !tests.iter().any(|test| source.module.starts_with(test)));
        Self { sources }
    }

    /// The files that a file imports from, but for its own and, where it only passes them on, those below it.
    pub(crate) fn imports(&self, source: &Source) -> Vec<&Source> {
        let targets = source.paths.iter().filter_map(|(path, passed_on)| {
            let other = self.holder(path)?;
            (!(*passed_on && other.module.starts_with(&source.module))).then_some(other)
        });
        let mut found: Vec<&Source> = targets.filter(|other| other.file != source.file).collect();
        found.sort_by(|a, b| a.file.cmp(&b.file));
        found.dedup_by(|a, b| a.file == b.file);
        found
    }
}

impl Crate {
    /// The file that has what a path names, by way of those that pass it on.
    fn holder(&self, path: &[String]) -> Option<&Source> {
        let mut path = path.to_vec();
        let mut seen = BTreeSet::new();
        loop {
            let within = |other: &&Source| path.starts_with(&other.module);
            let found = self.sources.iter().filter(within).max_by_key(|other| other.module.len())?;
            let rest = &path[found.module.len()..];
            let name = rest.first();
            let Some((_, origin)) = found.passed_on.iter().find(|(known, _)| Some(known) == name) else {
                return Some(found);
            };
            if !seen.insert(path.clone()) {
                return Some(found);
            }
            path = [origin, &rest[1..]].concat();
        }
    }
}

fn find(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            find(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn module_of(file: &str) -> Vec<String> {
    let mut module: Vec<String> =
        file.trim_end_matches(".rs").split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    module
}

/// Collects what a file names.
#[derive(Default)]
struct Visitor {
    module: Vec<String>,
    /// Modules declared here, each of which a path may begin with.
    children: Vec<String>,
    paths: Vec<(Vec<String>, bool)>,
    passed_on: Vec<(String, Vec<String>)>,
    crates: BTreeSet<String>,
    names: BTreeSet<String>,
    /// Modules that are there for tests alone.
    tests: Vec<Vec<String>>,
}

impl Visitor {
    fn add(&mut self, path: &[String], passed_on: bool) {
        let mut full = self.module.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate") => (full, rest) = (Vec::new(), &path[1..]),
            Some("self") => rest = &path[1..],
            Some("super") => {}
            Some(first) if self.children.iter().any(|child| child == first) => {}
            Some(first) => {
                self.crates.insert(first.to_owned());
                return;
            }
            None => return,
        }
        while rest.first().is_some_and(|part| part == "super") {
            full.pop();
            rest = &rest[1..];
        }
        full.extend(rest.iter().cloned());
        self.paths.push((full, passed_on));
    }

    /// What was added last goes by this name for others.
    fn pass_on(&mut self, name: &syn::Ident, before: usize, passed_on: bool) {
        if passed_on && self.paths.len() > before {
            let path = self.paths[before].0.clone();
            self.passed_on.push((name.to_string(), path));
        }
    }

    /// The paths in the text of a macro, such as the values of `format!`.
    fn add_tokens(&mut self, tokens: proc_macro2::TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens.into_iter().chain([proc_macro2::Punct::new(';', proc_macro2::Spacing::Alone).into()]) {
            match token {
                proc_macro2::TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => colons += 1,
                proc_macro2::TokenTree::Ident(name) if colons == 2 || path.is_empty() => {
                    path.push(name.to_string());
                    colons = 0;
                }
                other => {
                    self.add_relative(&std::mem::take(&mut path));
                    colons = 0;
                    match other {
                        proc_macro2::TokenTree::Group(group) => self.add_tokens(group.stream()),
                        proc_macro2::TokenTree::Ident(name) => path.push(name.to_string()),
                        _ => {}
                    }
                }
            }
        }
    }

    /// A path that begins with a module of this crate.
    fn add_relative(&mut self, parts: &[String]) {
        let first = parts.first().map_or("", String::as_str);
        let is_relative =
            ["crate", "self", "super"].contains(&first) || self.children.iter().any(|child| child == first);
        if is_relative && parts.len() > 1 {
            self.add(parts, false);
        }
    }

    fn add_tree(&mut self, tree: &syn::UseTree, before: &[String], passed_on: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_tree(&path.tree, &with(&path.ident), passed_on),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, before, passed_on)),
            syn::UseTree::Name(name) if name.ident == "self" => self.add(before, passed_on),
            syn::UseTree::Name(name) => {
                let known = self.paths.len();
                self.add(&with(&name.ident), passed_on);
                self.pass_on(&name.ident, known, passed_on);
            }
            syn::UseTree::Rename(rename) => {
                let known = self.paths.len();
                self.add(&with(&rename.ident), passed_on);
                self.pass_on(&rename.rename, known, passed_on);
            }
            syn::UseTree::Glob(_) => self.add(before, passed_on),
        }
    }
}

/// Whether it is there for tests alone, or for links in the documentation.
fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test" || condition == "doc")
    })
}

impl<'ast> Visit<'ast> for Visitor {
    fn visit_file(&mut self, file: &'ast syn::File) {
        for item in &file.items {
            if let syn::Item::Mod(module) = item {
                self.children.push(module.ident.to_string());
            }
        }
        visit::visit_file(self, file);
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(module) => &module.attrs,
            syn::Item::Use(import) => &import.attrs,
            syn::Item::Fn(function) => &function.attrs,
            syn::Item::Impl(implementation) => &implementation.attrs,
            _ => return visit::visit_item(self, item),
        };
        match item {
            syn::Item::Mod(module) if is_test(attributes) => {
                self.tests.push([&self.module[..], &[module.ident.to_string()]].concat());
            }
            _ if is_test(attributes) => {}
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_item_use(&mut self, import: &'ast syn::ItemUse) {
        let passed_on = !matches!(import.vis, syn::Visibility::Inherited);
        self.add_tree(&import.tree, &[], passed_on);
    }

    /// Who may see it says nothing of what it needs.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add_relative(&parts);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.add_tokens(called.tokens.clone());
        visit::visit_macro(self, called);
    }

    fn visit_ident(&mut self, name: &'ast syn::Ident) {
        self.names.insert(name.to_string().to_lowercase());
    }
}
