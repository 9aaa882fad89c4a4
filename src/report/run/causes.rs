//! What a page says of where the error comes from.

use crate::{
    diffusion::{Frame, Start},
    evaluation::verdict::{CAUSES, is_significant, of_cause},
    experiment::{
        ExperimentConfig,
        run::record::{AttributionRecord, Blamed, ByCause, EvalRecord},
    },
    report::{
        page::{
            sentence::Sentence,
            tree::{Page, Table, numbers, words},
        },
        run::verdict::estimate,
    },
    target::Estimate,
    text::{significant, with_digits},
};

/// What a cause is in a run.
fn meaning(cause: Blamed, config: &ExperimentConfig) -> String {
    match cause {
        Blamed::Prior => start(config),
        Blamed::Network => "the network is not the Bayes denoiser".into(),
        Blamed::Discretisation | Blamed::SampleSize => {
            "the steps are not those of the exact reverse process".into()
        }
    }
}

/// Where sampling starts, beside q_T.
fn start(config: &ExperimentConfig) -> String {
    let schedule = config.process.build();
    let law = match (config.sampler.start, schedule.frame()) {
        (Start::Exact, _) => return "sampling starts from q_T itself".into(),
        (Start::Matched, _) => "the normal law with the moments of q_T,".into(),
        (Start::Standard, Frame::VarianceExploding) => {
            format!("N(0, {}²)", significant(schedule.prior_std_dev()))
        }
        (Start::Standard, _) => "N(0, 1)".into(),
    };
    format!("sampling starts from {law} and not from q_T")
}

/// Pairs of causes, each by the cause that is not one of them.
const PAIRS: [(&str, Blamed); 3] = [
    ("prior and network", Blamed::Discretisation),
    ("prior and discretisation", Blamed::Network),
    ("network and discretisation", Blamed::Prior),
];

/// The attribution of the error; nothing where there is none.
pub(crate) fn section(page: &mut Page, record: &EvalRecord, config: &ExperimentConfig) {
    let Some(found) = &record.attribution else {
        return;
    };
    page.heading(2, "Where the error comes from");
    page.paragraph(what_is_attributed(record, found));
    let has_main_effects = differ(found);
    page.table(shares(found, config, has_main_effects));
    page.paragraph(legend(has_main_effects));
    page.paragraph(below_zero(found));
    page.table(interactions(found));
    page.paragraph([
        Some("Two causes *overlap* where each does a part of what the other does.".into()),
        Some("They *cancel* where one makes the error of the other smaller.".into()),
        Some("All eight combinations:".into()),
    ]);
    page.table(cells(found));
}

/// W1 of the law of the samples, and how it is known.
fn what_is_attributed(record: &EvalRecord, found: &AttributionRecord) -> Vec<Option<Sentence>> {
    let total = found.total();
    let w1 = estimate(Estimate {
        value: total.w1,
        standard_error: total.standard_error.unwrap_or_default(),
    });
    let error = record.exact_law.as_ref();
    let error = error
        .map(|law| with_digits(law.w1_error, 2))
        .unwrap_or_default();
    let what = "W1 between the law of the samples and the truth, without sampling noise";
    let first = match found.num_samples {
        Some(_) if record.axes.is_empty() => format!("{what}, is {w1}."),
        Some(_) => format!("{what} and averaged over the axes, is {w1}."),
        None => format!("{what}, is {w1} (numerical error {error})."),
    };
    let floor = significant(found.sample_floor);
    let perfect = format!("{} perfect samples show {floor}.", record.num_samples);
    let mut sentences = vec![first, perfect];
    if let Some(num_samples) = found.num_samples {
        sentences.push(format!(
            "It is estimated from {num_samples} samples of every combination of causes, against the exact law."
        ));
        sentences.push("All of them have the same random numbers.".into());
        sentences.push("It has no noise floor: ± is the standard error.".into());
    }
    sentences
        .into_iter()
        .map(|text| Some(text.into()))
        .collect()
}

fn legend(has_main_effects: bool) -> Vec<Option<Sentence>> {
    let always = [
        "A *share* is what a cause adds to W1, averaged over all orders in which the causes can come in \
         (Shapley).",
        "The shares sum to W1; a negative one cancels a fraction of another.",
        "*Alone* is W1 with this cause and no other.",
        "*Without it* is W1 of the run with this cause removed.",
    ];
    let main = [
        "The *main effect* is what a cause adds to W1 on average.",
        "That average is over the four combinations of the others, each counted once.",
    ];
    let main = main.into_iter().filter(|_| has_main_effects);
    let all = always.into_iter().chain(main);
    all.map(|text| Some(text.into())).collect()
}

/// A main effect that differs from the share by less than this part of W1 tells nothing more.
const SAME: f64 = 0.01;

/// Whether a main effect differs from the share.
fn differ(found: &AttributionRecord) -> bool {
    let gap = |cause| of_cause(&found.main_effects, cause) - of_cause(&found.shares, cause);
    CAUSES
        .into_iter()
        .any(|cause| gap(cause).abs() > SAME * whole(found))
}

