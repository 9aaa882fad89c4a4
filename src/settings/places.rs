//! Every key of a configuration in its place, with an example that sets it.

use super::{Default, Domain, Example, Key, Kind};
use std::fmt;

/// A key in its place.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The names of the sections around it, from the root.
    pub(crate) sections: Vec<&'static str>,
    /// The kinds that have it, each with the depth of its section; those of outer sections first.
    pub(crate) kinds: Vec<(usize, Kind)>,
    /// The key.
    pub(crate) key: Key,
}

/// The name of a section whose names the user chooses.
const ANY: &str = "KEY";

/// Every key of a table and of the tables in it, in their order.
pub(crate) fn places(keys: &'static [Key]) -> Vec<Place> {
    let mut places = vec![];
    collect(keys, &[], &[], &mut places);
    places
}

fn collect(
    keys: &'static [Key],
    sections: &[&'static str],
    kinds: &[(usize, Kind)],
    places: &mut Vec<Place>,
) {
    for key in keys {
        places.push(Place {
            sections: sections.to_vec(),
            kinds: kinds.to_vec(),
            key: *key,
        });
        let inner = [sections, &[key.name]].concat();
        if let Some(keys) = key.domain.keys() {
            collect(keys, &inner, kinds, places);
        }
        if let Domain::Map(_, other) = key.domain {
            let named = [inner.as_slice(), &[ANY]].concat();
            collect(other.keys().unwrap_or_default(), &named, kinds, places);
        }
        for kind in key.domain.kinds().unwrap_or_default() {
            let kinds = [kinds, &[(sections.len(), kind)]].concat();
            collect(kind.keys, sections, &kinds, places);
        }
    }
}

impl Place {
    /// Its dotted name.
    pub(crate) fn name(&self) -> String {
        [self.sections.as_slice(), &[self.key.name]]
            .concat()
            .join(".")
    }

    /// The kinds that it is a key of, in words; none if its section always has it.
    pub(crate) fn only_of(&self) -> Option<String> {
        let depth = self.sections.len();
        let mut here = self.kinds.iter().filter(|(at, _)| *at == depth);
        here.next_back().map(|(_, kind)| kind.name.to_string())
    }

    /// A configuration that sets it to something else than its default, as TOML.
    pub(crate) fn example(&self) -> Option<String> {
        match self.key.example {
            Example::Whole(text) => Some(text.into()),
            Example::Value(value) => Some(self.with_value(value)),
            Example::Made => Some(self.with_value(&self.key.another_value()?)),
        }
    }

    /// A configuration that chooses one of its kinds, as TOML.
    pub(crate) fn example_of(&self, kind: &Kind) -> String {
        if kind.needs.starts_with('[') {
            return kind.needs.into();
        }
        let Example::Whole(text) = self.key.example else {
            return self.with_value(&format!("{:?}", kind.name));
        };
        let assignment = format!("{} = ", self.key.name);
        let is_here = text.contains(&format!("[{}]", self.sections.join(".")));
        let lines = text
            .lines()
            .map(|line| match is_here && line.starts_with(&assignment) {
                true => format!("{assignment}{:?}", kind.name),
                false => line.to_string(),
            });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn with_value(&self, value: &str) -> String {
        let kinds = self.key.domain.kinds().unwrap_or_default();
        let chosen = kinds
            .iter()
            .find(|kind| format!("{:?}", kind.name) == value);
        let mut lines = vec![format!("{} = {value}", self.key.name)];
        lines.extend(
            chosen
                .into_iter()
                .flat_map(|kind| kind.needs.lines().map(String::from)),
        );
        for depth in (0..=self.sections.len()).rev() {
            for (_, kind) in self.kinds.iter().filter(|(at, _)| *at == depth) {
                lines = with_kind(kind, lines);
            }
            match depth {
                0 => {}
                1 => lines.insert(0, format!("[{}]", self.sections[0])),
                _ => {
                    let section = self.sections[depth - 1];
                    lines = vec![format!("{section} = {{ {} }}", lines.join(", "))];
                }
            }
        }
        lines.join("\n")
    }
}

/// Lines of one section with those that choose a kind before them.
fn with_kind(kind: &Kind, lines: Vec<String>) -> Vec<String> {
    let name = |line: &str| line.split(" =").next().unwrap_or_default().to_string();
    let given: Vec<_> = lines.iter().map(|line| name(line)).collect();
    let needs = kind
        .needs
        .lines()
        .filter(|line| !given.contains(&name(line)));
    let chosen = format!("kind = {:?}", kind.name);
    [chosen]
        .into_iter()
        .chain(needs.map(String::from))
        .chain(lines.iter().cloned())
        .collect()
}

impl Key {
    /// A value that is not the default, as TOML.
    fn another_value(&self) -> Option<String> {
        Some(match (self.default, self.domain) {
            (Default::Flag(default), _) => (!default).to_string(),
            (Default::Number(default), _) => format!("{:?}", default / 2.0),
            (Default::Count(default), Domain::Count(low, _)) => {
                let half = (default / 2).max(low);
                let other = if half == default { default + 1 } else { half };
                other.to_string()
            }
            (default, domain) => {
                let is_default =
                    |kind: &Kind| matches!(default, Default::Name(name) if name == kind.name);
                let kinds = domain.kinds()?;
                format!("{:?}", kinds.iter().find(|kind| !is_default(kind))?.name)
            }
        })
    }
}

impl fmt::Display for Default {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("none: it has to be given"),
            Self::Absent(words) => f.write_str(words),
            Self::Number(x) => write!(f, "{x}"),
            Self::Count(x) => write!(f, "{x}"),
            Self::Flag(x) => write!(f, "{x}"),
            Self::Name(name) => write!(f, "{name:?}"),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(range) => write!(f, "{range}"),
            Self::Count(low, high) if *high >= i64::MAX as usize => {
                write!(f, "a whole number of at least {low}")
            }
            Self::Count(low, high) => write!(f, "a whole number in [{low}, {high}]"),
            Self::Flag => f.write_str("true or false"),
            Self::Text => f.write_str("a text"),
            Self::Word(word) => write!(f, "{word:?}"),
            Self::Kinds(_) | Self::Names(_) => {
                let names: Vec<_> = self.kinds().unwrap_or_default();
                let names: Vec<_> = names.iter().map(|kind| kind.name).collect();
                write!(f, "one of {}", names.join(", "))
            }
            Self::Table(_) | Self::Map(..) => f.write_str("a table"),
            Self::List(item) => write!(f, "a list, each item {item}"),
            Self::Either([one, Self::List(many)]) if one.to_string() == many.to_string() => {
                write!(f, "{one}, or a list of such")
            }
            Self::Either(domains) => {
                for (i, domain) in domains.iter().enumerate() {
                    write!(f, "{}{domain}", if i > 0 { "; or " } else { "" })?;
                }
                Ok(())
            }
            Self::Lists => f.write_str("a table of dotted keys, each with a list of values"),
            Self::Any => f.write_str("any value"),
        }
    }
}
