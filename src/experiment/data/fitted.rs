//! A mixture fitted to a table: how the points are parted, and how many Gaussians are tried.

use super::{axes::Axes, user_file};
use crate::{
    error::{Error, Result},
    points::Points,
    rng::{Purpose, Seed},
    target::{
        Column, FileColumns,
        fit::{Covariances, Fit},
    },
};
use rand::seq::SliceRandom;
use std::path::Path;

/// Components that are tried where their number is not given, at most.
const MOST_TRIED: usize = 30;

/// Points that are fitted to, at most: more make the fit no better.
const MOST_POINTS: usize = 20_000;

/// One point in so many is held out.
const HELD_OUT: usize = 5;

/// What is asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) file: &'a Path,
    /// Names, or positions from 0; none for all.
    pub(crate) columns: &'a [String],
    /// How many Gaussians; `None` for as many as the criterion wants.
    pub(crate) components: Option<usize>,
    /// Whether their covariances are diagonal.
    pub(crate) diagonal: bool,
    pub(crate) seed: u64,
}

/// Fits to the points of a table.
pub(crate) struct Fitted {
    /// One, or one for each number of Gaussians that was tried.
    pub(crate) fits: Vec<Fit>,
    /// The one that is taken.
    pub(crate) best: Fit,
    /// Points that no fit has seen.
    pub(crate) held_out: Points,
    pub(crate) axes: Axes,
    /// How the table was taken.
    pub(crate) notices: Vec<String>,
}

impl Fitted {
    /// # Errors
    /// If the table cannot be read, or its points have no such fit (exit 2).
    pub(crate) fn of(wanted: &Wanted) -> Result<Self> {
        let found = user_file::read(&FileColumns {
            columns: columns(wanted.columns),
            ..FileColumns::all_of(wanted.file.display().to_string())
        })?;
        let seed = Seed(wanted.seed);
        let [fitted_to, held_out] = parted(&found.points, seed);
        let covariances = match wanted.diagonal {
            true => Covariances::Diagonal,
            false => Covariances::Full,
        };
        let fits = match wanted.components {
            None => Fit::of_any(&fitted_to, MOST_TRIED, covariances, seed),
            Some(count) => Fit::of(&fitted_to, count, covariances, seed)
                .into_iter()
                .collect(),
        };
        let best = Fit::best(&fits).cloned().ok_or_else(|| {
            Error::usage_hint(
                format!("`{}` has no such fit", wanted.file.display()),
                "each coordinate must vary, and there must be more different points than components",
            )
        })?;
        Ok(Self {
            fits,
            best,
            held_out,
            axes: found.axes,
            notices: found.notices,
        })
    }
}

/// Whole numbers are positions, other texts are names.
fn columns(given: &[String]) -> Option<Vec<Column>> {
    let column = |text: &String| match text.parse() {
        Ok(position) => Column::Position(position),
        Err(_) => Column::Name(text.clone()),
    };
    (!given.is_empty()).then(|| given.iter().map(column).collect())
}

/// The points to fit to, and those held out.
fn parted(points: &Points, seed: Seed) -> [Points; 2] {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.shuffle(&mut seed.stream(Purpose::Split, 0, 0));
    let (held_out, rest) = order.split_at(points.len() / HELD_OUT);
    let rest = &rest[..rest.len().min(MOST_POINTS)];
    [rest, held_out].map(|rows| {
        let values = rows.iter().flat_map(|i| points.row(*i)).copied();
        Points::new(values.collect(), points.dim())
    })
}
