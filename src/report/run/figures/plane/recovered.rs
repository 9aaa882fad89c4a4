//! Points noised and recovered in one step.

use super::parts::{data, generated, standardized_axes};
use crate::{
    evaluation::{plane::recovery::Recovered, run::Evaluation},
    figure::{Chart, Layer, Panel, square_window},
    report::{
        figure::Picture,
        run::figures::{row::RunFigure, words::subject},
    },
    text::{significant, written},
};

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "recovered.png",
    caption: "Points noised and recovered in one step",
    help: "Each row noises test points to one timestep and recovers them with a single answer of the denoiser. The exact \
           mean of x0 given xₜ has the least root mean square distance (rms) to the originals; no denoiser recovers \
           the points themselves.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let recovered = &evaluation.material.plane.as_ref()?.recovered;
    let clouds = recovered.iter().flat_map(|row| {
        let all = [&row.original, &row.noised, &row.estimate];
        all.into_iter().chain(&row.bayes)
    });
    let clouds: Vec<&[f64]> = clouds.map(Vec::as_slice).collect();
    let window = square_window(&[], &clouds);
    let panels: Vec<_> = recovered.iter().flat_map(row).collect();
    let panel = |(heading, points, layer): (String, Option<String>, Layer<'a>)| {
        let note = points.unwrap_or_default();
        Panel::plane(
            window,
            standardized_axes(&evaluation.trained.dataset),
            vec![layer],
        )
        .titled(heading, note)
    };
    let errors = recovered
        .iter()
        .map(|row| row.numbers.largest_error.unwrap_or(f64::INFINITY));
    let chart = Chart {
        title: "Data, noised and recovered in one step".into(),
        subtitle: subject(evaluation),
        columns: panels.len() / recovered.len().max(1),
        panels: panels.into_iter().map(panel).collect(),
        note: format!(
            "rms: root of the mean square distance per axis to the original. No denoiser recovers the points, since xₜ does not \
             say which noise was added: the exact mean has the least rms. {}",
            with_own_noise(errors.fold(0.0, f64::max))
        ),
        ..Chart::default()
    };
    Some(Picture::Chart(chart.with_shared_axes()))
}

/// Errors up to this are rounding: the points are of size 1.
const ROUNDING: f64 = 1e-9;

/// What comes back where the noise that was added is known.
fn with_own_noise(largest_error: f64) -> String {
    match largest_error <= ROUNDING {
        true => "With the noise that was added, all points come back exactly.".into(),
        false => format!(
            "With the noise that was added, the largest error is {}.",
            significant(largest_error)
        ),
    }
}

/// The panels of one noise level: heading, remark and points.
fn row(recovered: &Recovered) -> Vec<(String, Option<String>, Layer<'_>)> {
    let numbers = recovered.numbers;
    let rms = |rms: Option<f64>| Some(format!("rms {}", rms.map_or("–".into(), significant)));
    let (noised, learned) = (&recovered.noised, &recovered.estimate);
    let time = written(numbers.t);
    let points = "test data, noised";
    let answers = match recovered.bayes {
        Some(_) => "x̂0 = E[x0 given xₜ], learned and exact",
        None => "x̂0, learned",
    };
    let mut row = vec![
        ("original".into(), None, data(&recovered.original, points)),
        (
            format!("noised, t = {time}"),
            rms(numbers.rms_noised),
            data(noised, points),
        ),
        (
            "recovered".into(),
            rms(numbers.rms_estimate),
            generated(learned, answers),
        ),
    ];
    if let Some(bayes) = &recovered.bayes {
        row.push((
            "exact mean".into(),
            rms(numbers.rms_exact),
            generated(bayes, answers),
        ));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_no_error() {
        assert!(with_own_noise(8.882e-16).ends_with("come back exactly."));
        assert!(with_own_noise(0.0).ends_with("come back exactly."));
        assert!(with_own_noise(0.0123).ends_with("error is 0.01230."));
        assert!(!with_own_noise(f64::INFINITY).contains("exactly"));
    }
}
