//! The page of a sweep: `report.md`.

use crate::{
    experiment::{run::listing::RunRow, sweep::summary::Summary},
    report::{
        page::{
            sentence::Sentence,
            tree::{Page, Table, numbers, words},
        },
        sweep::{
            comparison::{self, Compared, MisleadingPair, OfPair, Standing},
            correlations,
            figures::SweepFigure,
            results,
        },
    },
    text::{significant, with_digits},
};
use std::path::Path;

/// The page of the sweep in `directory`, with the figures that were drawn.
pub(crate) fn page(directory: &Path, summary: &Summary, figures: &[&SweepFigure]) -> Page {
    let name = directory.file_name();
    let name = name.map_or("sweep".into(), |name| name.to_string_lossy());
    let mut page = Page::default();
    page.heading(1, format!("Report of the sweep `{name}`"));
    introduction(&mut page, summary);
    results::section(&mut page, summary);
    differences(&mut page, summary);
    best_models(&mut page, directory, summary);
    page.table(correlations::table(summary));
    page.paragraph(likelihood_alone(summary));
    if let Some(pair) = comparison::misleading_pair(summary) {
        same_loss(&mut page, &pair);
    }
    page.paragraph([
        Some("Compare losses only within one setting.".into()),
        Some(
            "Losses of different schedules or numbers of timesteps are averages over different noise levels."
                .into(),
        ),
        Some("Losses of different parameterisations have different units.".into()),
    ]);
    figures_section(&mut page, directory, summary, figures);
    page
}

/// How many runs there are, and which are not evaluated.
fn introduction(page: &mut Page, summary: &Summary) {
    let counts = format!(
        "The sweep has {} runs of {} settings.",
        summary.rows.len(),
        summary.groups.len()
    );
    page.paragraph([
        Some(counts.into()),
        Some("Runs that differ in their seed alone are one row.".into()),
        Some("A row shows the mean ± the standard deviation over n seeds.".into()),
    ]);
    let missing: Vec<_> = summary
        .rows
        .iter()
        .filter(|row| row.evaluation.is_none())
        .map(|row| Some(vec![format!("`{}`: {}", row.name, row.status.state).into()]))
        .collect();
    if !missing.is_empty() {
        page.paragraph([Some("Not evaluated:".into())]);
        page.list(missing);
    }
}

/// Every setting against the best one.
fn differences(page: &mut Page, summary: &Summary) {
    let compared = comparison::with_best(summary);
    if compared.is_empty() {
        return;
    }
    page.heading(2, "Which differences are real?");
    page.paragraph([Some(
        "Every setting is held against the best one, by W1 of the samples.".into(),
    )]);
    let keys = summary.keys.iter().map(|key| words(key.as_str()));
    let columns = keys.chain([
        numbers("W1"),
        numbers("more than the best by"),
        numbers("95 % interval ±"),
        words("judgement"),
        words("most of the error"),
    ]);
    page.table(Table::new(columns).rows(compared.iter().map(compared_row)));
    let rule = [
        "The rule: two settings are indistinguishable if the difference of their means is within its 95 % \
         interval.",
        "That interval is t·√(s₁²/n₁ + s₂²/n₂).",
        "There s is the standard deviation over n seeds, but at least that of W1 over perfect samples.",
        "And t is Student's quantile for n₁ + n₂ − 2 degrees of freedom.",
    ];
    page.paragraph(rule.map(|text| Some(text.into())));
}

fn compared_row(found: &Compared) -> Vec<Sentence> {
    let of_others = |text: String| match found.standing {
        Standing::Best => "–".into(),
        _ => text,
    };
    let blamed: Vec<_> = found.blamed.iter().map(ToString::to_string).collect();
    let mut cells = found.settings.clone();
    cells.extend([
        significant(found.w1),
        of_others(significant(found.difference)),
        of_others(with_digits(found.interval, 2)),
        match found.standing {
            Standing::Best => "the best",
            Standing::Indistinguishable => "indistinguishable",
            Standing::Worse => "worse",
        }
        .into(),
        match blamed.is_empty() {
            true => "–".into(),
            false => blamed.join(", "),
        },
    ]);
    cells.into_iter().map(Sentence::verbatim).collect()
}

/// The runs of least loss and of least distance, and how both go together.
fn best_models(page: &mut Page, directory: &Path, summary: &Summary) {
    page.heading(2, "Does the validation loss find the best model?");
    let by_loss = summary.best_by("val_loss");
    let by_w1 = summary.best_by("w1");
    let loss = "The lowest validation loss, which one would pick in practice, has ";
    let w1 = "The smallest distance to the truth has ";
    let best = |row: Option<&RunRow>, before| row.map(|row| vec![best_run(directory, row, before)]);
    let over = |metric, name| correlations::of_all(summary, metric, name).map(|s| vec![s]);
    let comparable = correlations::of_comparable(summary);
    let points = [
        best(by_loss, loss),
        best(by_w1, w1),
        same_run(by_loss, by_w1).map(|sentence| vec![sentence]),
        over("log_likelihood", "log-likelihood"),
        over("w1", "W1"),
    ];
    let comparable = comparable.into_iter().map(|sentence| Some(vec![sentence]));
    page.list(points.into_iter().chain(comparable));
}

