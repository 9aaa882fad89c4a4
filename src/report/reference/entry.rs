//! What can be explained: one entry for each key, kind, metric, figure, file and exit code.

use std::fmt;

/// Something with a name that a user may ask about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Its name; a key's is dotted.
    pub(crate) name: String,
    /// What it is.
    pub(crate) what: What,
    /// What it means.
    pub(crate) meaning: String,
    /// What else there is to say, each under its own word.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// An example, of one line or more.
    pub(crate) example: Option<String>,
}

/// What an entry describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A table of the configuration.
    Section,
    /// A key of the configuration.
    Key,
    /// A name that a key of the configuration may have.
    Kind,
    /// A number of an evaluation.
    Metric,
    /// A picture.
    Figure,
    /// A file on disk.
    File,
    /// An exit code.
    ExitCode,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Section => "section",
            Self::Key => "key",
            Self::Kind => "kind",
            Self::Metric => "metric",
            Self::Figure => "figure",
            Self::File => "file",
            Self::ExitCode => "exit code",
        })
    }
}

impl Entry {
    /// An entry without facts and example.
    pub(crate) fn new(name: impl Into<String>, what: What, meaning: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            what,
            meaning: meaning.into(),
            facts: vec![],
            example: None,
        }
    }

    /// With one more fact, unless it is empty.
    pub(crate) fn fact(mut self, word: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.facts.push((word, text));
        }
        self
    }

    /// With an example.
    pub(crate) fn example(self, example: Option<String>) -> Self {
        Self { example, ..self }
    }

    /// Whether a user who asks for `name` may mean it: by its whole name, or by its last part.
    pub(super) fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.last_part() == name
    }

    /// The last part of a dotted key or of a path, a figure's name without its ending; else the whole name.
    pub(super) fn last_part(&self) -> &str {
        let end = match self.what {
            What::Key | What::Section => self.name.rsplit('.').next(),
            What::File => self.name.rsplit('/').next(),
            What::Figure => self.name.split('.').next(),
            _ => None,
        };
        end.unwrap_or(&self.name)
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({})", self.name, self.what)?;
        writeln!(f, "  {}", self.meaning)?;
        let width = self
            .facts
            .iter()
            .map(|(word, _)| word.len())
            .max()
            .unwrap_or(0);
        for (word, text) in &self.facts {
            let mut lines = text.lines();
            writeln!(f, "  {word:width$}  {}", lines.next().unwrap_or_default())?;
            for line in lines {
                writeln!(f, "  {:width$}  {line}", "")?;
            }
        }
        for (i, line) in self
            .example
            .iter()
            .flat_map(|text| text.lines())
            .enumerate()
        {
            if i == 0 {
                writeln!(f, "  example:")?;
            }
            writeln!(f, "      {line}")?;
        }
        Ok(())
    }
}
