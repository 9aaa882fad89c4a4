//! Where the error comes from, against a swept key.

use super::{
    by_key::{MOST_LINES, in_words},
    reference::reference,
    row::SweepFigure,
    scatter::FLATTENED,
};
use crate::{
    experiment::{
        run::record::ByCause,
        sweep::{
            effect::{self, Line as KeyLine, short},
            summary::Summary,
        },
    },
    figure::{
        AXIS, Across, Axis, Bar, Bars, Chart, Dots, Layer, Line, Marker, NOISE_FLOOR_LINE, Panel,
        QUIET_INK, Scale, Stroke, Ticks, range_without_outliers, series_color,
    },
    report::figure::Picture,
    text::{alike, number},
};

pub(super) const FIGURE: SweepFigure = SweepFigure {
    name: "attribution_by_KEY.png",
    caption: "Where the error comes from, against a swept key",
    help: "One picture for each swept key, one panel for each setting of the other keys, or one for their mean. Each value has a bar for \
           each cause: what it adds to the Wasserstein-1 distance (Shapley), as a mean over seeds. The short line over \
           the bars is their sum; a triangle is one beyond the axis. The grey dashed line is the noise floor, which perfect samples show.",
    render: |summary, _| FIGURE.for_keys(summary, |key| render(summary, key)),
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

/// The bars at one value of the key.
struct Group {
    label: String,
    shares: [f64; 3],
}

fn render<'a>(summary: &'a Summary, key: &str) -> Option<Picture<'a>> {
    let floor = reference(summary, "w1")?.noise_floor?;
    let (lines, shared) = effect::lines(summary, key);
    let found = lines
        .iter()
        .map(|line| (line.name(), groups(summary, line)));
    let mut found: Vec<_> = found.filter(|(_, groups)| groups.len() > 1).collect();
    if found.is_empty() {
        return None;
    }
    let held = match found.len() {
        n if n > MOST_LINES => {
            found = vec![(String::new(), mean(&summary.values(key), &found))];
            format!("mean over {n} lines of the other keys")
        }
        _ => in_words(&shared),
    };
    let y = scale(&found, floor);
    let panels: Vec<_> = found
        .iter()
        .map(|(name, groups)| Panel {
            heading: name.clone(),
            ..panel(groups, y.clone(), floor, short(key))
        })
        .collect();
    let separator = if held.is_empty() { "" } else { " · " };
    let chart = Chart {
        title: format!("Where the error comes from, against {}", short(key)),
        subtitle: format!(
            "shares of W1{} without sampling noise (Shapley), means over seeds{separator}{held}",
            match reference(summary, "sliced_w1") {
                Some(_) => ", averaged over the axes,",
                None => "",
            }
        ),
        columns: panels.len().min(3),
        panels,
        heights: vec![520.0],
        ..Chart::default()
    };
    Some(Picture::Chart(chart.with_shared_axes()))
}

/// The settings of a line whose runs have an attribution.
fn groups(summary: &Summary, line: &KeyLine) -> Vec<Group> {
    let group = |(value, place): &(String, usize)| {
        let members = summary.members(&summary.groups[*place]);
        let found = members.filter_map(|row| row.evaluation.as_ref()?.attribution.as_ref());
        let found: Vec<_> = found.map(|attribution| &attribution.shares).collect();
        let mean = |share: Share| {
            found.iter().map(|shares| share(shares)).sum::<f64>() / found.len() as f64
        };
        (!found.is_empty()).then(|| Group {
            label: value.clone(),
            shares: CAUSES.map(|(_, share)| mean(share)),
        })
    };
    line.points.iter().filter_map(group).collect()
}

/// The mean over lines at each value of the key, in the order of the values.
fn mean(values: &[String], lines: &[(String, Vec<Group>)]) -> Vec<Group> {
    let at = |value: &String| {
        let groups = lines.iter().flat_map(|(_, groups)| groups);
        let found: Vec<_> = groups.filter(|group| group.label == *value).collect();
        let mean = |k: usize| {
            let shares = found.iter().map(|group| group.shares[k]);
            shares.sum::<f64>() / found.len() as f64
        };
        (!found.is_empty()).then(|| Group {
            label: value.clone(),
            shares: std::array::from_fn(mean),
        })
    };
    values.iter().filter_map(at).collect()
}

impl Group {
    fn total(&self) -> f64 {
        self.shares.iter().sum()
    }
}

