//! The numbers of a run: every metric beside its truth and its noise, and what they mean.

use crate::{
    evaluation::{
        judged::{Judged, Tests},
        verdict::{MOST, dearest_timesteps},
    },
    experiment::run::record::{BoundTerm, EvalRecord, LikelihoodRecord},
    metric::{Judgement, METRICS, Metric},
    report::{
        page::{
            sentence::Sentence,
            tree::{Page, Table, numbers, words},
        },
        run::{legend, verdict},
    },
    text::{significant, with_digits},
};

/// Most discrete coordinates that are told of by name.
const MOST_NAMED: usize = 4;

/// The table of the metrics, and what follows from it; `num_test` test points are compared with.
pub(crate) fn section(page: &mut Page, record: &EvalRecord, bound: &[BoundTerm], num_test: usize) {
    page.table(metrics(record));
    page.paragraph(legend::sentences(record, num_test));
    page.paragraph(discrete(record));
    page.paragraph(seen_by_excess(record));
    page.paragraph(between_truth_and_collapse(record));
    page.paragraph(likelihood(record));
    page.paragraph([bound_nats(record), dearest(bound)]);
    if !record.axes.is_empty() {
        page.paragraph([Some("Along each axis:".into())]);
        page.table(axes(record));
    }
}

/// A number, or a dash where there is none.
pub(crate) fn number(value: Option<f64>) -> Sentence {
    Sentence::verbatim(value.map_or("–".into(), significant))
}

fn metrics(record: &EvalRecord) -> Table {
    let tests = Tests::of(record);
    let rows = METRICS
        .iter()
        .filter_map(|metric| row(record, &tests, *metric));
    Table::new([
        words("metric"),
        words("what it is"),
        numbers("value"),
        numbers("truth"),
        numbers("noise floor"),
        numbers("99 % bound"),
        numbers("p-value"),
        words("judgement"),
    ])
    .rows(rows)
}

fn row(record: &EvalRecord, tests: &Tests, metric: &dyn Metric) -> Option<[Sentence; 8]> {
    let (name, value) = (metric.name(), record.metrics.get(metric.name())?);
    let with_error = |number: String, error: Option<f64>| match error {
        Some(error) => format!("{number} ± {}", with_digits(error, 2)),
        None => number,
    };
    let shown = value.value.map_or("–".into(), significant);
    let truth = value
        .truth
        .filter(|_| !legend::is_to_finite_split(record, name));
    let truth = truth.map_or("–".into(), significant);
    Some([
        name.into(),
        metric.title().into(),
        with_error(shown, value.standard_error.or(value.numerical_error)).into(),
        with_error(truth, value.truth_standard_error).into(),
        around(value.noise_floor, legend::is_deviation(name)),
        around(value.noise_bound, legend::is_around_truth(name)),
        Sentence::verbatim(value.p_value.map_or("–".into(), p_value)),
        verdict::judgement(Judged::of(record, tests, metric)).into(),
    ])
}

/// A p-value; smaller ones than a hundred-thousandth are all the same.
pub(super) fn p_value(p: f64) -> String {
    match p < 1e-5 {
        true => "≤ 0.00001".into(),
        false => with_digits(p, 2),
    }
}

/// A number, after ± where it is a distance from the truth.
fn around(value: Option<f64>, is_distance: bool) -> Sentence {
    match value.filter(|_| is_distance) {
        Some(value) => format!("± {}", significant(value)).into(),
        None => number(value),
    }
}

/// What the excess loss sees and the noise of the validation loss hides.
fn seen_by_excess(record: &EvalRecord) -> Vec<Option<Sentence>> {
    let tests = Tests::of(record);
    let judged = |name: &str| {
        let metric = METRICS.iter().find(|metric| metric.name() == name)?;
        Judged::of(record, &tests, *metric)
    };
    let hidden = Some(Judged::ByNoise(Judgement::Indistinguishable));
    let (
        true,
        Some(Judged::ByError {
            errors,
            is_beyond: true,
        }),
    ) = (judged("val_loss") == hidden, judged("excess_loss"))
    else {
        return vec![];
    };
    let excess = record.metrics["excess_loss"].value;
    let part = excess.zip(record.metrics["val_loss"].truth);
    let mut said = vec![format!(
        "`val_loss` cannot tell this network from a perfect one, but `excess_loss` can: it is {} of its errors above 0.",
        with_digits(errors, 2)
    )];
    said.extend(
        part.filter(|(_, floor)| *floor > 0.0)
            .map(|(excess, floor)| {
                format!(
                    "It is {} % of the loss of a perfect network.",
                    with_digits(100.0 * excess / floor, 2)
                )
            }),
    );
    said.into_iter().map(|text| Some(text.into())).collect()
}

