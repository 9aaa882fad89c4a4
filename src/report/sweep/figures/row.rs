//! The type of a row in the table of a sweep's figures.

use crate::{
    experiment::sweep::{effect::short, summary::Summary},
    report::{
        figure::{Figure, Picture},
        sweep::correlations::Found,
    },
};

/// A picture of a sweep, with its file name and its caption.
pub(crate) struct Drawn<'a> {
    pub(crate) name: String,
    pub(crate) caption: String,
    pub(crate) picture: Picture<'a>,
}

/// Makes the pictures of a sweep: none where the figure does not apply, several where it has one for each swept
/// key.
pub(crate) type Render = for<'a> fn(&'a Summary, &[Found]) -> Vec<Drawn<'a>>;

/// A figure of a sweep. In its name, KEY stands for the last part of a swept key.
pub(crate) type SweepFigure = Figure<Render>;

/// What stands for a key in the name of a figure.
pub(super) const KEY: &str = "KEY";

impl SweepFigure {
    /// The one picture of a figure, where it applies.
    pub(super) fn once<'a>(&self, picture: Option<Picture<'a>>) -> Vec<Drawn<'a>> {
        let drawn = picture.map(|picture| Drawn {
            name: self.name.into(),
            caption: self.caption.into(),
            picture,
        });
        drawn.into_iter().collect()
    }

    /// The pictures of a figure that has one for each swept key.
    pub(super) fn for_keys<'a>(
        &self,
        summary: &'a Summary,
        draw: impl Fn(&'a str) -> Option<Picture<'a>>,
    ) -> Vec<Drawn<'a>> {
        let one = |key: &'a String| {
            Some(Drawn {
                name: self.name.replace(KEY, &file_part(summary, key)),
                caption: self.caption.replace("a swept key", short(key)),
                picture: draw(key)?,
            })
        };
        summary.keys.iter().filter_map(one).collect()
    }
}

/// The last part of a key, or all of it where another swept key ends alike.
fn file_part(summary: &Summary, key: &str) -> String {
    let alike = summary
        .keys
        .iter()
        .filter(|other| short(other) == short(key))
        .count();
    match alike {
        1 => short(key).into(),
        _ => key.replace('.', "_"),
    }
}
