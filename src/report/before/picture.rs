//! What is known of a run before training, on one page: data, schedule, losses, noise floor.

use crate::{
    distance::wasserstein::{one_sample_floor, sorted, spread_of_samples, two_sample_factor},
    experiment::{Dataset, Split},
    figure::{
        Across, Area, Axis, Bins, Chart, Dash, Dots, Layer, Line, Marker, NOISE_FLOOR_FILL,
        NOISE_FLOOR_LINE, Panel, REFERENCE_LINE, SERIES, Scale, Steps, Stroke, TRUTH, TRUTH_LINE,
        range, series_color,
    },
    forecast::{description::Forecast, facts::Description},
    report::{
        density_curve::curve,
        figure::{Figure, Picture},
        time_axis::time_axis_between,
    },
    text::{above_rounding, significant},
    truth::LossAt,
};

/// The picture of a description.
pub(crate) const FIGURE: Figure<for<'a> fn(&'a Forecast) -> Option<Picture<'a>>> = Figure {
    name: "before.png",
    caption: "What is known before training",
    help: "The upper panels show the density of the data with its modes, and signal and noise at each timestep. \
           The lower ones show the loss of a perfect network beside simpler denoisers, and the Wasserstein-1 \
           distance that perfect samples show. The grey band marks the timesteps at which xₜ leaves 5 % to 95 % \
           of x0 open.",
    render,
};

/// Numbers of samples at which the noise floor is drawn: 10 to 10 million, four to a decade.
const FLOOR_POINTS: i32 = 24;

/// Bins of a histogram of data whose density is not known, at most.
const MOST_BINS: f64 = 60.0;

/// Losses higher than this, in units that explode at one end, are only readable by their logarithm.
const READABLE: f64 = 20.0;

const HERE: Stroke = Stroke::solid(TRUTH.tint(0.5), 1.2);

fn render<'a>(forecast: &'a Forecast) -> Option<Picture<'a>> {
    let found = &forecast.description;
    Some(Picture::Chart(Chart {
        title: format!("{}, before training", found.name),
        subtitle: format!(
            "{} schedule, T = {} · {}-prediction · {}",
            found.schedule.kind,
            found.schedule.num_timesteps,
            found.network.prediction,
            found.sampler.sampler
        ),
        panels: vec![
            density(&forecast.dataset, found),
            levels(forecast),
            losses(forecast),
            distances(&forecast.dataset, found),
        ],
        columns: 2,
        heights: vec![430.0],
        note: note(found),
        ..Chart::default()
    }))
}

/// The density of the first axes of the data, or a histogram of the training points where it is not known.
fn density(dataset: &Dataset, found: &Description) -> Panel<'static> {
    let dim = dataset.dim();
    let mut layers = vec![];
    let (mut ends, mut tops, mut names) = (vec![], vec![], vec![]);
    let mut modes: Vec<(f64, f64)> = vec![];
    for k in 0..dim.min(2) {
        let axis = dataset.axes.label(k);
        let of = match dim {
            1 => String::new(),
            _ => format!(" of {axis}"),
        };
        names.push(axis);
        // The truth is dark, points are orange; the second axis is dashed.
        let stroke = |stroke: Stroke| match k {
            0 => stroke,
            _ => Stroke::dashed(stroke.color, stroke.width, Dash::Dashed),
        };
        if let Some(law) = dataset.density.as_ref().map(|density| density.axis(k)) {
            let points = curve(&law);
            ends.extend(points.iter().map(|p| p.0));
            tops.extend(points.iter().map(|p| p.1));
            let at_modes = found.data.modes.iter().flatten();
            modes.extend(at_modes.map(|x| (*x, law.pdf(&[*x]))));
            let line = Layer::new(Line::new(points, stroke(TRUTH_LINE)));
            layers.push(line.label(format!("true density{of}")));
        } else if let Some(bins) = counted(&dataset.split(Split::Train).axis(k)) {
            ends.extend([bins.low, bins.high]);
            tops.extend(bins.heights.iter().copied());
            let steps = Steps {
                bins,
                fill: None,
                outline: Some(stroke(REFERENCE_LINE)),
            };
            layers.push(Layer::new(steps).label(format!("training points{of}")));
        }
    }
    if !modes.is_empty() {
        let dots = Dots::new(modes, (Marker::Triangle, 5.0), TRUTH);
        layers.push(Layer::new(dots).label("mode"));
    }
    Panel {
        heading: "Density of the data".into(),
        x: Axis::new(Scale::covering(ends, false, 0.0), names.join(", ")),
        y: Axis::new(Scale::from_zero(tops), "density"),
        layers,
        ..Panel::default()
    }
}

/// The histogram of points whose density is not known.
fn counted(samples: &[f64]) -> Option<Bins> {
    let (low, high) = range(samples.iter().copied())?;
    let bins = (samples.len() as f64).sqrt().clamp(10.0, MOST_BINS) as usize;
    (low < high).then(|| Bins::new(samples, (low, high), bins))
}

/// A panel over all timesteps; behind its layers, those at which there is something to decide.
fn over_time(
    forecast: &Forecast,
    heading: &str,
    y: Axis,
    mut layers: Vec<Layer<'static>>,
) -> Panel<'static> {
    let last = forecast.schedule.num_timesteps() as f64;
    let undecided = forecast
        .description
        .schedule
        .undecided
        .zip(y.scale.as_ref());
    if let Some(((first, last), scale)) = undecided {
        let band = Area::upright((first as f64, last as f64), scale.high, NOISE_FLOOR_FILL);
        let label = "xₜ leaves 5 % to 95 % of x₀ open";
        layers.push(Layer::new(band).label(label).depth(-1));
    }
    Panel {
        heading: heading.into(),
        x: time_axis_between(0.0, last),
        y,
        layers,
        ..Panel::default()
    }
}