/// A density whose peak is no higher than its mean, but for rounding, is flat.
const FLAT: f64 = 1e-9;

/// What the log-likelihood of the samples is between: the truth and a model that collapses.
fn between_truth_and_collapse(record: &EvalRecord) -> Vec<Option<Sentence>> {
    let likelihood = record.metrics.get("log_likelihood");
    let found = likelihood.and_then(|found| Some((found, found.truth?, record.max_ln_p?)));
    let Some((likelihood, truth, highest)) = found else {
        return vec![];
    };
    let outside = likelihood.outside_fraction;
    let of_samples = match likelihood.value {
        Some(value) => format!(
            "The log-likelihood of the samples is {}.",
            significant(value)
        ),
        None => format!(
            "The samples have no mean log-likelihood: {} % of them lie where the density is 0.",
            outside.map_or("–".into(), |fraction| with_digits(100.0 * fraction, 2))
        ),
    };
    let is_flat = highest - truth < FLAT * (1.0 + truth.abs());
    let of_collapse = match is_flat {
        true => "No sample can have more: p is the same wherever there is data.".into(),
        false => format!(
            "More is not better: a model that puts every sample on the highest peak of p has {} \
             (= max ln p).",
            significant(highest)
        ),
    };
    let sentences = [
        of_samples,
        format!(
            "That of perfect samples is {} (= −H(p)).",
            significant(truth)
        ),
        of_collapse,
    ];
    sentences.map(|text| Some(text.into())).to_vec()
}

/// What likelihood the model gives to the data, and how that is known.
fn likelihood(record: &EvalRecord) -> Vec<Option<Sentence>> {
    let Some(found) = &record.likelihood else {
        return vec![];
    };
    let source = match record.exact_law {
        Some(_) => "It follows from the exact law of the samples.".to_string(),
        None => format!(
            "It follows from the probability flow in {} steps, with its exact divergence, over {} test \
             points.",
            found.num_steps, found.num_points
        ),
    };
    let mut said = vec![Some(shortfall(found)), Some(source.into())];
    said.extend(robust(found));
    said.push(Some(mass(found)));
    said
}

/// The mean shortfall, or why there is none.
fn shortfall(found: &LikelihoodRecord) -> Sentence {
    match found.kl.zip(found.kl_error) {
        Some((kl, error)) => format!(
            "The likelihood that the model gives to the data falls short by KL(data ‖ model) = {} ± {} nats.",
            significant(kl),
            with_digits(error, 2)
        ),
        None => format!(
            "The likelihood that the model gives to the data has no mean: sampling does not reach {} % of \
             the data.",
            with_digits(100.0 * found.unreached, 2)
        ),
    }
    .into()
}

/// The mean is decided by few points where at most this fraction of them makes up half of it.
const FEW: f64 = 0.02;

/// What no single point decides, where a mean is decided by few of them or does not exist.
fn robust(found: &LikelihoodRecord) -> Vec<Option<Sentence>> {
    let Some((carrying, missed)) = found.carrying.zip(found.missed) else {
        return vec![];
    };
    let n = found.num_points;
    let is_decided_by_few = carrying as f64 <= FEW * n as f64;
    if found.kl.is_some() && !is_decided_by_few {
        return vec![];
    }
    let few = match carrying {
        1 => format!("One of the {n} points makes up half of that sum."),
        _ => format!("{carrying} of the {n} points make up half of that sum."),
    };
    let median = found.median.map(|median| {
        let text = format!("The median shortfall is {} nats.", significant(median));
        Sentence::from(text)
    });
    let missed = format!(
        "The model gives less than a hundredth of the true density to {} % of the points.",
        with_digits(100.0 * missed, 2)
    );
    vec![
        found.kl.map(|_| few.into()),
        found
            .kl
            .map(|_| "So few points leave the mean uncertain.".into()),
        median,
        Some(missed.into()),
    ]
}

