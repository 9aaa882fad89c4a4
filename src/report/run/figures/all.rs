//! The figures of one run.

use crate::{
    evaluation::run::{Evaluation, Snapshot},
    experiment::{Split, run::record::TimestepLoss},
    figure::{
        AttributionFigure, AttributionGroup, AttributionPanel, BoundFigure, DenoiserErrorFigure,
        FigureError, HistogramAxis, HistogramFigure, LossByTimestepFigure, LossFigure,
        MarginalPanel, MarginalsFigure, ScheduleFigure, WassersteinFigure,
    },
    metric::{AxisAgreement, MetricValue},
    target::Mixture,
    text::significant,
};

pub(crate) type Render = fn(&Evaluation) -> Option<Result<Vec<u8>, FigureError>>;

/// Every figure of a run, by file name; each says itself whether it applies.
pub(crate) const FIGURES: &[(&str, Render)] = &[
    ("histogram.png", histogram),
    ("wasserstein.png", wasserstein),
    ("marginals.png", marginals),
    ("loss.png", loss),
    ("loss_by_timestep.png", loss_by_timestep),
    ("bound.png", bound),
    ("denoiser_error.png", denoiser_error),
    ("attribution.png", attribution),
    ("schedule.png", schedule),
];

/// Points of a density curve.
const CURVE_POINTS: usize = 600;

/// Mass on either side that a density curve leaves out.
const CURVE_TAIL: f64 = 2e-4;

/// What all figures of a run are about: data, schedule, sampler.
pub(crate) fn subject(evaluation: &Evaluation) -> String {
    let config = &evaluation.run.config;
    format!(
        "{} · {} schedule, T = {} · {}-prediction · {} · seed {}",
        config.name,
        config.process.schedule.kind(),
        config.process.num_timesteps,
        match config.model.prediction() {
            crate::diffusion::Prediction::Noise => "ε",
            crate::diffusion::Prediction::X0 => "x0",
            crate::diffusion::Prediction::V => "v",
            crate::diffusion::Prediction::Velocity => "velocity",
        },
        evaluation.record.sampler,
        config.seed,
    )
}

pub(crate) fn metric(evaluation: &Evaluation, name: &str) -> MetricValue {
    evaluation
        .record
        .metrics
        .get(name)
        .copied()
        .unwrap_or_default()
}

pub(crate) fn with_floor(value: &MetricValue) -> Option<String> {
    let (value, floor) = (value.value?, value.noise_floor?);
    Some(format!(
        "{} (noise floor {})",
        significant(value),
        significant(floor)
    ))
}

fn histogram(evaluation: &Evaluation) -> Option<Result<Vec<u8>, FigureError>> {
    let dim = evaluation.samples.dim();
    let columns: Vec<_> = (0..dim).map(|k| evaluation.samples.axis(k)).collect();
    let test: Vec<_> = (0..dim)
        .map(|k| evaluation.dataset.split(Split::Test).axis(k))
        .collect();
    let axis = |k: usize| {
        let law = evaluation
            .dataset
            .density
            .as_ref()
            .map(|density| density.axis(k));
        HistogramAxis {
            label: axis_name(dim, k),
            samples: &columns[k],
            reference: law.is_none().then_some(test[k].as_slice()),
            law: law.as_ref().and_then(|law| law_of_samples(evaluation, law)),
            density: law.map(|law| curve(&law)),
            note: String::new(),
        }
    };
    let mut axes: Vec<_> = (0..dim.min(4)).map(axis).collect();
    for (axis, agreement) in axes.iter_mut().zip(&evaluation.record.axes) {
        axis.note = axis_note(agreement);
    }
    let mut note = note_of_all(evaluation);
    if dim == 1 {
        axes[0].note = std::mem::take(&mut note);
    }
    let title = format!(
        "{} generated samples and the true density",
        evaluation.samples.len()
    );
    let figure = HistogramFigure {
        title,
        subtitle: subject(evaluation),
        axes,
        note,
    };
    Some(figure.render())
}