/// A run with its place and its numbers.
fn best_run(directory: &Path, row: &RunRow, before: &str) -> Sentence {
    let metric = |name| row.metric(name).map_or("–".into(), significant);
    let numbers = format!(
        ": validation loss {}, log-likelihood {}, W1 {}.",
        metric("val_loss"),
        metric("log_likelihood"),
        metric("w1")
    );
    Sentence::from(numbers).after_link(before, &row.name, relative(directory, row))
}

fn relative(directory: &Path, row: &RunRow) -> String {
    let path = row.directory.strip_prefix(directory);
    path.unwrap_or(&row.directory).display().to_string()
}

fn same_run(by_loss: Option<&RunRow>, by_w1: Option<&RunRow>) -> Option<Sentence> {
    let (a, b) = by_loss.zip(by_w1)?;
    Some(match a.directory == b.directory {
        true => "They are the same run.".into(),
        false => "They are not the same run.".into(),
    })
}

/// What the log-likelihood is between.
fn likelihood_alone(summary: &Summary) -> Vec<Option<Sentence>> {
    let evaluations = || {
        summary
            .rows
            .iter()
            .filter_map(|row| row.evaluation.as_ref())
    };
    let truth =
        |e: &crate::experiment::run::record::EvalRecord| e.metrics.get("log_likelihood")?.truth;
    let Some(truth) = evaluations().find_map(truth) else {
        return vec![];
    };
    let highest = evaluations().find_map(|e| e.max_ln_p);
    let highest = highest.map_or("more".into(), significant);
    let sentences = [
        "The log-likelihood alone is no measure of quality.".into(),
        format!("A perfect model has {} (= −H(p)).", significant(truth)),
        format!("One that puts every sample on the highest peak of p has {highest} (= max ln p)."),
    ];
    sentences.map(|text: String| Some(text.into())).to_vec()
}

/// Two runs of nearly the same loss.
fn same_loss(page: &mut Page, pair: &MisleadingPair) {
    page.heading(3, "Nearly the same validation loss, different samples");
    let columns = [
        words("run"),
        numbers("validation loss"),
        numbers("excess loss"),
        numbers("W1 of the exact law"),
        numbers("share: prior"),
        numbers("network"),
        numbers("discretisation"),
        numbers("1/√(1 − β_T)"),
    ];
    page.table(Table::new(columns).rows([&pair.good, &pair.bad].map(pair_row)));
    let ratio = pair.bad.w1 / pair.good.w1;
    page.paragraph([
        Some("The validation losses of these two runs of one process differ by less than their standard error.".into()),
        Some(format!("W1 of their exact laws differs by a factor of {ratio:.1}.").into()),
        Some(
            format!(
                "Most of the difference, {}, is in the share of the {}.",
                significant(pair.difference),
                pair.cause
            )
            .into(),
        ),
        Some("The validation loss averages squared errors over x and t.".into()),
        Some("W1 is what is left after the errors of all steps have been carried to t = 0.".into()),
        Some("On the way errors of one sign add up, and those of changing sign cancel.".into()),
    ]);
    page.paragraph(amplified(pair));
}

fn pair_row(found: &OfPair) -> Vec<Sentence> {
    let metric = |name: &str| found.row.metric(name).map_or("–".into(), significant);
    let shares = found.shares;
    let numbers = [
        metric("val_loss"),
        metric("excess_loss"),
        significant(found.w1),
        significant(shares.prior),
        significant(shares.network),
        significant(shares.discretisation),
        found.amplification.map_or("–".into(), significant),
    ];
    let numbers = numbers.map(Sentence::verbatim).into_iter();
    let name = Sentence::code(found.row.name.as_str());
    std::iter::once(name).chain(numbers).collect()
}

/// What the first step of sampling does, where it does much.
fn amplified(pair: &MisleadingPair) -> Vec<Option<Sentence>> {
    let sentences = [
        "The first step of sampling multiplies x_T, and the network's error there, by 1/√(1 − β_T).",
        "With this schedule an error at t = T, one of T terms of the average, can decide the samples.",
    ];
    match pair.is_amplified() {
        true => sentences.map(|text| Some(text.into())).to_vec(),
        false => vec![],
    }
}

fn figures_section(page: &mut Page, directory: &Path, summary: &Summary, figures: &[&SweepFigure]) {
    let of_best = [
        ("histogram.png", "Its samples and the true density"),
        ("wasserstein.png", "Its forward and reverse process"),
        ("marginals.png", "Its marginals"),
    ];
    let place = |row: &RunRow, name: &str| format!("{}/eval/{name}", relative(directory, row));
    let best = summary.best_by("w1").map(|row| {
        let there = of_best.map(|(name, caption)| (place(row, name), caption));
        let there = there.into_iter();
        there
            .filter(|(path, _)| directory.join(path).is_file())
            .collect::<Vec<_>>()
    });
    let best = best.unwrap_or_default();
    if !figures.is_empty() || !best.is_empty() {
        page.heading(2, "Figures");
    }
    for figure in figures {
        page.figure(figure.name, figure.caption);
    }
    if !best.is_empty() {
        page.paragraph([Some(
            "The run with the smallest distance to the truth:".into(),
        )]);
    }
    for (path, caption) in best {
        page.figure(path, caption);
    }
}
