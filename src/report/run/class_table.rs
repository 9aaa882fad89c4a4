//! What a page says of the classes of the samples.

use crate::{
    experiment::run::record::EvalRecord,
    metric::{ClassMetrics, Distance},
    report::{
        page::{
            sentence::Sentence,
            tree::{Page, Table, numbers, words},
        },
        run::numbers::number,
    },
    text::significant,
};

/// The table of the classes that were asked for; nothing where none was.
pub(crate) fn section(
    page: &mut Page,
    record: &EvalRecord,
    guidance: f64,
    name: &dyn Fn(u32) -> String,
) {
    if record.classes.is_empty() {
        return;
    }
    page.heading(2, "Classes");
    page.table(table(record, name));
    if record.classes.iter().any(|class| class.accuracy.is_some()) {
        page.paragraph([
            Some(
                "A sample is of the class that is most probable there by the exact p(c | x)."
                    .into(),
            ),
            Some("A sample outside the support is of no class.".into()),
        ]);
    }
    page.paragraph(w1_to(record, guidance).into_iter().map(Some));
}

fn table(record: &EvalRecord, name: &dyn Fn(u32) -> String) -> Table {
    let mut columns = vec![
        words("class"),
        numbers("samples"),
        numbers("fraction of the samples"),
        numbers("fraction of the data"),
        numbers("of the class asked for (95 %)"),
        numbers("perfect samples"),
    ];
    // A class without samples has no distances.
    let dim = record.classes.iter().map(|class| distances(class).len());
    let dim = dim.max().unwrap_or_default();
    for k in 1..=dim {
        let along = if dim == 1 {
            String::new()
        } else {
            format!(" along x{k}")
        };
        columns.extend([numbers(format!("W1{along}")), numbers("noise floor")]);
    }
    let rows = record
        .classes
        .iter()
        .map(|class| row(record, class, dim, name));
    Table::new(columns).rows(rows)
}

fn row(
    record: &EvalRecord,
    class: &ClassMetrics,
    dim: usize,
    name: &dyn Fn(u32) -> String,
) -> Vec<Sentence> {
    let accuracy = class.accuracy.map(|a| {
        let [value, low, high] = [a.value, a.low, a.high].map(significant);
        format!("{value} ({low} to {high})")
    });
    let truth = class.accuracy.map(|a| a.truth);
    let mut cells = vec![
        Sentence::verbatim(name(class.class)),
        class.num_samples.to_string().into(),
        number(Some(class.num_samples as f64 / record.num_samples as f64)),
        number(Some(class.weight)),
        accuracy.unwrap_or("–".into()).into(),
        number(class.guided_accuracy.or(truth)),
    ];
    for k in 0..dim {
        let distance = distances(class).get(k);
        cells.push(number(distance.map(|distance| distance.value)));
        cells.push(number(distance.map(|distance| distance.noise_floor)));
    }
    cells
}

/// W1 along each axis, to the law that the samples aim at where it is known.
fn distances(class: &ClassMetrics) -> &[Distance] {
    let known = [&class.w1_guided, &class.w1];
    let w1 = known.into_iter().find(|w1| !w1.is_empty());
    w1.unwrap_or(&class.w1_test)
}

/// What the samples of a class are held against.
fn w1_to(record: &EvalRecord, guidance: f64) -> Vec<Sentence> {
    let is_guided = record
        .classes
        .iter()
        .any(|class| !class.w1_guided.is_empty());
    if is_guided {
        vec![
            format!("W1 is to p(x) p(c | x)^w/Z with w = {guidance}.").into(),
            "Guidance aims at that law, and perfect samples are draws from it.".into(),
            "Guided sampling misses it even with the exact denoiser, so not all of W1 is the network's."
                .into(),
        ]
    } else if record.metrics.contains_key("w1") {
        vec!["W1 is to the exact law p(x | c) of the class.".into()]
    } else {
        vec!["W1 is to the test points of the class.".into()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        metric::Accuracy,
        report::run::testing::{record, written},
    };

    fn class(number: u32, w1_guided: Vec<Distance>) -> ClassMetrics {
        let distance = Distance {
            value: 0.25,
            noise_floor: 0.125,
        };
        ClassMetrics {
            class: number,
            num_samples: 60,
            weight: 0.5,
            accuracy: None,
            w1: vec![],
            w1_test: vec![distance; 2],
            w1_guided,
            guided_accuracy: None,
        }
    }

    #[test]
    fn distances_are_named_by_what_they_are_held_against() {
        let mut record = record();
        let name = |class: u32| format!("a|{class}");
        let said = |record: &EvalRecord| written(|page| section(page, record, 2.0, &name));
        assert_eq!(
            said(&record),
            "\n",
            "without classes there is nothing to say"
        );
        record.classes = vec![class(0, vec![]), class(1, vec![])];
        let exact = said(&record);
        assert!(exact.contains("W1 is to the exact law p(x | c) of the class."));
        assert!(
            exact.contains("| a\\|1 | 60 |") && exact.contains("| W1 along x2 | noise floor |")
        );
        record.classes[1] = class(
            1,
            vec![
                Distance {
                    value: 1.0,
                    noise_floor: 0.5
                };
                2
            ],
        );
        assert!(said(&record).contains("w = 2.") && !said(&record).contains("exact law"));
        record.classes[1] = class(1, vec![]);
        record.metrics.remove("w1");
        assert!(said(&record).contains("W1 is to the test points of the class."));
    }

    #[test]
    fn classes_are_by_the_exact_law_only_where_it_is_known() {
        let mut record = record();
        record.classes = vec![class(0, vec![])];
        let said =
            |record: &EvalRecord| written(|page| section(page, record, 1.0, &|_| "a".into()));
        assert!(!said(&record).contains("p(c | x)"));
        record.classes[0].accuracy = Some(Accuracy {
            value: 0.5,
            low: 0.4,
            high: 0.6,
            truth: 0.7,
            truth_error: 0.0,
        });
        assert!(said(&record).contains("by the exact p(c | x)"));
    }
}
