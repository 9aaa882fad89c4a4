//! What the samples of one run are worth against what they cost, over all samplers that it was evaluated
//! with.

use crate::{
    error::Result,
    experiment::{
        Run,
        run::record::{EvalRecord, write_table},
    },
    figure::{Chart, NOISE_FLOOR_LINE},
    report::{
        figure::{self, Figure, Picture},
        sweep::figures::{BySetting, Places, SettingSeries},
    },
    terminal::options::Figures,
    text::significant,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The distances that are drawn, the first that there is.
const JUDGED: [&str; 3] = ["sliced_w1", "w1", "w1_test"];

const TABLE: &str = "sampling.csv";

type Render = for<'a> fn(&'a Run, &[Row]) -> Option<Picture<'a>>;

/// The figure of one run under several samplers.
pub(crate) const FIGURE: Figure<Render> = Figure {
    name: "sampling.png",
    caption: "Quality of the samples against their cost",
    help: "The Wasserstein-1 distance of the samples against the number of network evaluations for each sample, a line \
           for each sampler, all with the same weights. In more than one dimension it is the sliced one. The grey dashed line is the noise floor, which perfect samples \
           show.",
    render,
};

/// One evaluation.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    sampler: String,
    num_sampling_steps: usize,
    network_evaluations: f64,
    num_samples: usize,
    w1: Option<f64>,
    w1_test: Option<f64>,
    noise_floor: Option<f64>,
    w1_law: Option<f64>,
    histogram_overlap: Option<f64>,
    log_likelihood: Option<f64>,
    sliced_w1: Option<f64>,
}

impl Row {
    fn of(record: &EvalRecord) -> Option<Self> {
        let metric = |name: &str| record.metrics.get(name);
        let value = |name: &str| metric(name).and_then(|metric| metric.value);
        let judged = JUDGED.iter().find_map(|name| metric(name));
        Some(Self {
            sampler: record.method.clone()?,
            num_sampling_steps: record.num_sampling_steps,
            network_evaluations: record.network_evaluations?,
            num_samples: record.num_samples,
            w1: value("w1"),
            w1_test: value("w1_test"),
            noise_floor: judged.and_then(|metric| metric.noise_floor),
            w1_law: value("w1_law"),
            histogram_overlap: value("histogram_overlap"),
            log_likelihood: value("log_likelihood"),
            sliced_w1: value("sliced_w1"),
        })
    }

    /// W1 to the law of the data, or to the test points where there is none; of the plane that of all directions.
    fn distance(&self) -> Option<f64> {
        self.sliced_w1.or(self.w1).or(self.w1_test)
    }
}

/// Writes the table and the figure of all evaluations of a run into its directory; nothing if there is
/// but one.
pub(crate) fn write(run: &Run, figures: Figures) -> Result<()> {
    let records = run.eval_records()?;
    let mut rows: Vec<_> = records.iter().filter_map(Row::of).collect();
    if rows.len() < 2 {
        return Ok(());
    }
    rows.sort_by(|a, b| {
        let by_cost = a.network_evaluations.total_cmp(&b.network_evaluations);
        a.sampler.cmp(&b.sampler).then(by_cost)
    });
    write_table(&run.directory().join(TABLE), &rows)?;
    let picture = match figures {
        Figures::Png => (FIGURE.render)(run, &rows),
        // An earlier one shows other rows.
        Figures::None => None,
    };
    figure::write(&run.directory().join(FIGURE.name), picture)?;
    Ok(())
}

fn render<'a>(run: &'a Run, rows: &[Row]) -> Option<Picture<'a>> {
    let mut series: BTreeMap<&str, Vec<(f64, Vec<f64>)>> = BTreeMap::new();
    for row in rows {
        if let Some(distance) = row.distance() {
            let points = series.entry(&row.sampler).or_default();
            points.push((row.network_evaluations, vec![distance]));
        }
    }
    let floor = rows.iter().find_map(|row| row.noise_floor);
    let reference = floor.map(|floor| {
        let samples = significant(rows[0].num_samples as f64);
        let name = format!("noise floor at {samples} samples");
        (floor, name, NOISE_FLOOR_LINE)
    });
    let shown = BySetting {
        series: series
            .into_iter()
            .map(|(label, points)| SettingSeries {
                label: label.into(),
                points,
            })
            .collect(),
        x_label: "network evaluations a sample".into(),
        y_label: match rows.iter().all(|row| row.sliced_w1.is_some()) {
            true => "sliced Wasserstein-1 distance (data units)".into(),
            false => "Wasserstein-1 distance (data units)".into(),
        },
        log_y: true,
        places: Places::Numbers {
            log: true,
            values: vec![],
        },
        reference,
    };
    let config = &run.config;
    Some(Picture::Chart(Chart {
        title: "Quality of the samples against their cost".into(),
        subtitle: format!(
            "{} · {} schedule, T = {} · the same weights with every sampler",
            config.name,
            config.process.schedule.kind(),
            config.process.num_timesteps,
        ),
        panels: vec![shown.panel()],
        heights: vec![580.0],
        remarks: shown.remarks(),
        ..Chart::default()
    }))
}