/// The heights that all panels share.
fn scale(lines: &[(String, Vec<Group>)], floor: f64) -> Option<Scale> {
    let groups = || lines.iter().flat_map(|(_, groups)| groups);
    // What diverged must not flatten all others: its sum is marked at the edge.
    let (_, top) = range_without_outliers(groups().map(Group::total), FLATTENED)?;
    let groups = || groups().filter(|group| group.total() <= top);
    let values = groups().flat_map(|g| g.shares.into_iter().chain([g.total()]));
    let y = Scale::covering(values.chain([0.0, floor]), false, 0.1)?;
    // Next to nothing below zero needs no room there.
    let lowest = groups().flat_map(|g| g.shares).fold(0.0, f64::min);
    Some(match y.low < 0.0 && lowest > -0.01 * y.high {
        true => Scale::linear(0.0, y.high),
        false => y,
    })
}

/// The sums that lie beyond the axis, at its edge.
fn beyond(groups: &[Group], top: f64) -> Option<Layer<'static>> {
    let sums = groups.iter().enumerate();
    let sums: Vec<_> = sums
        .map(|(i, group)| (i as f64, group.total()))
        .filter(|(_, total)| *total > top)
        .collect();
    (!sums.is_empty()).then(|| {
        let dots = Dots::new(sums, (Marker::Circle, 5.0), QUIET_INK);
        Layer::new(dots.pinned()).depth(2)
    })
}

fn panel(groups: &[Group], y: Option<Scale>, floor: f64, key: &str) -> Panel<'static> {
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
    layers.extend(y.as_ref().and_then(|y| beyond(groups, y.high)));
    let label = format!("noise floor {} (perfect samples)", number(floor));
    layers.push(Layer::new(Across::at_y(floor, NOISE_FLOOR_LINE)).label(label));
    layers.push(Layer::new(Across::at_y(0.0, Stroke::solid(AXIS, 1.0))));
    let names: Vec<_> = groups.iter().map(|group| group.label.clone()).collect();
    let names = alike(&names).into_iter().enumerate();
    let names = names.map(|(i, name)| (i as f64, name));
    let x = Scale::linear(-0.6, groups.len() as f64 - 0.4);
    Panel {
        x: Axis::new(x, key).ticks(Ticks::Names(names.collect())),
        y: Axis::new(y, "Wasserstein-1 distance (data units)"),
        layers,
        ..Panel::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(label: &str, shares: [f64; 3]) -> Group {
        Group {
            label: label.into(),
            shares,
        }
    }

    #[test]
    fn a_diverged_setting_does_not_flatten_the_others() {
        let groups = vec![
            group("1e-5", [0.0, 14.0, 13.0]),
            group("0.001", [0.0, 0.1, 0.1]),
            group("0.01", [0.01, 0.08, 0.05]),
            group("0.1", [0.0, 0.12, 0.05]),
        ];
        let y = scale(&[(String::new(), groups)], 0.06).expect("an axis");
        assert!(y.high > 0.2 && y.high < 0.3 && y.low == 0.0, "{y:?}");
    }

    #[test]
    fn a_key_with_many_lines_has_the_mean_over_them() {
        let lines: Vec<_> = (1..=9)
            .map(|i| {
                let size = f64::from(i);
                let shares = [[0.1 * size, 0.0, 0.0], [0.0, size, 2.0]];
                let groups = [group("cosine", shares[0]), group("linear", shares[1])];
                (format!("T = {i}"), groups.into_iter().collect::<Vec<_>>())
            })
            .collect();
        let values = ["linear", "cosine", "vp"].map(String::from);
        let found = mean(&values, &lines);
        let labels: Vec<_> = found.iter().map(|group| group.label.as_str()).collect();
        assert_eq!(labels, ["linear", "cosine"]);
        assert!(
            (found[0].shares[1] - 5.0).abs() < 1e-12 && (found[0].shares[2] - 2.0).abs() < 1e-12
        );
        assert!((found[1].total() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn every_value_has_a_label_of_one_notation_and_every_cause_its_place() {
        let groups = [
            group("0.00001", [0.0, 0.2, 0.1]),
            group("0.01", [0.1, 0.0, 0.1]),
        ];
        let found = panel(
            &groups,
            Some(Scale::linear(0.0, 0.4)),
            0.06,
            "learning_rate",
        );
        let names = [(0.0, "1e-5".to_string()), (1.0, "1e-2".to_string())];
        assert_eq!(found.x.ticks, Ticks::Names(names.to_vec()));
        let bars = found
            .layers
            .iter()
            .filter(|layer| CAUSES.iter().any(|(name, _)| layer.label == *name));
        assert_eq!(bars.count(), CAUSES.len());
    }
}
