//! Where the error comes from, against the number of timesteps.

use super::{reference::reference, row::SweepFigure};
use crate::{
    experiment::{
        run::record::ByCause,
        sweep::summary::{Series, Summary},
    },
    figure::{
        AXIS, Across, Axis, Bar, Bars, Chart, Layer, Line, NOISE_FLOOR_LINE, Panel, QUIET_INK,
        Scale, Stroke, Ticks, series_color,
    },
    report::figure::Picture,
    text::number,
};

pub(super) const FIGURE: SweepFigure = SweepFigure {
    name: "attribution_by_num_timesteps.png",
    caption: "Where the error comes from, against the number of timesteps",
    help: "Each number of timesteps has a bar for each cause: what it adds to the Wasserstein-1 distance \
           (Shapley), as a mean over seeds. The short line over the bars is their sum. The grey dashed line is \
           the noise floor, which perfect samples show.",
    render,
};

/// The number of one cause.
type Share = fn(&ByCause<f64>) -> f64;

/// The causes, in the order of their bars.
const CAUSES: [(&str, Share); 3] = [
    ("prior", |c| c.prior),
    ("network", |c| c.network),
    ("discretisation", |c| c.discretisation),
];

/// Width of a bar; groups are 1 apart.
const BAR: f64 = 0.24;

/// The bars at one number of timesteps.
struct Group {
    label: String,
    shares: [f64; 3],
}

fn render<'a>(summary: &'a Summary) -> Option<Picture<'a>> {
    if !summary.varies_num_timesteps() {
        return None;
    }
    let by_schedule = groups(summary);
    let floor = reference(summary, "w1")?.noise_floor?;
    if by_schedule.is_empty() {
        return None;
    }
    let y = scale(&by_schedule, floor);
    let panels: Vec<_> = by_schedule
        .iter()
        .map(|(schedule, groups)| Panel {
            heading: format!("{schedule} schedule"),
            ..panel(groups, y.clone(), floor)
        })
        .collect();
    Some(Picture::Chart(Chart {
        title: "Where the error comes from, against the number of timesteps".into(),
        subtitle: "shares of W1 without sampling noise (Shapley), means over seeds · runs at the most common value \
                   of every other setting"
            .into(),
        columns: panels.len().min(3),
        panels,
        heights: vec![520.0],
        ..Chart::default()
    }))
}

/// The groups of each schedule.
fn groups(summary: &Summary) -> Vec<(String, Vec<Group>)> {
    let causes = CAUSES.map(|(_, share)| {
        summary.by_num_timesteps_of(|row| {
            let found = row.evaluation.as_ref()?.attribution.as_ref()?;
            Some(share(&found.shares))
        })
    });
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let of_schedule = |(s, (schedule, points)): (usize, &(String, Series))| {
        let group = |i: usize| Group {
            label: points[i].0.to_string(),
            shares: [0, 1, 2].map(|cause: usize| mean(&causes[cause][s].1[i].1)),
        };
        (schedule.clone(), (0..points.len()).map(group).collect())
    };
    causes[0].iter().enumerate().map(of_schedule).collect()
}

impl Group {
    fn total(&self) -> f64 {
        self.shares.iter().sum()
    }
}

/// The heights that all panels share.
fn scale(by_schedule: &[(String, Vec<Group>)], floor: f64) -> Option<Scale> {
    let groups = || by_schedule.iter().flat_map(|(_, groups)| groups);
    let values = groups().flat_map(|g| g.shares.into_iter().chain([g.total()]));
    let y = Scale::covering(values.chain([0.0, floor]), false, 0.1)?;
    // Next to nothing below zero needs no room there.
    let lowest = groups().flat_map(|g| g.shares).fold(0.0, f64::min);
    Some(match y.low < 0.0 && lowest > -0.01 * y.high {
        true => Scale::linear(0.0, y.high),
        false => y,
    })
}

fn panel(groups: &[Group], y: Option<Scale>, floor: f64) -> Panel<'static> {
    let mut layers = vec![];
    for (k, (name, _)) in CAUSES.iter().enumerate() {
        let bar = |(i, group): (usize, &Group)| {
            let middle = i as f64 + (k as f64 - 1.0) * (BAR + 0.02);
            Bar {
                x: (middle - 0.5 * BAR, middle + 0.5 * BAR),
                to: group.shares[k],
                ..Bar::default()
            }
        };
        let bars = Bars {
            bars: groups.iter().enumerate().map(bar).collect(),
            color: series_color(k),
        };
        layers.push(Layer::new(bars).label(*name));
    }
    for (i, group) in groups.iter().enumerate() {
        let reach = 1.5 * BAR + 0.06;
        let ends = [-reach, reach].map(|reach| (i as f64 + reach, group.total()));
        let line = Line::new(ends.to_vec(), Stroke::solid(QUIET_INK, 2.2));
        layers.push(Layer::new(line).label("sum: W1 without sampling noise"));
    }
    let label = format!("noise floor {} (perfect samples)", number(floor));
    layers.push(Layer::new(Across::at_y(floor, NOISE_FLOOR_LINE)).label(label));
    layers.push(Layer::new(Across::at_y(0.0, Stroke::solid(AXIS, 1.0))));
    let names = groups.iter().enumerate();
    let names = names.map(|(i, group)| (i as f64, group.label.clone()));
    let x = Scale::linear(-0.6, groups.len() as f64 - 0.4);
    Panel {
        x: Axis::new(x, "number of timesteps T").ticks(Ticks::Names(names.collect())),
        y: Axis::new(y, "Wasserstein-1 distance (data units)"),
        layers,
        ..Panel::default()
    }
}
