//! The source as a house: files as rooms' pieces of furniture, and an arrow from each file to every file
//! that defines something it names.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use syn::{Attribute, Item, UseTree, Visibility, spanned::Spanned};

/// A path of names from the crate's root.
pub type Names = Vec<String>;

/// One file, without what is compiled for tests alone.
pub struct Source {
    /// Its place below `src`.
    pub place: String,
    /// Its text as it stands, tests included.
    pub text: String,
    /// Names that it defines at its top.
    defined: BTreeSet<String>,
    /// What it imports: the name here, and the path it stands for.
    imported: Vec<(String, Names)>,
    /// Modules whose every name it imports.
    globs: Vec<Names>,
    /// Every path of at least two names, as it is written.
    paths: Vec<Names>,
    /// Functions and their number of lines.
    pub functions: Vec<(String, usize)>,
    /// The first names of all paths: libraries among them.
    pub roots: BTreeSet<String>,
    /// The code without tests, as tokens in text.
    pub code: String,
}

/// All files by their module.
pub struct House {
    pub sources: BTreeMap<Names, Source>,
}

impl House {
    /// The house of a folder.
    pub fn at(root: &Path) -> Self {
        let read = |place: &str| std::fs::read_to_string(root.join(place)).ok();
        Self::build("lib.rs", &read)
    }

    /// The house of files in memory.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let read = |place: &str| {
            let found = files.iter().find(|(name, _)| *name == place);
            found.map(|(_, text)| text.to_string())
        };
        Self::build("lib.rs", &read)
    }

    fn build(root: &str, read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut house = Self {
            sources: BTreeMap::new(),
        };
        house.add(vec![], root.into(), read);
        house
    }

    fn add(&mut self, module: Names, place: String, read: &dyn Fn(&str) -> Option<String>) {
        let text = read(&place).unwrap_or_else(|| panic!("there is no src/{place}"));
        let (source, children) = Source::read(&module, &place, text);
        self.sources.insert(module.clone(), source);
        for child in children {
            let below = [&module[..], &[child]].concat();
            let stem = below.join("/");
            let file = format!("{stem}.rs");
            let folder = format!("{stem}/mod.rs");
            let place = if read(&file).is_some() { file } else { folder };
            self.add(below, place, read);
        }
    }

    /// Every arrow: from a file to the files that define what it names.
    pub fn arrows(&self) -> BTreeMap<&Names, BTreeSet<&Names>> {
        let targets = |(module, source): (&Names, &Source)| {
            let named = source.imported.iter().map(|(_, path)| path.clone());
            let globs = source
                .globs
                .iter()
                .map(|path| [&path[..], &["*".into()]].concat());
            let written = source
                .paths
                .iter()
                .filter_map(|path| self.absolute(module, path));
            named
                .chain(globs)
                .chain(written)
                .filter_map(|path| self.definer(&path, 0))
                .filter(|target| *target != module && !target.is_empty())
                .collect()
        };
        self.sources
            .iter()
            .map(|entry| (entry.0, targets(entry)))
            .collect()
    }

    /// What a path that is written in a module means from the root; `None` for other crates.
    fn absolute(&self, module: &Names, path: &Names) -> Option<Names> {
        if let Some(absolute) = from_root(module, path) {
            return Some(absolute);
        }
        let imported = &self.sources[module].imported;
        let (_, meant) = imported.iter().find(|(name, _)| *name == path[0])?;
        Some([&meant[..], &path[1..]].concat())
    }

    /// The module whose file defines the item at the end of a path; re-exports are followed, and a path to
    /// a module alone defines nothing.
    fn definer(&self, path: &[String], depth: usize) -> Option<&Names> {
        let length = (0..=path.len())
            .rev()
            .find(|n| self.sources.contains_key(&path[..*n]))?;
        let (module, source) = self.sources.get_key_value(&path[..length])?;
        let name = path.get(length)?;
        if source.defined.contains(name) || depth > 8 {
            return Some(module);
        }
        let named = source.imported.iter().find(|(here, _)| here == name);
        if let Some((_, meant)) = named {
            let rest = [&meant[..], &path[length + 1..]].concat();
            return self.definer(&rest, depth + 1);
        }
        let through = |glob: &Names| {
            let rest = [&glob[..], &path[length..]].concat();
            let known = self.sources.get(glob)?;
            known.knows(name).then(|| self.definer(&rest, depth + 1))?
        };
        source.globs.iter().find_map(through)
    }
}

impl Source {
    fn knows(&self, name: &str) -> bool {
        self.defined.contains(name) || self.imported.iter().any(|(here, _)| here == name)
    }

    /// Reads a file; also the modules below it that have files of their own.
    fn read(module: &Names, place: &str, text: String) -> (Self, Names) {
        let file = syn::parse_file(&text).unwrap_or_else(|e| panic!("src/{place}: {e}"));
        let mut source = Self {
            place: place.into(),
            text: String::new(),
            defined: BTreeSet::new(),
            imported: vec![],
            globs: vec![],
            paths: vec![],
            functions: vec![],
            roots: BTreeSet::new(),
            code: String::new(),
        };
        let mut children = vec![];
        source.take(module, file.items, &mut children, true);
        source.text = text;
        (source, children)
    }

