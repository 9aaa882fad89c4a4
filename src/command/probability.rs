//! `probability`: what a run's denoiser says of the density at chosen points.

use crate::{
    cli::ProbabilityArgs,
    error::{Error, Result},
    evaluation::{probability, trained::Trained},
    experiment::{Run, RunState},
    points::Points,
    report::probability::{EXPLANATION, table},
    terminal::{context::Context, options::Format, sign::Sign},
};

pub(super) fn execute(args: &ProbabilityArgs, context: &Context) -> Result<()> {
    let run = Run::open(&args.directory)?;
    let status = run.status()?;
    if status.state != RunState::Complete {
        return Err(Error::nothing(
            format!("`{}` is {}", args.directory.display(), status.state),
            status.state.hint(),
        ));
    }
    let sign = Sign::of(&context.global, "asking the network");
    let trained = Trained::open(run, args.device)?;
    let told = probability::told(&trained, &args.class)?;
    let dim = trained.dataset.dim();
    let points = points(&args.points, dim)?;
    let pairs = usize::try_from(args.pairs).unwrap_or(usize::MAX);
    let answers = probability::ask(&trained, &told, &points, pairs)?;
    drop(sign);
    if context.global.format == Format::Text {
        context.say(EXPLANATION);
    }
    table(&answers, dim, trained.ln_scale()).print(context.global.format)
}

/// The points that the command line names: coordinates by commas, points by semicolons.
fn points(text: &str, dim: usize) -> Result<Points> {
    let mut values = vec![];
    for point in text.split(';').filter(|point| !point.trim().is_empty()) {
        let coordinates: Vec<Option<f64>> = point
            .split(',')
            .map(|x| x.trim().parse().ok().filter(|x: &f64| x.is_finite()))
            .collect();
        if coordinates.len() != dim || coordinates.contains(&None) {
            return Err(Error::usage_hint(
                format!(
                    "--points: `{}` is no point of {dim} finite numbers",
                    point.trim()
                ),
                "coordinates stand between commas, points between semicolons: --points \"0,0.5; 1,2\"",
            ));
        }
        values.extend(coordinates.into_iter().flatten());
    }
    if values.is_empty() {
        return Err(Error::usage("--points names no point"));
    }
    Ok(Points::new(values, dim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_by_semicolons_and_commas() {
        let found = points(" 0, 1.5; -2e-1,3 ;", 2).unwrap();
        assert_eq!(found.values(), [0.0, 1.5, -0.2, 3.0]);
        for text in ["1", "1,2,3", "a,b", "1,inf", "", " ; "] {
            assert!(points(text, 2).is_err(), "{text}");
        }
    }
}
