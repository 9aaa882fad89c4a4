//! The page about one run: `eval/report.md`.

use crate::{
    evaluation::{
        class_choice,
        run::Evaluation,
        verdict::{Verdict, chooses_steps},
    },
    experiment::{ExperimentConfig, Split, run::record::EvalRecord},
    report::{
        page::{
            sentence::Sentence,
            tree::{Block, Page},
        },
        run::{
            advice::{self, Advice},
            causes, class_table,
            figures::RunFigure,
            mode_words, numbers, removal, verdict,
        },
    },
    text::significant,
};

/// The page of an evaluation, with the figures that are there.
pub(crate) fn page(
    evaluation: &Evaluation,
    verdict: &Verdict,
    advice: &Advice,
    figures: &[&RunFigure],
) -> Page {
    let (config, record) = (&evaluation.trained.run.config, &evaluation.record);
    let mut page = Page::default();
    let title = format!("Evaluation of `{}`, seed {}", config.name, config.seed);
    page.heading(1, title);
    finding(&mut page, verdict::judged(verdict));
    finding(&mut page, verdict::blamed(verdict));
    match &record.attribution {
        Some(found) => page.paragraph(told(removal::sentences(found))),
        None => page.paragraph(told(why_no_attribution(config, record))),
    }
    finding(&mut page, advice::sentences(advice));
    page.paragraph(introduction(config, record).map(Some));
    page.paragraph([no_slopes(evaluation).map(Sentence::from)]);
    page.heading(2, "Numbers");
    let num_test = evaluation.trained.dataset.split(Split::Test).len();
    numbers::section(&mut page, record, &evaluation.tables.bound, num_test);
    page.paragraph([mode_words::nested(&verdict.modes).map(Sentence::from)]);
    let name = |class| class_choice::name(&evaluation.trained.dataset, class);
    class_table::section(&mut page, record, config.guidance, &name);
    causes::section(&mut page, record, config);
    advice::section(&mut page, advice, record);
    figures_section(&mut page, figures);
    page
}

/// The sentences that a reader should take along, where there are some.
fn finding(page: &mut Page, sentences: Vec<String>) {
    if !sentences.is_empty() {
        let sentences = sentences.into_iter().map(Sentence::from).collect();
        page.blocks.push(Block::Finding(sentences));
    }
}

fn told<T: Into<Sentence>>(
    sentences: impl IntoIterator<Item = T>,
) -> impl Iterator<Item = Option<Sentence>> {
    sentences.into_iter().map(|text| Some(text.into()))
}

/// What was evaluated.
fn introduction(config: &ExperimentConfig, record: &EvalRecord) -> [Sentence; 3] {
    [
        drawn(config, record).into(),
        format!(
            "The process has the {} schedule with T = {}.",
            config.process.schedule.kind(),
            config.process.num_timesteps
        )
        .into(),
        match record.checkpoint.as_str() {
            "none" => "The denoiser is the Bayes denoiser, which no network can beat.".into(),
            "given" => "The network answered from another process, and nothing was trained.".into(),
            _ => format!("The network was trained for {} steps.", record.step).into(),
        },
    ]
}

/// Why a network from elsewhere has no likelihood, where it would have one.
fn no_slopes(evaluation: &Evaluation) -> Option<&'static str> {
    let trained = evaluation.trained;
    let (dim, is_wanted) = (trained.dataset.dim(), trained.run.config.eval.exact);
    (!trained.has_slopes() && is_wanted && dim == 2).then_some(
        "The model's log-likelihood is –: differences of float32 answers are noise, and the network gives no jvp.",
    )
}

/// By what the samples were drawn.
fn drawn(config: &ExperimentConfig, record: &EvalRecord) -> String {
    let by = format!(
        "{} samples were drawn by `{}`",
        record.num_samples, record.sampler
    );
    match record.network_evaluations {
        Some(asked) if chooses_steps(config) => format!(
            "{by}, which chooses its own steps: {} network evaluations a sample.",
            significant(asked)
        ),
        None if chooses_steps(config) => format!("{by}, which chooses its own steps."),
        _ => format!("{by} in {} steps.", record.num_sampling_steps),
    }
}

/// Why there is no attribution.
fn why_no_attribution(config: &ExperimentConfig, record: &EvalRecord) -> [&'static str; 2] {
    let w1 = record.metrics.get("w1");
    match w1 {
        None => [
            "The density of the data is not known.",
            "So the samples are compared with the test split alone, and no cause is blamed.",
        ],
        Some(_) if !config.eval.exact => [
            "There is no attribution.",
            "`eval.exact` is false, so the law of the samples was not computed.",
        ],
        Some(_) if config.guidance != 1.0 => [
            "There is no attribution.",
            "Guidance aims at another law than that of the data.",
        ],
        Some(w1) if w1.value.is_some() => [
            "There is no attribution: samples without each cause of error were not drawn.",
            "So many steps take too long for a network of this size and data of this kind.",
        ],
        Some(_) => ["There is no attribution.", "Some samples are no numbers."],
    }
}

fn figures_section(page: &mut Page, figures: &[&RunFigure]) {
    if !figures.is_empty() {
        page.heading(2, "Figures");
    }
    for figure in figures {
        page.figure(figure.name, figure.caption);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::run::{
        figures::FIGURES,
        testing::{config, record, written},
    };

    #[test]
    fn what_is_missing_has_its_own_reason() {
        let mut record = record();
        let why = |config: &ExperimentConfig, record: &EvalRecord| {
            why_no_attribution(config, record).join(" ")
        };
        let plain = config("");
        assert!(why(&plain, &record).contains("were not drawn"));
        assert!(why(&config("[eval]\nexact = false\n"), &record).contains("`eval.exact`"));
        record.metrics.get_mut("w1").unwrap().value = None;
        assert!(why(&plain, &record).contains("no numbers"));
        record.metrics.remove("w1");
        assert!(why(&plain, &record).contains("with the test split alone"));
    }

    #[test]
    fn figures_are_shown_with_their_captions_and_only_where_they_are() {
        let shown = written(|page| figures_section(page, &[&FIGURES[0]]));
        let (figure, other) = (&FIGURES[0], &FIGURES[1]);
        let link = format!("![{}]({})", figure.caption, figure.name);
        assert!(
            shown.contains(&link) && !shown.contains(other.name),
            "{shown}"
        );
        assert_eq!(written(|page| figures_section(page, &[])), "\n");
    }

    #[test]
    fn the_bayes_denoiser_has_no_training_steps() {
        let mut record = record();
        let said = |record: &EvalRecord| format!("{:?}", introduction(&config(""), record));
        assert!(said(&record).contains("The network was trained for"));
        record.checkpoint = "none".into();
        assert!(said(&record).contains("Bayes denoiser") && !said(&record).contains("trained"));
    }

    #[test]
    fn a_solver_that_chooses_its_steps_has_no_number_of_steps() {
        let mut record = record();
        record.network_evaluations = Some(59.84);
        let rk45 = config("[sampler]\nkind = \"rk45\"\n");
        let said = drawn(&rk45, &record);
        assert!(
            said.ends_with("its own steps: 59.84 network evaluations a sample."),
            "{said}"
        );
        assert!(drawn(&config(""), &record).ends_with("in 8 steps."));
        record.network_evaluations = None;
        assert!(drawn(&rk45, &record).ends_with("chooses its own steps."));
    }
}
