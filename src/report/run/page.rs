//! The page about one run: `eval/report.md`.

use crate::{
    evaluation::{class_choice, run::Evaluation, verdict::Verdict},
    experiment::{ExperimentConfig, run::record::EvalRecord},
    report::{
        page::{
            sentence::Sentence,
            tree::{Block, Page},
        },
        run::{causes, class_table, figures::RunFigure, numbers, verdict},
    },
};

/// The page of an evaluation, with the figures that are there.
pub(crate) fn page(
    evaluation: &Evaluation,
    verdict: Option<&Verdict>,
    figures: &[&RunFigure],
) -> Page {
    let (config, record) = (&evaluation.trained.run.config, &evaluation.record);
    let mut page = Page::default();
    let title = format!("Evaluation of `{}`, seed {}", config.name, config.seed);
    page.heading(1, title);
    page.paragraph(introduction(config, record).map(Some));
    match verdict {
        Some(verdict) => {
            let sentences = verdict::sentences(verdict);
            let sentences = sentences.into_iter().map(Sentence::from).collect();
            page.blocks.push(Block::Finding(sentences));
        }
        None => page.paragraph(why_no_attribution(config, record).map(|text| Some(text.into()))),
    }
    page.heading(2, "Numbers");
    numbers::section(&mut page, record, &evaluation.tables.bound);
    let name = |class| class_choice::name(&evaluation.trained.dataset, class);
    class_table::section(&mut page, record, config.guidance, &name);
    causes::section(&mut page, record);
    figures_section(&mut page, figures);
    page
}

/// What was evaluated.
fn introduction(config: &ExperimentConfig, record: &EvalRecord) -> [Sentence; 3] {
    [
        format!(
            "{} samples were drawn by `{}` in {} steps.",
            record.num_samples, record.sampler, record.num_sampling_steps
        )
        .into(),
        format!(
            "The process has the {} schedule with T = {}.",
            config.process.schedule.kind(),
            config.process.num_timesteps
        )
        .into(),
        match record.checkpoint.as_str() {
            "none" => "The denoiser is the Bayes denoiser, which no network can beat.".into(),
            _ => format!("The network was trained for {} steps.", record.step).into(),
        },
    ]
}

/// Why there is no attribution.
fn why_no_attribution(config: &ExperimentConfig, record: &EvalRecord) -> [&'static str; 2] {
    let w1 = record.metrics.get("w1");
    match w1 {
        None => [
            "The density of the data is not known.",
            "So there is no truth to compare with, and nothing to blame.",
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
    use crate::{
        experiment::config::toml_source,
        report::run::{
            figures::FIGURES,
            testing::{record, written},
        },
    };

    fn config(text: &str) -> ExperimentConfig {
        let data = "[data]\nkind = \"gaussian_mixture\"\nweights = [1.0]\nmeans = [0.0]\n\
                    std_devs = [1.0]\n";
        let table = toml_source::parse_text(&format!("{data}{text}"), "a").unwrap();
        ExperimentConfig::from_table(&table, "a").unwrap()
    }

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
        assert!(why(&plain, &record).contains("nothing to blame"));
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
}
