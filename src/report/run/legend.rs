//! What the columns of the table of metrics are, for each metric.

use crate::{
    distance::wasserstein::two_sample_factor, experiment::run::record::EvalRecord,
    metric::TWO_SIDED, report::page::sentence::Sentence, text::significant,
};

/// Metrics whose floor is the standard deviation of a perfect model's value around its truth.
const DEVIATIONS: [&str; 5] = [
    "log_likelihood",
    "energy_distance",
    "class_accuracy",
    "outside_99",
    "missed_99",
];

/// Distances to the test split itself.
const TO_SPLIT: [&str; 2] = ["w1_test", "transport"];

/// Metrics that are held against the exact law, and against the test split where that is not known.
const TO_LAW_OR_SPLIT: [&str; 3] = ["histogram_overlap", "sliced_w1", "covariance_error"];

/// Whether the floor of a metric is a standard deviation.
pub(super) fn is_deviation(name: &str) -> bool {
    DEVIATIONS.contains(&name)
}

/// Whether the bound of a metric is a distance from the truth.
pub(super) fn is_around_truth(name: &str) -> bool {
    matches!(name, "log_likelihood" | "outside_99" | "missed_99")
}

/// Whether infinitely many perfect samples would not have the ideal value, since the test split is finite.
pub(super) fn is_to_finite_split(record: &EvalRecord, name: &str) -> bool {
    let has_law = record.metrics.contains_key("w1");
    TO_SPLIT.contains(&name) || (TO_LAW_OR_SPLIT.contains(&name) && !has_law)
}

/// The metrics of a record for which something holds, as they are typed.
fn names(record: &EvalRecord, holds: impl Fn(&str) -> bool) -> Option<String> {
    let found = record.metrics.keys().filter(|name| holds(name));
    let names: Vec<_> = found.map(|name| format!("`{name}`")).collect();
    let (last, others) = names.split_last()?;
    Some(match others {
        [] => last.clone(),
        others => format!("{} and {last}", others.join(", ")),
    })
}

/// The sentences under the table, for `num_test` test points.
pub(super) fn sentences(record: &EvalRecord, num_test: usize) -> Vec<Option<Sentence>> {
    let n = record.num_samples;
    let split = names(record, |name| is_to_finite_split(record, name)).map(|names| {
        format!(
            "No truth is shown for {names}, because the test split of {num_test} points is finite."
        )
    });
    let deviation = names(record, is_deviation).map(|names| {
        format!("A floor with ± ({names}) is the standard deviation of a perfect model's value around the truth.")
    });
    let around = names(record, is_around_truth)
        .map(|names| format!("A bound with ± ({names}) is the largest distance from the truth."));
    let by_error = names(record, |name| matches!(name, "excess_loss" | "w1_law")).map(|names| {
        format!(
            "No samples enter {names}: a value is beyond noise at {} of its own errors above 0.",
            significant(TWO_SIDED)
        )
    });
    let said = [
        Some("*Truth* is what a perfect model has with infinitely many samples.".into()),
        split,
        test_limit(record, num_test),
        Some(format!(
            "The *noise floor* is what a perfect model shows with {n} samples on average."
        )),
        deviation,
        Some(
            "By chance alone, one perfect model in a hundred is beyond the *99 % bound* of a metric."
                .into(),
        ),
        around,
        tested(record),
        missed(record),
        by_error,
    ];
    said.into_iter()
        .map(|text| text.map(Sentence::from))
        .collect()
}

/// How the p-values become judgements.
fn tested(record: &EvalRecord) -> Option<String> {
    let told = record.told.as_ref()?;
    let split = record.metrics.contains_key("w1") && record.metrics.contains_key("w1_test");
    let untested = match split {
        true => " `w1_test` is no test: `w1` asks the same without the chance in the split.",
        false => "",
    };
    Some(format!(
        "The *p-value* is the fraction of perfect models that are as far from the truth. Holm's correction \
         keeps the {} tests together at a level of {} %.{untested}",
        told.num_tests,
        significant(100.0 * told.level)
    ))
}

/// By what the model is known in `missed_99`.
fn missed(record: &EvalRecord) -> Option<String> {
    record.metrics.get("missed_99")?;
    Some(match record.exact_law {
        Some(_) => "In `missed_99` the model is the exact law of the samples. It is no test.".into(),
        None => "In `missed_99` the model is the probability flow of the network, at test points. It is no test of the samples."
            .into(),
    })
}

/// What infinitely many perfect samples show against the test split.
fn test_limit(record: &EvalRecord, num_test: usize) -> Option<String> {
    let floor = record.metrics.get("w1_test")?.noise_floor?;
    let part =
        two_sample_factor(usize::MAX, num_test) / two_sample_factor(record.num_samples, num_test);
    Some(format!(
        "Infinitely many perfect samples would be about {} from it by `w1_test`.",
        significant(floor * part)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        experiment::run::record::{ToldBy, ToldRecord},
        metric::MetricValue,
        report::run::testing::{record, written},
    };

    fn said(record: &EvalRecord, num_test: usize) -> String {
        written(|page| page.paragraph(sentences(record, num_test)))
    }

    #[test]
    fn each_column_says_what_it_is_for_each_metric() {
        let mut record = record();
        let words = said(&record, 100);
        assert!(words.contains("No truth is shown for `w1_test`, because the test split of 100"));
        assert!(words.contains("A floor with ± (`energy_distance` and `log_likelihood`)"));
        assert!(words.contains("No samples enter `excess_loss` and `w1_law`:"));
        // Without a law the overlap is held against the split too.
        record.metrics.remove("w1");
        assert!(said(&record, 100).contains("shown for `histogram_overlap` and `w1_test`,"));
        record.metrics.retain(|name, _| name == "val_loss");
        let few = said(&record, 100);
        for wrong in ["No truth", "±", "No samples", "Infinitely many perfect"] {
            assert!(!few.contains(wrong), "{wrong}: {few}");
        }
    }

    #[test]
    fn the_tests_are_explained_where_there_are_some() {
        let mut record = record();
        let plain = said(&record, 100);
        for wrong in ["*p-value*", "Holm", "`missed_99`"] {
            assert!(!plain.contains(wrong), "{wrong}: {plain}");
        }
        record.told = Some(ToldRecord {
            samples: None,
            smallest: 10,
            largest: 1000,
            by: ToldBy::Subsets,
            level: 0.01,
            num_tests: 7,
            rejected: vec![],
        });
        record
            .metrics
            .insert("missed_99".into(), MetricValue::default());
        let tested = said(&record, 100);
        assert!(
            tested.contains("keeps the 7 tests together at a level of 1 %. `w1_test` is no test")
        );
        assert!(tested.contains("the model is the exact law of the samples"));
        record.exact_law = None;
        record.metrics.remove("w1");
        let of_file = said(&record, 100);
        assert!(
            of_file.contains("the probability flow") && !of_file.contains("`w1_test` is no test")
        );
    }

    #[test]
    fn infinitely_many_samples_keep_the_noise_of_the_split() {
        let mut record = record();
        record.metrics.get_mut("w1_test").unwrap().noise_floor = Some(0.5);
        // √((1/30)/(1/50 + 1/30)) of the floor.
        record.num_samples = 50;
        let limit = significant(0.5 * f64::sqrt(50.0 / 80.0));
        assert!(said(&record, 30).contains(&format!("about {limit} from it")));
    }
}