/// Whether the model's density has its mass near the data.
fn mass(found: &LikelihoodRecord) -> Sentence {
    let mass = format!("{:.4} ± {}", found.mass, with_digits(found.mass_error, 2));
    let is_near = (found.mass - 1.0).abs() < 4.0 * found.mass_error + 0.01;
    match is_near {
        true => format!("What the model gives is a density: ∫p_θ = {mass}."),
        false => format!("Near the data ∫p_θ = {mass}: what the model draws lies elsewhere."),
    }
    .into()
}

/// What the errors of the network cost.
fn bound_nats(record: &EvalRecord) -> Option<Sentence> {
    // The Bayes denoiser makes no errors.
    let nats = record.bound_nats.filter(|_| record.checkpoint != "none")?;
    let nats = significant(nats);
    Some(
        format!(
            "The network's errors at t = 2 and above cost {nats} nats of the variational bound \
             (`bound.csv`)."
        )
        .into(),
    )
}

/// Where most of that is paid.
fn dearest(bound: &[BoundTerm]) -> Option<Sentence> {
    let (low, high) = dearest_timesteps(bound)?;
    let most = format!("{:.0} %", 100.0 * MOST);
    Some(match low == high {
        true => format!("{most} of them are paid at t = {low}.").into(),
        false => format!("{most} of them are paid at t = {low} to {high}.").into(),
    })
}

/// What follows for the metrics where coordinates take few whole numbers.
fn discrete(record: &EvalRecord) -> Vec<Option<Sentence>> {
    if record.discrete.is_empty() {
        return vec![];
    }
    let told = record.discrete.iter().map(|it| {
        let (low, high) = it.range;
        format!(
            "{} takes only {} whole numbers from {} to {}.",
            axis_name(record, it.axis),
            it.values,
            significant(low),
            significant(high)
        )
    });
    let follows = [
        "The model spreads a density over such values.",
        "Distances such as W1 and the energy distance keep their meaning.",
        "histogram_overlap depends on how the bins fall on the values.",
        "The model's log-likelihood has no bound: it grows as the density gathers at the values.",
    ];
    let follows = follows.into_iter().map(String::from);
    told.take(MOST_NAMED)
        .chain(follows)
        .map(|text| Some(text.into()))
        .collect()
}

/// What the data calls an axis.
fn axis_name(record: &EvalRecord, axis: usize) -> String {
    let name = record.axis_names.get(axis);
    name.map_or_else(|| format!("x{}", axis + 1), String::clone)
}

