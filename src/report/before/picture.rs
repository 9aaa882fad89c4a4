//! The description as a picture.

use crate::{
    distance::wasserstein::{one_sample_floor, sorted, spread_of_samples, two_sample_factor},
    experiment::{Dataset, Split},
    figure::{FigureError, LossLine, OverviewDensity, OverviewFigure},
    forecast::{description::Forecast, facts::Description},
    report::run::figures::all,
    text::significant,
};

/// Numbers of samples at which the noise floor is drawn: 10 to 10 million, four to a decade.
const FLOOR_POINTS: i32 = 24;

pub(crate) fn draw(forecast: &Forecast) -> Result<Vec<u8>, FigureError> {
    let Forecast {
        dataset,
        schedule,
        landscape,
        description: found,
    } = forecast;
    let landscape = landscape.as_ref();
    let curve = |f: &dyn Fn(&crate::truth::LossAt) -> f64| -> Vec<(f64, f64)> {
        let all = landscape
            .iter()
            .flat_map(|landscape| &landscape.by_timestep);
        all.map(|at| (at.t as f64, f(at))).collect()
    };
    let losses = landscape.map_or(vec![], |_| {
        vec![
            LossLine::new("best constant", curve(&|at| at.constant)),
            LossLine::new("best linear denoiser", curve(&|at| at.linear)),
        ]
    });
    OverviewFigure {
        title: format!("{}, before training", found.name),
        subtitle: format!(
            "{} schedule, T = {} · {}-prediction · {}",
            found.schedule.kind,
            found.schedule.num_timesteps,
            found.network.prediction,
            found.sampler.sampler
        ),
        density: density(dataset, found),
        signal: schedule.levels().iter().map(|level| level.signal).collect(),
        noise: schedule.levels().iter().map(|level| level.noise).collect(),
        undecided: found
            .schedule
            .undecided
            .map(|(first, last)| (first as f64, last as f64)),
        floor: curve(&|at| at.floor.value),
        losses,
        noise_floor: noise_floor(dataset),
        num_samples: found.sampler.num_samples as f64,
        perfect: found.sampler.perfect_network.map(|perfect| perfect.w1),
        note: note(found),
    }
    .render()
}

fn density(dataset: &Dataset, found: &Description) -> Vec<OverviewDensity> {
    let dim = dataset.dim();
    let axis = |k: usize| {
        let label = match dim {
            1 => "x".to_string(),
            _ => format!("x{}", k + 1),
        };
        let train = dataset.split(Split::Train).axis(k);
        let law = dataset.density.as_ref().map(|density| density.axis(k));
        let modes = found.data.modes.iter().flatten();
        OverviewDensity {
            label,
            modes: match &law {
                Some(law) => modes.map(|x| (*x, law.pdf(&[*x]))).collect(),
                None => vec![],
            },
            curve: law.as_ref().map(all::curve),
            samples: train,
        }
    };
    (0..dim.min(2)).map(axis).collect()
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
        "loss of a perfect network {}, of the best linear denoiser {} · √ᾱ at t = T {}, KL to the prior {} \
         nats · noise floor of W1 {} at {} samples{}",
        significant(loss.floor),
        significant(loss.linear),
        significant(found.schedule.terminal_signal),
        found.schedule.prior_kl.map_or("–".into(), significant),
        floor.map_or("–".into(), significant),
        found.sampler.num_samples,
        perfect.map_or_else(String::new, |perfect| format!(
            ", of a perfect network with this sampler {}",
            significant(perfect.w1)
        )),
    )
}
