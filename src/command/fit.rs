//! `fit`: a table becomes an experiment whose truth is known.

use crate::{
    cli::{Components, FitArgs, FitCovariances, MOST_COMPONENTS},
    error::{Error, Result},
    experiment::{config::name, data::user_file, files},
    points::Points,
    report::fitted,
    rng::{Purpose, Seed},
    target::{
        Column, FileColumns,
        fit::{Covariances, Fit},
    },
    terminal::{context::Context, sign::Sign, table},
};
use rand::seq::SliceRandom;
use std::path::PathBuf;

/// Components that `auto` tries, at most.
const MOST_TRIED: usize = 30;

/// Points that are fitted to, at most: more make the fit no better.
const MOST_POINTS: usize = 20_000;

/// One point in so many is held out.
const HELD_OUT: usize = 5;

pub(super) fn execute(args: &FitArgs, context: &Context) -> Result<()> {
    let found = user_file::read(&FileColumns {
        columns: columns(&args.columns),
        ..FileColumns::all_of(args.file.display().to_string())
    })?;
    context.notices(&found.notices);
    let name = name::name_from(&args.file);
    let path = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    if files::holds_something(&path) {
        return Err(Error::in_use(
            format!("`{}` is there already and is not changed", path.display()),
            "name another file with --out",
        ));
    }
    let seed = Seed(args.seed);
    let [fitted_to, held_out] = parted(&found.points, seed);
    let sign = Sign::of(&context.global, "fitting");
    let fits = fits(args, &fitted_to, seed);
    drop(sign);
    let best = fits.iter().min_by(|a, b| a.bic.total_cmp(&b.bic));
    let best = best.ok_or_else(|| {
        Error::usage_hint(
            format!("`{}` has no such fit", args.file.display()),
            "each coordinate must vary, and there must be more different points than components",
        )
    })?;
    for line in fitted::lines(&fits, best, &held_out) {
        context.say(line);
    }
    let axes = found.axes.labels();
    let text = fitted::configuration(&name, &args.file, best, &axes);
    files::write_atomic(&path, text.as_bytes())?;
    table::print_path(context.global.format, "config", &path)
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

fn fits(args: &FitArgs, points: &Points, seed: Seed) -> Vec<Fit> {
    let covariances = match args.covariances {
        FitCovariances::Full => Covariances::Full,
        FitCovariances::Diagonal => Covariances::Diagonal,
    };
    match args.components {
        Components::Auto => {
            let most = MOST_TRIED.min(MOST_COMPONENTS);
            Fit::of_any(points, most, covariances, seed)
        }
        Components::Number(count) => Fit::of(points, count, covariances, seed)
            .into_iter()
            .collect(),
    }
}
