//! What a page says of where the error comes from.

use crate::{
    experiment::run::record::{AttributionRecord, ByCause, EvalRecord},
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

/// A number of each cause.
type Of = fn(&ByCause<f64>) -> f64;

/// The causes, with what each is.
const CAUSES: [(&str, &str, Of); 3] = [
    (
        "prior",
        "sampling starts from N(0, 1) and not from q_T",
        |of| of.prior,
    ),
    ("network", "the network is not the Bayes denoiser", |of| {
        of.network
    }),
    (
        "discretisation",
        "the steps are not those of the exact reverse process",
        |of| of.discretisation,
    ),
];

/// Pairs of causes, each by the cause that is not one of them.
const PAIRS: [(&str, Of); 3] = [
    ("prior and network", |of| of.discretisation),
    ("prior and discretisation", |of| of.network),
    ("network and discretisation", |of| of.prior),
];

/// The attribution of the error; nothing where there is none.
pub(crate) fn section(page: &mut Page, record: &EvalRecord) {
    let Some(found) = &record.attribution else {
        return;
    };
    page.heading(2, "Where the error comes from");
    page.paragraph(what_is_attributed(record, found));
    page.table(shares(found));
    page.paragraph(legend().map(|text| Some(text.into())));
    page.table(interactions(found));
    page.paragraph([
        Some(
            "A negative number: what the two do to W1 overlaps, or they cancel each other.".into(),
        ),
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
        sentences.push("What is below 0 is 0 within that error.".into());
    }
    sentences
        .into_iter()
        .map(|text| Some(text.into()))
        .collect()
}

fn legend() -> [&'static str; 6] {
    [
        "A *share* is what a cause adds to W1, averaged over all orders in which the causes can come in \
         (Shapley).",
        "The shares sum to W1; a negative one cancels a fraction of another.",
        "*Alone* is W1 with this cause and no other.",
        "*Without it* is W1 of the run with this cause removed.",
        "The *main effect* is what a cause adds to W1 on average.",
        "That average is over the other two being there or not.",
    ]
}

/// A number of an attribution whose W1 is `whole`: one that is far smaller is none.
fn number(value: f64, whole: f64, error: Option<f64>) -> Sentence {
    let negligible = 1e-4 * whole;
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

fn shares(found: &AttributionRecord) -> Table {
    let (whole, errors) = (whole(found), found.standard_errors.as_ref());
    let row = |(name, meaning, of): (&str, &str, Of)| {
        let number =
            |values, errors: Option<&ByCause<f64>>| number(of(values), whole, errors.map(of));
        let percent = (100.0 * of(&found.shares) / whole).round() + 0.0;
        [
            name.into(),
            meaning.into(),
            number(&found.shares, errors.map(|e| &e.shares)),
            format!("{percent:.0} %").into(),
            number(&found.alone, errors.map(|e| &e.alone)),
            number(&found.without, errors.map(|e| &e.without)),
            number(&found.main_effects, errors.map(|e| &e.main_effects)),
        ]
    };
    Table::new([
        words("cause"),
        words("what it is"),
        numbers("share"),
        numbers("of W1"),
        numbers("alone"),
        numbers("without it"),
        numbers("main effect"),
    ])
    .rows(CAUSES.map(row))
}

fn interactions(found: &AttributionRecord) -> Table {
    let (whole, errors) = (whole(found), found.standard_errors.as_ref());
    let row = |(pair, of): (&str, Of)| {
        let error = errors.map(|errors| of(&errors.interactions_without));
        [
            pair.into(),
            number(of(&found.interactions_without), whole, error),
        ]
    };
    Table::new([
        words("two causes together"),
        numbers("more than one by one"),
    ])
    .rows(PAIRS.map(row))
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
    use crate::report::run::testing::{record, written};

    #[test]
    fn standard_errors_are_explained_only_where_there_are_some() {
        let mut record = record();
        let exact = written(|page| section(page, &record));
        assert!(exact.contains("(numerical error ") && !exact.contains("standard error"));
        let attribution = record.attribution.as_mut().unwrap();
        attribution.num_samples = Some(4000);
        attribution.cells[7].standard_error = Some(0.01);
        let sampled = written(|page| section(page, &record));
        assert!(sampled.contains("± is the standard error") && sampled.contains("4000 samples"));
        assert!(!sampled.contains("numerical error"));
        record.attribution = None;
        assert_eq!(written(|page| section(page, &record)), "\n");
    }

    #[test]
    fn what_is_far_smaller_than_the_whole_is_none() {
        let words = |value, error| number(value, 1.0, error);
        assert_eq!(words(2e-5, None), "≈ 0".into());
        assert_eq!(words(2e-4, None), "0.0002000".into());
        assert_eq!(words(2e-5, Some(0.01)), "2.000e-5 ± 0.010".into());
    }
}
