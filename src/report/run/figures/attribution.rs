//! Where the error of a run comes from: a bar for each cause, beside what sampling noise alone would show.

use super::{row::RunFigure, words::subject};
use crate::{
    evaluation::run::Evaluation,
    experiment::run::record::{AttributionRecord, Blamed, EvalRecord},
    figure::{
        AXIS, Across, Axis, Bar, Bars, Chart, Color, Layer, NOISE_FLOOR, Panel, QUIET_INK, Scale,
        Stroke, Ticks, series_color,
    },
    report::figure::Picture,
    text::with_error,
};

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "attribution.png",
    caption: "Where the error comes from",
    help: "A bar for each cause of error: what the prior, the network and the discretisation add to the Wasserstein-1 \
           distance, averaged over all orders (Shapley). Grey bars show their sum and the noise floor, which is what \
           perfect samples show. An error bar is one standard error.",
    render,
};

/// The part of the axis that is nothing.
const NEGLIGIBLE: f64 = 1e-4;

/// Half the width of a bar; bars are 1 apart.
const HALF: f64 = 0.32;

/// A cause, or what the causes are compared with.
struct Part {
    name: &'static str,
    value: f64,
    error: f64,
    color: Color,
}

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let record = &evaluation.record;
    let found = record.attribution.as_ref()?;
    Some(Picture::Chart(Chart {
        title: match found.verdict {
            Blamed::SampleSize if found.total().w1 < found.sample_floor => {
                "Nothing to blame: the error is below the sampling noise".into()
            }
            Blamed::SampleSize => "No cause of the error is beyond its own uncertainty".into(),
            cause => format!("Most of the error comes from the {cause}"),
        },
        subtitle: subject(evaluation),
        panels: vec![panel(&parts(found), distance(record))],
        heights: vec![500.0],
        note: record.verdict.clone().unwrap_or_default().replace('`', ""),
        ..Chart::default()
    }))
}

fn parts(found: &AttributionRecord) -> Vec<Part> {
    let shares = &found.shares;
    let errors = found.standard_errors.as_ref().map(|errors| &errors.shares);
    let total_error = errors.and(found.total().standard_error);
    let part = |name, value, error: Option<f64>, color| Part {
        name,
        value,
        error: error.unwrap_or(0.0),
        color,
    };
    vec![
        part(
            "prior (share)",
            shares.prior,
            errors.map(|e| e.prior),
            series_color(0),
        ),
        part(
            "network (share)",
            shares.network,
            errors.map(|e| e.network),
            series_color(1),
        ),
        part(
            "discretisation (share)",
            shares.discretisation,
            errors.map(|e| e.discretisation),
            series_color(2),
        ),
        part(
            "W1 without noise (sum)",
            shares.prior + shares.network + shares.discretisation,
            total_error,
            QUIET_INK,
        ),
        part(
            "noise floor of the samples",
            found.sample_floor,
            None,
            NOISE_FLOOR,
        ),
    ]
}

/// What the bars measure.
fn distance(record: &EvalRecord) -> &'static str {
    match record.axes.is_empty() {
        true => "Wasserstein-1 distance (data units)",
        false => "Wasserstein-1 distance along the axes, averaged (data units)",
    }
}

fn panel(parts: &[Part], distance: &str) -> Panel<'static> {
    // Whiskers towards 0 need no room.
    let ends = parts.iter().flat_map(|part| {
        let end = part.value + part.error.copysign(part.value);
        [part.value, end]
    });
    let values: Vec<_> = ends.chain([0.0]).collect();
    let y = Scale::covering(values.iter().copied(), false, 0.1).map(|y| {
        // Next to nothing below zero needs no room there.
        let low = values.iter().copied().fold(0.0, f64::min);
        Scale::linear(if low < -0.01 * y.high { y.low } else { 0.0 }, y.high)
    });
    let nothing = NEGLIGIBLE * y.as_ref().map_or(0.0, |y| y.high);
    let bar = |(i, part): (usize, &Part)| {
        let negligible = part.value.abs() < nothing;
        let bar = Bar {
            x: (i as f64 - HALF, i as f64 + HALF),
            from: 0.0,
            to: if negligible { 0.0 } else { part.value },
            error: if part.error > nothing {
                part.error
            } else {
                0.0
            },
            text: match negligible && part.error < nothing {
                true => "≈ 0".into(),
                false => with_error(part.value, part.error),
            },
        };
        Layer::new(Bars {
            bars: vec![bar],
            color: part.color,
        })
    };
    let names = parts.iter().enumerate();
    let names = names.map(|(i, part)| (i as f64, part.name.to_string()));
    let x = Axis::new(
        Scale::linear(-0.6, parts.len() as f64 - 0.4),
        "a share is what a cause adds to W1, averaged over all orders (Shapley)",
    );
    let zero = Across::at_y(0.0, Stroke::solid(AXIS, 1.0));
    Panel {
        x: x.ticks(Ticks::Names(names.collect())),
        y: Axis::new(y, distance),
        layers: parts
            .iter()
            .enumerate()
            .map(bar)
            .chain([Layer::new(zero)])
            .collect(),
        ..Panel::default()
    }
}