/// What one axis' panel of the histogram says of it.
fn axis_note(axis: &AxisAgreement) -> String {
    let with_floor = |name: &str, value: f64, floor: f64| {
        format!(
            "{name} {} (noise floor {})",
            significant(value),
            significant(floor)
        )
    };
    let w1 = match axis.w1.zip(axis.w1_noise_floor) {
        Some((w1, floor)) => with_floor("W1", w1, floor),
        None => with_floor("W1 to the test set", axis.w1_test, axis.w1_test_noise_floor),
    };
    let overlap = axis
        .histogram_overlap
        .zip(axis.histogram_overlap_noise_floor);
    let overlap = overlap.map(|(value, floor)| with_floor("overlap", value, floor));
    [Some(w1), overlap]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

/// W1 and log-likelihood, over all axes.
fn note_of_all(evaluation: &Evaluation) -> String {
    let to_exact =
        with_floor(&metric(evaluation, "w1")).map(|text| format!("W1 to the truth {text}"));
    let to_test =
        with_floor(&metric(evaluation, "w1_test")).map(|text| format!("W1 to the test set {text}"));
    let likelihood = metric(evaluation, "log_likelihood");
    let likelihood = likelihood
        .value
        .zip(likelihood.truth)
        .map(|(value, truth)| {
            format!(
                "mean log-likelihood {} (truth {})",
                significant(value),
                significant(truth)
            )
        });
    [to_exact.or(to_test), likelihood]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The density of the exact law of the samples, where that of the data is drawn.
fn law_of_samples(evaluation: &Evaluation, law: &Mixture) -> Option<Vec<(f64, f64)>> {
    let found = evaluation.exactly.law.as_ref()?;
    let affine = &evaluation.dataset.affine;
    let (shift, scale) = (affine.shift[0], affine.scale[0]);
    let density = |x: f64| found.curve.pdf((x - shift) / scale) / scale;
    Some(
        curve(law)
            .into_iter()
            .map(|(x, _)| (x, density(x)))
            .collect(),
    )
}

fn axis_name(dim: usize, k: usize) -> String {
    if dim == 1 {
        "x".into()
    } else {
        format!("x{}", k + 1)
    }
}

/// A law's density over where nearly all of its mass is.
pub(crate) fn curve(law: &Mixture) -> Vec<(f64, f64)> {
    let (low, high) = law.support();
    let low = law.quantile_between(CURVE_TAIL, low, high);
    let high = law.quantile_between(1.0 - CURVE_TAIL, low, high);
    let margin = 0.03 * (high - low);
    let (low, width) = (low - margin, high - low + 2.0 * margin);
    (0..CURVE_POINTS)
        .map(|i| low + width * i as f64 / (CURVE_POINTS - 1) as f64)
        .map(|x| (x, law.pdf(&[x])))
        .collect()
}

fn wasserstein(evaluation: &Evaluation) -> Option<Result<Vec<u8>, FigureError>> {
    let points = &evaluation.trajectory;
    let column = |f: fn(&crate::metric::TrajectoryPoint) -> Option<f64>| -> Vec<(f64, f64)> {
        points
            .iter()
            .filter_map(|point| f(point).map(|value| (point.t, value)))
            .collect()
    };
    let exact = column(|point| point.w1_exact);
    let floor = column(|point| point.w1_exact_noise_floor);
    let law = column(|point| point.w1_law);
    let figure = WassersteinFigure {
        title: "Wasserstein-1 distance between the reverse and the forward process".into(),
        subtitle: subject(evaluation),
        against_forward: column(|point| Some(point.w1_forward)),
        floor_forward: column(|point| Some(point.w1_forward_noise_floor)),
        against_exact: (!exact.is_empty()).then_some(exact),
        floor_exact: (!floor.is_empty()).then_some(floor),
        law: (!law.is_empty()).then_some(law),
        log_scale: evaluation.run.config.eval.log_scale,
    };
    Some(figure.render())
}

fn marginals(evaluation: &Evaluation) -> Option<Result<Vec<u8>, FigureError>> {
    let dim = evaluation.samples.dim();
    let panel = |snapshot: &Snapshot, axis: usize| {
        let point = evaluation
            .trajectory
            .iter()
            .find(|point| point.t == snapshot.t);
        let note = point.map(|point| {
            let value = point.w1_exact.unwrap_or(point.w1_forward);
            let floor = point
                .w1_exact_noise_floor
                .unwrap_or(point.w1_forward_noise_floor);
            format!("W1 {} (floor {})", significant(value), significant(floor))
        });
        let time = format!("t = {}", significant(snapshot.t));
        MarginalPanel {
            t: snapshot.t.round() as usize,
            label: match dim {
                1 => time,
                _ => format!("{}, {time}", axis_name(dim, axis)),
            },
            forward: snapshot.forward.axis(axis),
            reverse: snapshot.reverse.axis(axis),
            density: snapshot.law.as_ref().map(|law| curve(&law.axis(axis))),
            // That of the trajectory is the mean over all axes.
            note: note.filter(|_| dim == 1).unwrap_or_default(),
        }
    };
    // One row an axis, with as many times as fit into it.
    let (axes, times) = match dim {
        1 => (1, evaluation.snapshots.len()),
        _ => (dim.min(3), 4),
    };
    let snapshots = || evaluation.snapshots.iter().rev().take(times).rev();
    let rows = (0..axes).flat_map(|axis| snapshots().map(move |snapshot| (snapshot, axis)));
    let figure = MarginalsFigure {
        title: match dim {
            1 => "Forward and reverse process at chosen timesteps (xₜ standardised, W1 in data units)",
            _ => "Forward and reverse process along each axis at chosen timesteps (xₜ standardised)",
        }
        .into(),
        subtitle: subject(evaluation),
        panels: rows.map(|(snapshot, axis)| panel(snapshot, axis)).collect(),
    };
    Some(figure.render())
}

fn loss(evaluation: &Evaluation) -> Option<Result<Vec<u8>, FigureError>> {
    let records = &evaluation.losses;
    if evaluation.run.config.num_steps() == 0 {
        return None;
    }
    let step = |step: usize| step as f64;
    let best = records
        .iter()
        .min_by(|a, b| a.val_loss.total_cmp(&b.val_loss));
    let figure = LossFigure {
        title: "Training and validation loss (validation: one draw of the noise per point)".into(),
        subtitle: subject(evaluation),
        train: records
            .iter()
            .map(|r| (step(r.step), r.train_loss))
            .collect(),
        validation: records.iter().map(|r| (step(r.step), r.val_loss)).collect(),
        best: best.map(|r| (step(r.step), r.val_loss)),
        floor: metric(evaluation, "val_loss").truth,
        excess: records
            .iter()
            .filter_map(|r| Some((step(r.step), r.excess_loss?)))
            .collect(),
    };
    Some(figure.render())
}

fn schedule(evaluation: &Evaluation) -> Option<Result<Vec<u8>, FigureError>> {
    let schedule = &evaluation.schedule;
    let all = 0..=schedule.num_timesteps();
    let kl = evaluation.record.prior_kl;
    let figure = ScheduleFigure {
        title: format!(
            "Noise schedule {}, T = {}",
            evaluation.run.config.process.schedule.kind(),
            schedule.num_timesteps()
        ),
        subtitle: String::new(),
        signal: schedule.levels().iter().map(|level| level.signal).collect(),
        noise: schedule.levels().iter().map(|level| level.noise).collect(),
        beta: all.map(|t| schedule.beta(t)).collect(),
        note: format!(
            "at t = T: the signal is {}{}",
            significant(schedule.terminal().signal),
            kl.map_or(String::new(), |kl| format!(
                ", KL from q_T to where sampling starts {} nats",
                significant(kl)
            ))
        ),
    };
    Some(figure.render())
}

fn loss_by_timestep(evaluation: &Evaluation) -> Option<Result<Vec<u8>, FigureError>> {
    let losses = &evaluation.exactly.losses;
    let column = |f: fn(&TimestepLoss) -> f64| -> Vec<(f64, f64)> {
        losses.iter().map(|loss| (loss.t as f64, f(loss))).collect()
    };
    let figure = LossByTimestepFigure {
        title: "Loss and irreducible loss at every timestep, over all x".into(),
        subtitle: subject(evaluation),
        floor: column(|loss| loss.floor),
        loss: column(|loss| loss.loss),
        excess: column(|loss| loss.excess),
        note: match metric(evaluation, "excess_loss").value {
            Some(excess) => format!("mean excess over t: {}", significant(excess)),
            None => String::new(),
        },
    };
    (!losses.is_empty()).then(|| figure.render())
}

fn bound(evaluation: &Evaluation) -> Option<Result<Vec<u8>, FigureError>> {
    let terms = &evaluation.exactly.bound;
    let trained = evaluation.run.config.num_steps() > 0;
    let figure = BoundFigure {
        title: "What the network's error at each timestep costs".into(),
        subtitle: subject(evaluation),
        nats: terms
            .iter()
            .map(|term| (term.t as f64, term.nats))
            .collect(),
        note: format!(
            "½ (SNR(t − 1) − SNR(t)) E‖x̂0 − E[x0 | xₜ]‖², above what the Bayes denoiser pays; \
             {} nats together",
            evaluation.record.bound_nats.map_or("–".into(), significant)
        ),
    };
    (trained && !terms.is_empty()).then(|| figure.render())
}

fn denoiser_error(evaluation: &Evaluation) -> Option<Result<Vec<u8>, FigureError>> {
    let trained = evaluation.run.config.num_steps() > 0;
    let map = evaluation.exactly.map.as_ref().filter(|_| trained)?;
    let counted = |(error, density): (&f64, &f64)| error * density.sqrt();
    let error: Vec<_> = map.error.iter().zip(&map.density).map(counted).collect();
    let figure = DenoiserErrorFigure {
        title: "Where the denoiser errs: ε̂ − ε* over x and t, weighted by √q_t(x)".into(),
        subtitle: subject(evaluation),
        x: &map.x,
        t: &map.t,
        error: &error,
        note: "the square, integrated over x, is the excess loss at t in units of ε; orange: too much \
               noise predicted, blue: too little"
            .into(),
    };
    Some(figure.render())
}

fn attribution(evaluation: &Evaluation) -> Option<Result<Vec<u8>, FigureError>> {
    let record = &evaluation.record;
    let found = record.attribution.as_ref()?;
    let shares = found.shares;
    let group = AttributionGroup {
        label: String::new(),
        shares: [shares.prior, shares.network, shares.discretisation],
        total: shares.prior + shares.network + shares.discretisation,
        errors: found.standard_errors.as_ref().map(|errors| {
            let (shares, total) = (&errors.shares, found.total().standard_error);
            let total = total.unwrap_or_default();
            [shares.prior, shares.network, shares.discretisation, total]
        }),
    };
    let title = match found.verdict.as_str() {
        "sample_size" if found.total().w1 < found.sample_floor => {
            "Nothing to blame: the error is below the sampling noise".into()
        }
        "sample_size" => "No cause of the error is beyond its own uncertainty".into(),
        cause => format!("Most of the error comes from the {cause}"),
    };
    let figure = AttributionFigure {
        title,
        subtitle: subject(evaluation),
        panels: vec![AttributionPanel {
            heading: String::new(),
            groups: vec![group],
        }],
        x_label: "a share is what a cause adds to W1, averaged over all orders (Shapley)".into(),
        y_label: "Wasserstein-1 distance (data units)".into(),
        noise_floor: found.sample_floor,
        note: record.verdict.clone().unwrap_or_default().replace('`', ""),
    };
    Some(figure.render())
}