/// Which shares are below 0 by more than chance does.
fn below_zero(found: &AttributionRecord) -> Vec<Option<Sentence>> {
    let Some(errors) = &found.standard_errors else {
        return vec![];
    };
    let below = CAUSES.into_iter().filter_map(|cause| {
        let share = Estimate {
            value: of_cause(&found.shares, cause),
            standard_error: of_cause(&errors.shares, cause),
        };
        let is_below = share.value < 0.0 && is_significant(share);
        is_below.then(|| {
            let text = format!(
                "The share of the {cause} is {} standard errors below 0: it makes the error of another smaller.",
                with_digits(-share.value / share.standard_error, 2)
            );
            Some(text.into())
        })
    });
    below.collect()
}

/// The part of W1 that is nothing.
const NEGLIGIBLE: f64 = 1e-4;

/// A number of an attribution whose W1 is `whole`: one that is far smaller is none.
fn number(value: f64, whole: f64, error: Option<f64>) -> Sentence {
    let negligible = NEGLIGIBLE * whole;
    let is_none = value.abs() < negligible && error.is_none_or(|error| error < negligible);
    Sentence::from(match is_none {
        true => "≈ 0".to_string(),
        false => estimate(Estimate {
            value,
            standard_error: error.unwrap_or_default(),
        }),
    })
}

/// W1 of the law of the samples, as the sum of the shares.
fn whole(found: &AttributionRecord) -> f64 {
    found.shares.prior + found.shares.network + found.shares.discretisation
}

fn shares(found: &AttributionRecord, config: &ExperimentConfig, has_main_effects: bool) -> Table {
    let (whole, errors) = (whole(found), found.standard_errors.as_ref());
    let row = |cause: Blamed| {
        let number = |values, errors: Option<&ByCause<f64>>| {
            let error = errors.map(|errors| of_cause(errors, cause));
            number(of_cause(values, cause), whole, error)
        };
        let percent = (100.0 * of_cause(&found.shares, cause) / whole).round() + 0.0;
        let mut cells = vec![
            cause.to_string().into(),
            meaning(cause, config).into(),
            number(&found.shares, errors.map(|e| &e.shares)),
            format!("{percent:.0} %").into(),
            number(&found.alone, errors.map(|e| &e.alone)),
            number(&found.without, errors.map(|e| &e.without)),
        ];
        if has_main_effects {
            cells.push(number(&found.main_effects, errors.map(|e| &e.main_effects)));
        }
        cells
    };
    let mut columns = vec![
        words("cause"),
        words("what it is"),
        numbers("share"),
        numbers("of W1"),
        numbers("alone"),
        numbers("without it"),
    ];
    if has_main_effects {
        columns.push(numbers("main effect"));
    }
    Table::new(columns).rows(CAUSES.map(row))
}

fn interactions(found: &AttributionRecord) -> Table {
    let (whole, errors) = (whole(found), found.standard_errors.as_ref());
    let row = |(pair, left_out): (&str, Blamed)| {
        let value = of_cause(&found.interactions_without, left_out);
        let error = errors.map(|errors| of_cause(&errors.interactions_without, left_out));
        let shown = Estimate {
            value,
            standard_error: error.unwrap_or_default(),
        };
        let is_something = value.abs() > NEGLIGIBLE * whole && is_significant(shown);
        [
            pair.into(),
            number(value, whole, error),
            match is_something {
                true => together(found, value, left_out).into(),
                false => "nothing that is beyond the error".into(),
            },
        ]
    };
    Table::new([
        words("two causes together"),
        numbers("more than one by one"),
        words("what that means"),
    ])
    .rows(PAIRS.map(row))
}

/// What an interaction of two causes means, `left_out` being the third.
fn together(found: &AttributionRecord, interaction: f64, left_out: Blamed) -> &'static str {
    if interaction > 0.0 {
        return "each makes the error of the other larger";
    }
    let is_there = |causes: &ByCause<bool>, cause| match cause {
        Blamed::Prior => causes.prior,
        Blamed::Network => causes.network,
        Blamed::Discretisation | Blamed::SampleSize => causes.discretisation,
    };
    let pair = || CAUSES.into_iter().filter(|cause| *cause != left_out);
    // W1 summed over the third being there or not.
    let sum = |there: &dyn Fn(Blamed) -> bool| {
        let cells = found.cells.iter();
        let cells =
            cells.filter(|cell| pair().all(|cause| is_there(&cell.causes, cause) == there(cause)));
        cells.map(|cell| cell.w1).sum::<f64>()
    };
    let both = sum(&|_| true);
    let largest = pair().map(|cause| sum(&|other| other == cause));
    match both < largest.fold(0.0, f64::max) {
        true => "they cancel",
        false => "they overlap",
    }
}

