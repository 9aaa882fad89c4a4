//! Samples from elsewhere: their page, and everything else that is left in their directory.

use crate::{
    error::Result,
    evaluation::{class_choice, given::GivenSamples, inputs},
    experiment::{
        Dataset, Run, Split, files,
        run::{judged::JudgedSamples, record::EvalRecord},
    },
    points::Points,
    report::{
        figure,
        page::{
            markdown,
            sentence::Sentence,
            tree::{Block, Page},
        },
        run::{
            class_table,
            figures::{GIVEN_FIGURES, GivenFigure},
            mode_words, numbers, verdict,
        },
    },
    terminal::options::Figures,
};
use rayon::prelude::*;
use std::path::Path;

/// Judges samples and writes everything into `eval/` of their directory. What is there already of the same
/// samples, with the figures that are asked for, is kept. Returns whether it was made.
///
/// # Errors
/// If the record that is there was edited, and is not to be made again: exit 5.
pub(crate) fn judge(
    (run, source): (&Run, &JudgedSamples),
    dataset: &Dataset,
    samples: &Points,
    figures: Figures,
    force: bool,
) -> Result<bool> {
    let inputs = inputs::of_given(&run.config, &source.sha256);
    let directory = run.eval_directory();
    if !force {
        run.verify_eval_record()?;
    }
    let wanted = |record: &EvalRecord| {
        let names = record.figures.as_deref().unwrap_or_default();
        let are_there = names.iter().all(|name| directory.join(name).is_file());
        figures == Figures::None || (!names.is_empty() && are_there)
    };
    if let Ok(Some(record)) = run.eval_record()
        && !force
        && record.inputs == inputs
        && wanted(&record)
    {
        return Ok(false);
    }
    let mut given = GivenSamples::of(&run.config, dataset, samples, inputs);
    given.record.verdict = Some(verdict::sentences(&given.verdict).join(" "));
    files::create_dir(&directory)?;
    files::remove_temporaries(&directory);
    write_samples(samples, &directory)?;
    let drawn = draw(&given, &directory, figures)?;
    let text = markdown::write(&page(&given, source, &drawn));
    files::write_atomic(&directory.join("report.md"), text.as_bytes())?;
    let names = drawn.iter().map(|figure| figure.name.to_string());
    given.record.figures = Some(names.collect());
    run.write_eval_record(&given.record)?;
    Ok(true)
}

fn write_samples(samples: &Points, directory: &Path) -> Result<()> {
    let values = files::npy_f64(samples.values(), samples.dim());
    files::write_atomic(&directory.join("samples.npy"), &values)?;
    let labels = directory.join("samples_labels.npy");
    match samples.labels() {
        Some(classes) => files::write_atomic(&labels, &files::npy_u32(classes)),
        None => {
            files::remove_file(&labels);
            Ok(())
        }
    }
}

/// Draws the figures that apply, if any are asked for, and removes the others; those drawn.
fn draw(
    given: &GivenSamples,
    directory: &Path,
    figures: Figures,
) -> Result<Vec<&'static GivenFigure>> {
    let draw = |figure: &'static GivenFigure| {
        let picture = match figures {
            Figures::Png => (figure.render)(given),
            Figures::None => None,
        };
        let drawn = figure::write(&directory.join(figure.name), picture)?;
        Ok(drawn.then_some(figure))
    };
    let drawn: Vec<_> = GIVEN_FIGURES.par_iter().map(draw).collect::<Result<_>>()?;
    Ok(drawn.into_iter().flatten().collect())
}

/// The page of given samples, with the figures that are there.
fn page(given: &GivenSamples, source: &JudgedSamples, figures: &[&GivenFigure]) -> Page {
    let record = &given.record;
    let mut page = Page::default();
    page.heading(1, format!("Samples of `{}`", given.config.name));
    let judged = verdict::judged(&given.verdict);
    page.blocks.push(Block::Finding(
        judged.into_iter().map(Sentence::from).collect(),
    ));
    page.paragraph(introduction(given, source).map(Some));
    page.heading(2, "Numbers");
    let num_test = given.dataset.split(Split::Test).len();
    numbers::section(&mut page, record, &[], num_test);
    page.paragraph([mode_words::nested(&given.verdict.modes).map(Sentence::from)]);
    let name = |class| class_choice::name(given.dataset, class);
    class_table::section(&mut page, record, 1.0, &name);
    if !figures.is_empty() {
        page.heading(2, "Figures");
    }
    for figure in figures {
        page.figure(figure.name, figure.caption);
    }
    page
}

/// What was judged, and against what.
fn introduction(given: &GivenSamples, source: &JudgedSamples) -> [Sentence; 3] {
    let from = match source.samples.as_str() {
        "-" => "the standard input".to_string(),
        file => format!("`{file}`"),
    };
    [
        format!("{} samples were read from {from}.", source.num_samples).into(),
        match given.dataset.density {
            Some(_) => "They are compared with the law of the data and with its test split.",
            None => {
                "They are compared with the test split, since the density of the data is not known."
            }
        }
        .into(),
        "No cause is blamed, since nothing but the samples is known.".into(),
    ]
}
