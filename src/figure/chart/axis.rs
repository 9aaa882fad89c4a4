//! An axis: what it shows, its name, and where its ticks go.

use crate::figure::scale::{Scale, Tick};

const MOST_TICKS: usize = 12;

/// A title that keeps its room and shows nothing, so that the panels of a grid stay equally large.
pub(crate) const BLANK: &str = " ";

/// Which values of an axis are marked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Ticks {
    /// Round numbers.
    #[default]
    Round,
    /// Round numbers that are whole, where only these have a meaning.
    Whole,
    /// Exactly these values.
    At(Vec<f64>),
    /// Names in place of numbers, each at its value: categories.
    Names(Vec<(f64, String)>),
}

/// An axis of a panel.
#[derive(Clone, Debug, Default)]
pub(crate) struct Axis {
    /// Its name with unit; empty for none.
    pub(crate) label: String,
    /// What it shows; `None` where there are no values, which leaves the whole panel empty.
    pub(crate) scale: Option<Scale>,
    /// What is marked.
    pub(crate) ticks: Ticks,
}

impl Axis {
    /// An axis with round ticks.
    pub(crate) fn new(scale: impl Into<Option<Scale>>, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            scale: scale.into(),
            ticks: Ticks::Round,
        }
    }

    /// The same axis with other ticks.
    pub(crate) fn ticks(self, ticks: Ticks) -> Self {
        Self { ticks, ..self }
    }

    /// Ticks for an axis of this length, as many as have room when a label takes what `extent` says.
    pub(super) fn placed(&self, length: f64, extent: impl Fn(&str) -> f64) -> Vec<Tick> {
        let Some(scale) = &self.scale else {
            return vec![];
        };
        let whole = self.ticks == Ticks::Whole;
        match &self.ticks {
            Ticks::At(values) => scale.ticks_at(values),
            Ticks::Names(names) => names
                .iter()
                .map(|(value, name)| Tick {
                    value: *value,
                    label: Some(name.clone()),
                })
                .collect(),
            Ticks::Round | Ticks::Whole => {
                let needed =
                    |ticks: &[Tick]| -> f64 { labels(ticks).map(|(_, label)| extent(label)).sum() };
                (2..=MOST_TICKS)
                    .rev()
                    .map(|target| scale.ticks(target, whole))
                    .find(|ticks| needed(ticks) <= length)
                    .unwrap_or_else(|| scale.ticks(2, whole))
            }
        }
    }

    /// The room that its name takes.
    pub(super) fn title_room(&self) -> f64 {
        if self.label.is_empty() { 0.0 } else { 24.0 }
    }
}

/// The ticks that have a label, with it.
pub(super) fn labels(ticks: &[Tick]) -> impl Iterator<Item = (f64, &str)> {
    ticks
        .iter()
        .filter_map(|tick| Some((tick.value, tick.label.as_deref()?)))
}