fn cells(found: &AttributionRecord) -> Table {
    let word = |there: bool| Sentence::from(if there { "as in the run" } else { "removed" });
    let rows = found.cells.iter().map(|cell| {
        [
            word(cell.causes.prior),
            word(cell.causes.network),
            word(cell.causes.discretisation),
            number(cell.w1, whole(found), cell.standard_error),
        ]
    });
    Table::new([
        words("prior"),
        words("network"),
        words("discretisation"),
        numbers("W1"),
    ])
    .rows(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::run::record::AttributionErrors,
        report::run::testing::{config, record, written},
    };

    #[test]
    fn standard_errors_are_explained_only_where_there_are_some() {
        let mut record = record();
        let exact = written(|page| section(page, &record, &config("")));
        assert!(exact.contains("(numerical error ") && !exact.contains("standard error"));
        let attribution = record.attribution.as_mut().unwrap();
        attribution.num_samples = Some(4000);
        attribution.cells[7].standard_error = Some(0.01);
        let sampled = written(|page| section(page, &record, &config("")));
        assert!(sampled.contains("± is the standard error") && sampled.contains("4000 samples"));
        assert!(!sampled.contains("numerical error"));
        record.attribution = None;
        assert_eq!(written(|page| section(page, &record, &config(""))), "\n");
    }

    #[test]
    fn what_is_far_smaller_than_the_whole_is_none() {
        let words = |value, error| number(value, 1.0, error);
        assert_eq!(words(2e-5, None), "≈ 0".into());
        assert_eq!(words(2e-4, None), "0.0002000".into());
        assert_eq!(words(2e-5, Some(0.01)), "2.000e-5 ± 0.010".into());
    }

    #[test]
    fn the_law_that_sampling_starts_from_is_named() {
        let named = |text: &str| start(&config(text));
        assert_eq!(named(""), "sampling starts from N(0, 1) and not from q_T");
        assert!(named("[process]\nschedule = \"karras\"\n").contains("N(0, 80²)"));
        let matched = named("[process]\nschedule = \"ve\"\n[sampler]\nstart = \"matched\"\n");
        assert!(matched.contains("moments of q_T") && !matched.contains("N(0"));
        let exact = named("[sampler]\nstart = \"exact\"\n");
        assert_eq!(exact, "sampling starts from q_T itself");
    }

    #[test]
    fn a_share_below_zero_is_told_where_chance_cannot_do_it() {
        let mut record = record();
        let attribution = record.attribution.as_mut().unwrap();
        attribution.shares.prior = -0.0057;
        let errors = |prior| ByCause {
            prior,
            ..ByCause::default()
        };
        let with = |attribution: &AttributionRecord, prior| AttributionRecord {
            standard_errors: Some(AttributionErrors {
                shares: errors(prior),
                alone: errors(0.0),
                without: errors(0.0),
                main_effects: errors(0.0),
                interactions_without: errors(0.0),
            }),
            ..attribution.clone()
        };
        let said = |found: &AttributionRecord| written(|page| page.paragraph(below_zero(found)));
        let sure = said(&with(attribution, 0.000_24));
        assert!(
            sure.contains("The share of the prior is 24 standard errors below 0"),
            "{sure}"
        );
        assert!(!said(&with(attribution, 0.01)).contains("below 0"));
        attribution.shares.prior = 0.0057;
        assert!(!said(&with(attribution, 0.000_24)).contains("below 0"));
    }

    #[test]
    fn one_axis_is_no_mean_over_axes() {
        let mut record = record();
        record.attribution.as_mut().unwrap().num_samples = Some(4000);
        let said = |record: &EvalRecord| written(|page| section(page, record, &config("")));
        assert!(!said(&record).contains("averaged over the axes"));
        let axis = crate::metric::AxisAgreement {
            w1: None,
            w1_noise_floor: None,
            w1_test: 0.1,
            w1_test_noise_floor: 0.1,
            histogram_overlap: None,
            histogram_overlap_noise_floor: None,
        };
        record.axes = vec![axis; 2];
        assert!(said(&record).contains("averaged over the axes"));
    }

    #[test]
    fn a_negative_interaction_is_an_overlap_or_a_cancellation() {
        let mut found = record().attribution.unwrap();
        let mut set = |w1: [f64; 8]| {
            for (cell, w1) in found.cells.iter_mut().zip(w1) {
                cell.w1 = w1;
            }
            together(&found, -0.1, Blamed::Discretisation)
        };
        // Of prior and network alone 0.2 and 0.3, and of both 0.4 or 0.1.
        assert_eq!(
            set([0.0, 0.2, 0.3, 0.4, 0.0, 0.2, 0.3, 0.4]),
            "they overlap"
        );
        assert_eq!(set([0.0, 0.2, 0.3, 0.1, 0.0, 0.2, 0.3, 0.1]), "they cancel");
        assert!(together(&found, 0.1, Blamed::Prior).contains("larger"));
    }

    #[test]
    fn a_main_effect_is_shown_where_it_differs_from_the_share() {
        let mut record = record();
        let said = |record: &EvalRecord| written(|page| section(page, record, &config("")));
        assert!(!said(&record).contains("main effect"));
        record.attribution.as_mut().unwrap().main_effects.network += 5.0;
        assert!(
            said(&record).contains("| main effect |") && said(&record).contains("*main effect*")
        );
    }
}