fn levels(forecast: &Forecast) -> Panel<'static> {
    let levels = forecast.schedule.levels();
    let values = levels.iter().flat_map(|level| [level.signal, level.noise]);
    let y = Axis::new(Scale::from_zero(values), "aₜ and sₜ");
    let line = |index: usize, label: &str, value: &dyn Fn(usize) -> f64| {
        let points: Vec<_> = (0..levels.len()).map(|t| (t as f64, value(t))).collect();
        Layer::new(Line::new(points, Stroke::solid(SERIES[index], 2.2))).label(label)
    };
    let lines = vec![
        line(0, "aₜ (signal)", &|t| levels[t].signal),
        line(1, "sₜ (noise)", &|t| levels[t].noise),
    ];
    over_time(forecast, "Signal and noise in xₜ", y, lines)
}

/// One of the losses at a timestep.
type Loss = fn(&LossAt) -> f64;

fn losses(forecast: &Forecast) -> Panel<'static> {
    let lines: [(Loss, Stroke, &str); 3] = [
        (
            |at| at.constant,
            Stroke::dashed(series_color(3), 2.0, Dash::Dashed),
            "best constant",
        ),
        (
            |at| at.linear,
            Stroke::dashed(series_color(4), 2.0, Dash::Dashed),
            "best linear denoiser",
        ),
        (|at| at.floor.value, TRUTH_LINE, "perfect network"),
    ];
    let all = || {
        let landscape = forecast.landscape.iter();
        landscape.flat_map(|landscape| &landscape.by_timestep)
    };
    let values: Vec<_> = all()
        .flat_map(|at| lines.map(|(loss, _, _)| loss(at)))
        .collect();
    let y = match values
        .iter()
        .any(|loss| loss.is_finite() && *loss > READABLE)
    {
        true => Scale::covering(values, true, 0.03),
        false => Scale::from_zero(values),
    };
    let layers = lines.map(|(loss, stroke, label)| {
        let points: Vec<_> = all().map(|at| (at.t as f64, loss(at))).collect();
        Layer::new(Line::new(points, stroke)).label(label)
    });
    let y = Axis::new(y, "loss");
    over_time(forecast, "Loss at each timestep", y, layers.into())
}

fn distances(dataset: &Dataset, found: &Description) -> Panel<'static> {
    let floor = noise_floor(dataset);
    let here = found.sampler.num_samples as f64;
    let perfect = found.sampler.perfect_network.map(|perfect| perfect.w1);
    let x = Scale::covering(floor.iter().map(|p| p.0).chain([here]), true, 0.0);
    let y = Scale::covering(floor.iter().map(|p| p.1).chain(perfect), true, 0.04);
    let mut layers = vec![
        Layer::new(Area::below(&floor, NOISE_FLOOR_FILL)).depth(-1),
        Layer::new(Line::new(floor, NOISE_FLOOR_LINE)).label("noise floor: W1 of perfect samples"),
        Layer::new(Across::at_x(here, HERE)).label("eval.num_samples"),
    ];
    layers.extend(perfect.map(|w1| {
        let stroke = Stroke::dashed(SERIES[2], 2.0, Dash::Dotted);
        Layer::new(Across::at_y(w1, stroke)).label("perfect network with this sampler")
    }));
    Panel {
        heading: "Wasserstein-1 distance that samples can show".into(),
        x: Axis::new(x, "number of samples"),
        y: Axis::new(y, "W1"),
        layers,
        ..Panel::default()
    }
}

/// E W1 of n perfect samples to the truth, or to the test split, against n.
fn noise_floor(dataset: &Dataset) -> Vec<(f64, f64)> {
    let dim = dataset.dim();
    let test = dataset.split(Split::Test);
    let laws: Option<Vec<_>> = dataset
        .density
        .as_ref()
        .map(|density| (0..dim).map(|k| density.axis(k)).collect());
    let spread: f64 = match &laws {
        Some(_) => 0.0,
        None => (0..dim)
            .map(|k| spread_of_samples(&sorted(test.axis(k))))
            .sum(),
    };
    let at = |i: i32| {
        let n = 10f64.powf(1.0 + f64::from(i) / 4.0).round();
        let floor = match &laws {
            Some(laws) => laws
                .iter()
                .map(|law| one_sample_floor(law, n as usize))
                .sum(),
            None => spread * two_sample_factor(n as usize, test.len()),
        };
        (n, floor / dim as f64)
    };
    (0..=FLOOR_POINTS).map(at).collect()
}

fn note(found: &Description) -> String {
    let Some(loss) = &found.loss else {
        return "The density of the data is not known, and with it the losses and the law of the samples."
            .into();
    };
    let floor = found
        .metrics
        .get("w1")
        .and_then(|metric| metric.noise_floor);
    let perfect = found.sampler.perfect_network;
    format!(
        "loss of a perfect network {}, of the best linear denoiser {} · {}, KL to the start {} \
         nats · noise floor of W1 {} at {} samples{}",
        significant(loss.floor),
        significant(loss.linear),
        found.schedule.terminal,
        found.schedule.prior_kl.map_or("–".into(), above_rounding),
        floor.map_or("–".into(), significant),
        found.sampler.num_samples,
        perfect.map_or_else(String::new, |perfect| format!(
            ", of a perfect network with this sampler {}",
            significant(perfect.w1)
        )),
    )
}