fn axes(record: &EvalRecord) -> Table {
    let columns = [
        words("axis"),
        numbers("W1 to the exact law"),
        numbers("floor"),
        numbers("W1 to the test set"),
        numbers("floor"),
        numbers("histogram overlap"),
        numbers("floor"),
    ];
    let rows = record.axes.iter().enumerate().map(|(index, axis)| {
        [
            axis_name(record, index).into(),
            number(axis.w1),
            number(axis.w1_noise_floor),
            number(Some(axis.w1_test)),
            number(Some(axis.w1_test_noise_floor)),
            number(axis.histogram_overlap),
            number(axis.histogram_overlap_noise_floor),
        ]
    });
    Table::new(columns).rows(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::run::testing::{record, written};

    fn said(record: &EvalRecord, bound: &[BoundTerm]) -> String {
        written(|page| section(page, record, bound, 100))
    }

    #[test]
    fn a_sentence_stands_only_where_it_is_true() {
        let mut record = record();
        let whole = said(&record, &[]);
        assert!(whole.contains("It follows from the exact law") && whole.contains("max ln p"));
        assert!(!whole.contains("has no mean") && !whole.contains("lies elsewhere"));
        assert!(!whole.contains("are paid at") && !whole.contains("Along each axis"));

        let likelihood = record.likelihood.as_mut().unwrap();
        (likelihood.unreached, likelihood.mass) = (0.031, 0.4);
        likelihood.kl = None;
        record.exact_law = None;
        let found = record.metrics.get_mut("log_likelihood").unwrap();
        (found.value, found.outside_fraction) = (None, Some(0.02));
        let term = |t, nats| BoundTerm {
            t,
            nats,
            standard_error: 0.0,
        };
        let partial = said(&record, &[term(2, 9.0), term(3, 1.0)]);
        for words in [
            "It follows from the probability flow in",
            "has no mean: sampling does not reach 3.1 % of the data.",
            "∫p_θ = 0.4000",
            "lies elsewhere",
            "no mean log-likelihood: 2 % of them",
            "80 % of them are paid at t = 2.",
        ] {
            assert!(partial.contains(words), "{words}: {partial}");
        }
        assert!(!partial.contains("is a density"));

        let likelihood = record.likelihood.as_mut().unwrap();
        (likelihood.kl, likelihood.kl_error) = (Some(1.35), Some(0.84));
        (likelihood.num_points, likelihood.carrying) = (500, Some(2));
        (likelihood.median, likelihood.missed) = (Some(0.1), Some(0.004));
        let few = said(&record, &[]);
        for words in [
            "= 1.350 ± 0.84 nats",
            "2 of the 500 points make up half",
            "uncertain",
            "The median shortfall is 0.1000 nats.",
            "true density to 0.40 % of the points",
        ] {
            assert!(few.contains(words), "{words}: {few}");
        }
        record.likelihood.as_mut().unwrap().carrying = Some(40);
        let many = said(&record, &[]);
        assert!(!many.contains("make up half") && !many.contains("median shortfall"));

        (record.likelihood, record.bound_nats, record.max_ln_p) = (None, None, None);
        let little = said(&record, &[]);
        assert!(!little.contains("falls short") && !little.contains("nats of the variational"));
        assert!(!little.contains("More is not better"));
    }

    #[test]
    fn a_metric_is_judged_in_its_row() {
        let mut record = record();
        let mut row = |p_value: Option<f64>| {
            record.metrics.get_mut("w1").unwrap().p_value = p_value;
            let text = said(&record, &[]);
            let is_row = |line: &&str| line.starts_with("| w1 |");
            text.lines().find(is_row).unwrap().to_string()
        };
        assert!(row(Some(1e-3)).ends_with("| 0.0010 | worse than noise |"));
        assert!(row(Some(0.011)).ends_with("| 0.011 | indistinguishable |"));
        assert!(row(Some(0.0)).ends_with("| ≤ 0.00001 | worse than noise |"));
        assert!(row(None).ends_with("| – | |"));
    }

    #[test]
    fn what_the_validation_loss_hides_the_excess_loss_shows() {
        let mut record = record();
        let words = "`val_loss` cannot tell this network from a perfect one";
        assert!(!said(&record, &[]).contains(words), "its loss is worse");
        let loss = record.metrics.get_mut("val_loss").unwrap();
        (loss.value, loss.p_value) = (loss.truth, Some(0.5));
        let whole = said(&record, &[]);
        assert!(whole.contains(words) && whole.contains("72756 of its errors above 0."));
        assert!(
            whole.contains("It is 175 % of the loss of a perfect network."),
            "{whole}"
        );
        record.metrics.get_mut("excess_loss").unwrap().value = Some(1e-5);
        assert!(!said(&record, &[]).contains(words));
    }

    #[test]
    fn where_the_density_is_flat_nothing_is_more() {
        let mut record = record();
        record.max_ln_p = record.metrics["log_likelihood"].truth;
        let flat = said(&record, &[]);
        assert!(flat.contains("No sample can have more") && !flat.contains("More is not better"));
        record.max_ln_p = Some(0.5);
        let peaked = said(&record, &[]);
        assert!(!peaked.contains("No sample can") && peaked.contains("More is not better"));
    }

    #[test]
    fn distances_from_the_truth_are_marked() {
        let whole = said(&record(), &[]);
        let row = |name: &str| {
            let start = format!("| {name} |");
            whole.lines().find(|line| line.starts_with(&start)).unwrap()
        };
        assert!(row("log_likelihood").contains("| ± 0.09405 | ± 0.2423 |"));
        assert!(row("energy_distance").contains("| ± 0.02956 | – |"));
        assert!(row("w1").contains("| 0 | 0.1440 | 0.3725 |"));
        assert!(row("w1_test").contains("| – | 0.2047 | 0.5293 |"));
        assert!(row("excess_loss").ends_with("| above 0 beyond its error |"));
    }
}
