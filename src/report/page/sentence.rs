//! A sentence of a page.

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Span {
    Text(String),
    /// A key, a file, a name: as it is typed.
    Code(String),
    /// A word that the sentence explains.
    Term(String),
    /// What stands out among others of its kind.
    Strong(String),
    /// A name that leads to a file.
    Link {
        name: String,
        to: String,
    },
}

/// A sentence, or the content of a cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Sentence(pub(crate) Vec<Span>);

impl Sentence {
    /// A sentence in which backticks enclose code and asterisks enclose a term.
    pub(crate) fn new(text: impl AsRef<str>) -> Self {
        let (mut spans, mut rest) = (vec![], text.as_ref());
        while let Some(open) = rest.find(['`', '*']) {
            let mark = &rest[open..=open];
            let Some(length) = rest[open + 1..].find(mark) else {
                break;
            };
            let inner = rest[open + 1..open + 1 + length].to_string();
            spans.push(Span::Text(rest[..open].into()));
            spans.push(match mark {
                "`" => Span::Code(inner),
                _ => Span::Term(inner),
            });
            rest = &rest[open + length + 2..];
        }
        spans.push(Span::Text(rest.into()));
        spans.retain(|span| *span != Span::Text(String::new()));
        Self(spans)
    }

    /// Words of the user, which are shown as they are.
    pub(crate) fn verbatim(text: impl Into<String>) -> Self {
        Self(vec![Span::Text(text.into())])
    }

    /// What stands out among others of its kind.
    pub(crate) fn strong(text: impl Into<String>) -> Self {
        Self(vec![Span::Strong(text.into())])
    }

    /// A key, a file or a name.
    pub(crate) fn code(text: impl Into<String>) -> Self {
        Self(vec![Span::Code(text.into())])
    }

    /// The same sentence, after `before` and a link.
    pub(crate) fn after_link(self, before: &str, name: &str, to: String) -> Self {
        let link = Span::Link {
            name: name.into(),
            to,
        };
        let mut spans = vec![Span::Text(before.into()), link];
        spans.extend(self.0);
        Self(spans)
    }
}

impl From<&str> for Sentence {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_enclose_code_and_terms() {
        let found = Sentence::new("*Truth* is `a*b` of p(x) ≥ 0");
        let expected = [
            Span::Term("Truth".into()),
            Span::Text(" is ".into()),
            Span::Code("a*b".into()),
            Span::Text(" of p(x) ≥ 0".into()),
        ];
        assert_eq!(found.0, expected);
        assert_eq!(Sentence::new("ε* alone").0, [Span::Text("ε* alone".into())]);
        assert_eq!(
            Sentence::verbatim("`a`").0,
            [Span::Text("`a`".into())],
            "what a user writes is no code"
        );
    }
}
