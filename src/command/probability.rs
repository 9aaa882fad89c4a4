//! `probability`: what a run's denoiser says of the density at chosen points.

use crate::{
    cli::ProbabilityArgs,
    diffusion::Classes,
    error::{Error, Result},
    evaluation::{class_choice, plane::chosen_points::FLOW_STEPS, trained::Trained},
    experiment::{Run, RunState},
    points::Points,
    target::Mixture,
    terminal::{
        context::Context,
        table::{Cell, Table},
    },
    truth::{BoundAt, LogLikelihood, bound_at, log_likelihood},
};
use rayon::prelude::*;

pub(super) fn execute(args: &ProbabilityArgs, context: &Context) -> Result<()> {
    let run = Run::open(&args.directory)?;
    let status = run.status()?;
    if status.state != RunState::Complete {
        return Err(Error::nothing(
            format!("`{}` is {}", args.directory.display(), status.state),
            "the `train` or `sweep` command that began it continues it",
        ));
    }
    let trained = Trained::open(run, args.device)?;
    let (dataset, schedule) = (&trained.dataset, &trained.schedule);
    let told = told(args, &trained)?;
    let points = points(&args.points, dataset.dim())?;
    let seen = dataset.affine.apply(&points);
    let (start, seed) = (trained.start(), trained.run.config.seed());
    let pairs = usize::try_from(args.pairs).unwrap_or(usize::MAX);
    let ln_scale = trained.ln_scale();
    let of_class = |class: &Told| -> Result<Vec<Vec<Cell>>> {
        let number = class.number.unwrap_or(dataset.num_classes() as u32);
        let denoiser = trained.of(Classes::Same(number));
        let exact = dataset
            .density
            .as_ref()
            .and_then(|density| class.law(density));
        let start = start.of_class(number);
        let flows = log_likelihood(&denoiser, schedule, FLOW_STEPS, &start, seen.values())?;
        let rows = points.rows().zip(seen.rows()).zip(flows);
        rows.map(|((x, seen), flow)| {
            let bound = bound_at(&denoiser, schedule, &start, seen, pairs, seed)?;
            let exact = exact.as_ref().map(|law| law.ln_pdf(x));
            Ok(cells(x, &class.name, &bound, flow, exact, ln_scale))
        })
        .collect()
    };
    let rows: Vec<_> = told.par_iter().map(of_class).collect::<Result<_>>()?;
    // The classes of one point stand together.
    let rows = (0..points.len()).flat_map(|i| rows.iter().map(move |class| class[i].clone()));
    let table = Table {
        columns: columns(dataset.dim()),
        rows: rows.collect(),
    };
    if context.global.format == crate::terminal::options::Format::Text {
        context.say(EXPLANATION);
    }
    table.print(context.global.format)
}

const EXPLANATION: &str = "\
All in nats, densities in the data's own units. `estimate` is −½ Σ (SNR before − SNR after) E‖x − x̂0‖² over the
steps: no log-density, for it leaves out `prior_kl` and `reconstruction`. `bound` = estimate − prior_kl −
reconstruction is a lower bound on the log-density; `flow` is the log-density of what the probability flow
of the network draws; `exact` is that of the data.";

/// What the model knows of the class.
struct Told {
    /// `None`: nothing.
    number: Option<u32>,
    name: String,
}

impl Told {
    /// The law of the data that it is told of, in the data's own units.
    fn law(&self, density: &Mixture) -> Option<Mixture> {
        match self.number {
            Some(class) => density.of_class(class),
            None => Some(density.clone()),
        }
    }
}

/// The classes that the points are asked about: those that are named, or, for a network that is told
/// classes, all of them, and none where it knows that too.
fn told(args: &ProbabilityArgs, trained: &Trained) -> Result<Vec<Told>> {
    let (config, dataset) = (&trained.run.config, &trained.dataset);
    let name = |number: u32| Told {
        number: Some(number),
        name: class_choice::name(dataset, number),
    };
    if !args.class.is_empty() {
        let named = args.class.iter();
        return named
            .map(|text| class_choice::find(trained, text).map(name))
            .collect();
    }
    let nothing = Told {
        number: None,
        name: "–".into(),
    };
    if !config.model.class_conditional() {
        return Ok(vec![nothing]);
    }
    let knows_all = config.answers_without_class();
    let all = (0..dataset.num_classes() as u32).map(name);
    Ok(all.chain(knows_all.then_some(nothing)).collect())
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

fn columns(dim: usize) -> Vec<String> {
    let axes = (1..=dim).map(|k| match dim {
        1 => "x".to_string(),
        _ => format!("x{k}"),
    });
    let rest = [
        "class",
        "estimate",
        "estimate_se",
        "prior_kl",
        "reconstruction",
        "bound",
        "bound_se",
        "flow",
        "flow_error",
        "exact",
    ];
    axes.chain(rest.map(String::from)).collect()
}

/// A row; `ln_scale` is ln|det| from standardised units to the data's own.
fn cells(
    x: &[f64],
    class: &str,
    bound: &BoundAt,
    flow: Option<LogLikelihood>,
    exact: Option<f64>,
    ln_scale: f64,
) -> Vec<Cell> {
    let whole = bound.value();
    let exact = match exact {
        Some(exact) if exact == f64::NEG_INFINITY => Cell::Text("-inf".into()),
        exact => Cell::from(exact),
    };
    let numbers = [
        Some(-bound.diffusion.value),
        Some(bound.diffusion.standard_error),
        Some(bound.prior.value),
        Some(bound.reconstruction + ln_scale),
        Some(whole.value - ln_scale),
        Some(whole.standard_error),
        flow.map(|flow| flow.value - ln_scale),
        flow.map(|flow| flow.error),
    ];
    let place = x.iter().map(|x| Cell::Number(*x));
    place
        .chain([Cell::from(class)])
        .chain(numbers.map(Cell::from))
        .chain([exact])
        .collect()
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
