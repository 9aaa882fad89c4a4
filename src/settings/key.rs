//! What a configuration may hold, as tables of keys and kinds.
//!
//! The reader of a section takes its keys from its table, with their ranges and defaults. The reference
//! pages, the schema and `truescore explain` are made from the same tables.

use super::Range;

/// A key: a row of the table of its section.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Its name.
    pub(crate) name: &'static str,
    /// What values it may have.
    pub(crate) domain: Domain,
    /// What holds where it is not given.
    pub(crate) default: Default,
    /// Unit of its value; empty where it has none.
    pub(crate) unit: &'static str,
    /// What it means.
    pub(crate) help: &'static str,
    /// Author, year and equation; empty where there is none.
    pub(crate) source: &'static str,
    /// A configuration that sets it.
    pub(crate) example: Example,
    /// Whether it was added after the first release: it then enters a digest only where it differs from
    /// its default.
    pub(crate) later: bool,
}

/// One of the names that a key chooses between, with the keys that only this choice has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub(crate) help: &'static str,
    /// Author, year and equation; empty where there is none.
    pub(crate) source: &'static str,
    /// Its own keys.
    pub(crate) keys: &'static [Key],
    /// Lines of TOML for those keys that have no default; from `[` on, a whole example.
    pub(crate) needs: &'static str,
}

/// The values that a key may have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Domain {
    /// A number.
    Number(Range),
    /// A whole number, between both ends or at one of them.
    Count(usize, usize),
    /// `true` or `false`.
    Flag,
    /// Any text.
    Text,
    /// This word alone.
    Word(&'static str),
    /// The name of a kind, which may have keys of its own in the same section.
    Kinds(&'static [Kind]),
    /// The name of a variant of an enum.
    Names(fn() -> Vec<Kind>),
    /// A table of keys; the name of its kind alone stands for the table where it has kinds.
    Table(&'static [Key]),
    /// A list of at least one value.
    List(&'static Domain),
    /// Any of these.
    Either(&'static [Domain]),
    /// A table of these keys, and of others that the user names.
    Map(&'static [Key], &'static Domain),
    /// A table of dotted keys, each with a list of values for it.
    Lists,
    /// Any value.
    Any,
}

/// What holds where a key is not given.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Default {
    /// It has to be given.
    Required,
    /// What this sentence says.
    Absent(&'static str),
    /// A number.
    Number(f64),
    /// A whole number.
    Count(usize),
    /// `true` or `false`.
    Flag(bool),
    /// A name.
    Name(&'static str),
}

/// A configuration that sets a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Example {
    /// Made from the default.
    Made,
    /// The value, as TOML.
    Value(&'static str),
    /// Everything that it takes, as TOML.
    Whole(&'static str),
}

/// An enum whose variants a configuration names.
pub(crate) trait Choice: Copy + 'static {
    /// Every variant with what a configuration calls it.
    const NAMES: &'static [(Kind, Self)];
}

impl Kind {
    /// A kind without keys of its own.
    pub(crate) const fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            source: "",
            keys: &[],
            needs: "",
        }
    }

    /// With author, year and equation.
    pub(crate) const fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    /// With keys of its own.
    pub(crate) const fn keys(self, keys: &'static [Key]) -> Self {
        Self { keys, ..self }
    }

    /// With lines of TOML for the keys that have no default.
    pub(crate) const fn needs(self, needs: &'static str) -> Self {
        Self { needs, ..self }
    }
}

impl Key {
    /// A key of any domain.
    pub(crate) const fn new(
        name: &'static str,
        domain: Domain,
        default: Default,
        help: &'static str,
    ) -> Self {
        Self {
            name,
            domain,
            default,
            unit: "",
            help,
            source: "",
            example: Example::Made,
            later: false,
        }
    }

    /// A number with a default.
    pub(crate) const fn number(
        name: &'static str,
        default: f64,
        range: Range,
        help: &'static str,
    ) -> Self {
        Self::new(name, Domain::Number(range), Default::Number(default), help)
    }

    /// A whole number with a default, in `[low, high]`.
    pub(crate) const fn count(
        name: &'static str,
        default: usize,
        (low, high): (usize, usize),
        help: &'static str,
    ) -> Self {
        Self::new(
            name,
            Domain::Count(low, high),
            Default::Count(default),
            help,
        )
    }

    /// `true` or `false`.
    pub(crate) const fn flag(name: &'static str, default: bool, help: &'static str) -> Self {
        Self::new(name, Domain::Flag, Default::Flag(default), help)
    }

    /// A variant of an enum.
    pub(crate) const fn choice<C: Choice>(
        name: &'static str,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        Self::new(
            name,
            Domain::Names(names::<C>),
            Default::Name(default),
            help,
        )
    }

    /// The `kind` of a section; its name alone may stand for the whole section.
    pub(crate) const fn kind(kinds: &'static [Kind], default: Default, help: &'static str) -> Self {
        Self::new("kind", Domain::Kinds(kinds), default, help)
    }

    /// A table of keys.
    pub(crate) const fn table(
        name: &'static str,
        keys: &'static [Key],
        help: &'static str,
    ) -> Self {
        let absent = "each of its keys has its own default";
        Self::new(name, Domain::Table(keys), Default::Absent(absent), help)
    }

    /// With a unit.
    pub(crate) const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// With author, year and equation.
    pub(crate) const fn source(self, source: &'static str) -> Self {
        Self { source, ..self }
    }

    /// With the value of an example, as TOML.
    pub(crate) const fn example(self, value: &'static str) -> Self {
        Self {
            example: Example::Value(value),
            ..self
        }
    }

    /// With a whole example, as TOML.
    pub(crate) const fn whole_example(self, text: &'static str) -> Self {
        Self {
            example: Example::Whole(text),
            ..self
        }
    }

    /// Added after the first release.
    pub(crate) const fn later(self) -> Self {
        Self {
            later: true,
            ..self
        }
    }
}

fn names<C: Choice>() -> Vec<Kind> {
    C::NAMES.iter().map(|(kind, _)| *kind).collect()
}

impl Domain {
    /// The kinds to choose from, if it is or holds a choice.
    pub(crate) fn kinds(&self) -> Option<Vec<Kind>> {
        match self {
            Self::Kinds(kinds) => Some(kinds.to_vec()),
            Self::Names(names) => Some(names()),
            Self::Either(domains) => domains.iter().find_map(Self::kinds),
            _ => None,
        }
    }

    /// The range of its numbers, also inside lists.
    pub(super) fn range(&self) -> Option<Range> {
        match self {
            Self::Number(range) => Some(*range),
            Self::Count(low, high) => Some(Range::closed(*low as f64, *high as f64)),
            Self::List(inner) => inner.range(),
            Self::Either(domains) => domains.iter().find_map(Self::range),
            _ => None,
        }
    }

    /// The ends of its whole numbers.
    pub(super) fn ends(&self) -> Option<(usize, usize)> {
        match self {
            Self::Count(low, high) => Some((*low, *high)),
            Self::Either(domains) => domains.iter().find_map(Self::ends),
            _ => None,
        }
    }

    /// The word that may stand in the place of a number.
    pub(super) fn word(&self) -> Option<&'static str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Either(domains) => domains.iter().find_map(Self::word),
            _ => None,
        }
    }

    /// The keys of its table, if it is or holds one.
    pub(crate) fn keys(&self) -> Option<&'static [Key]> {
        match self {
            Self::Table(keys) | Self::Map(keys, _) => Some(keys),
            Self::List(inner) => inner.keys(),
            Self::Either(domains) => domains.iter().find_map(Self::keys),
            _ => None,
        }
    }
}