    fn take(&mut self, module: &Names, items: Vec<Item>, children: &mut Names, is_top: bool) {
        for item in items {
            if attributes(&item).iter().any(is_test) {
                continue;
            }
            if is_top && let Some(name) = name_of(&item) {
                self.defined.insert(name);
            }
            match item {
                Item::Use(item) => self.import(module, &item.tree, vec![]),
                Item::Mod(item) => match item.content {
                    None => children.push(item.ident.to_string()),
                    Some((_, items)) => self.take(module, items, children, false),
                },
                item => self.look_into(&item),
            }
        }
    }

    /// Notes the functions and the paths of an item.
    fn look_into(&mut self, item: &Item) {
        let mut tokens = TokenStream::new();
        match item {
            Item::Impl(block) => {
                let mut block = block.clone();
                block.items.retain(|item| match item {
                    syn::ImplItem::Fn(function) => !function.attrs.iter().any(is_test),
                    _ => true,
                });
                for item in &block.items {
                    if let syn::ImplItem::Fn(function) = item {
                        self.measure(&function.sig, function.block.span());
                    }
                }
                block.to_tokens(&mut tokens);
            }
            Item::Fn(function) => {
                self.measure(&function.sig, function.block.span());
                item.to_tokens(&mut tokens);
            }
            _ => item.to_tokens(&mut tokens),
        }
        self.code.push_str(&tokens.to_string());
        self.code.push('\n');
        collect_paths(tokens, &mut self.paths);
        let first = self.paths.iter().map(|path| path[0].clone());
        self.roots.extend(first);
    }

    fn measure(&mut self, signature: &syn::Signature, body: proc_macro2::Span) {
        let lines = body.end().line + 1 - signature.span().start().line;
        self.functions.push((signature.ident.to_string(), lines));
    }

    fn import(&mut self, module: &Names, tree: &UseTree, before: Names) {
        let with = |name: String| [&before[..], &[name]].concat();
        match tree {
            UseTree::Path(path) => self.import(module, &path.tree, with(path.ident.to_string())),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.import(module, tree, before.clone())),
            UseTree::Glob(_) => {
                self.roots.extend(before.first().cloned());
                self.globs.extend(from_root(module, &before));
            }
            UseTree::Name(name) if name.ident == "self" => {
                let here = before.last().cloned().unwrap_or_default();
                self.note(module, here, before);
            }
            UseTree::Name(name) => {
                self.note(module, name.ident.to_string(), with(name.ident.to_string()))
            }
            UseTree::Rename(name) => {
                let path = match name.ident == "self" {
                    true => before.clone(),
                    false => with(name.ident.to_string()),
                };
                self.note(module, name.rename.to_string(), path);
            }
        }
    }

    fn note(&mut self, module: &Names, here: String, path: Names) {
        self.roots.extend(path.first().cloned());
        // `use child::Item` in the module that holds the child.
        let meant = from_root(module, &path).unwrap_or_else(|| [&module[..], &path[..]].concat());
        self.imported.push((here, meant));
    }
}

/// A path from the root, if it begins with `crate`, `self` or `super`.
fn from_root(module: &Names, path: &[String]) -> Option<Names> {
    let mut base = module.clone();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => base.clear(),
        "self" | "super" => {}
        _ => return None,
    }
    while let Some(first) = rest.first() {
        match first.as_str() {
            "super" => drop(base.pop()),
            "crate" | "self" => {}
            _ => break,
        }
        rest = &rest[1..];
    }
    Some([&base[..], rest].concat())
}

/// Every `a::b::…` in some tokens, also within macros.
fn collect_paths(tokens: TokenStream, found: &mut Vec<Names>) {
    let mut path: Names = vec![];
    let mut colons = 0;
    let mut end = |path: &mut Names| {
        if path.len() > 1 {
            found.push(std::mem::take(path));
        }
        path.clear();
    };
    let mut nested = vec![];
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                if colons != 2 {
                    end(&mut path);
                }
                path.push(name.to_string());
                colons = 0;
            }
            TokenTree::Punct(sign) if sign.as_char() == ':' && colons < 2 => colons += 1,
            token => {
                end(&mut path);
                colons = 0;
                if let TokenTree::Group(group) = token {
                    nested.push(group.stream());
                }
            }
        }
    }
    end(&mut path);
    for stream in nested {
        collect_paths(stream, found);
    }
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute
            .meta
            .to_token_stream()
            .to_string()
            .contains("test")
        || attribute.path().is_ident("test")
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

/// Names that a file shows to the whole world.
pub fn public_names(text: &str) -> Vec<String> {
    let file = syn::parse_file(text).unwrap();
    let shown = |item: &Item| match item {
        Item::Mod(item) if matches!(item.vis, Visibility::Public(_)) => {
            Some(item.ident.to_string())
        }
        Item::Use(item) if matches!(item.vis, Visibility::Public(_)) => {
            Some(item.tree.to_token_stream().to_string())
        }
        Item::Fn(item) if matches!(item.vis, Visibility::Public(_)) => {
            Some(item.sig.ident.to_string())
        }
        _ => None,
    };
    file.items.iter().filter_map(shown).collect()
}
