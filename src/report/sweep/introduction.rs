//! The first lines of a sweep's page: what varied, how many networks there are, and what the seeds do not cover.

use crate::{
    experiment::sweep::{
        effect::{moving_together, without_effect},
        seeds::SEEDS,
        summary::Summary,
    },
    report::page::{sentence::Sentence, tree::Page},
    text::count,
};

/// The lines. `networks` is the number of different networks that the runs hold.
pub(crate) fn section(page: &mut Page, summary: &Summary, networks: usize) {
    page.paragraph([
        Some(counts(summary)),
        distinct(summary, networks),
        varied(summary),
    ]);
    page.paragraph(
        together(summary)
            .into_iter()
            .chain(idle(summary))
            .chain([draws(summary)]),
    );
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

fn counts(summary: &Summary) -> Sentence {
    let (runs, settings) = (summary.rows.len(), summary.groups.len());
    let text = format!(
        "The sweep has {} of {}.",
        count(runs, "run"),
        count(settings, "setting")
    );
    text.into()
}

/// Fewer networks than runs: a sampler or an idle key makes no new one.
fn distinct(summary: &Summary, networks: usize) -> Option<Sentence> {
    let runs = summary.evaluated().count();
    (networks > 0 && networks < runs).then(|| {
        let text = format!(
            "They hold {}: runs with equal weights are no further evidence about training.",
            count(networks, "different network")
        );
        text.into()
    })
}

fn varied(summary: &Summary) -> Option<Sentence> {
    let keys: Vec<_> = summary.keys.iter().map(|key| format!("`{key}`")).collect();
    (!keys.is_empty()).then(|| format!("What varies: {}.", keys.join(", ")).into())
}

/// Keys whose effects cannot be told apart.
fn together(summary: &Summary) -> Vec<Option<Sentence>> {
    let sentence = |keys: Vec<String>| {
        let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
        let text = format!(
            "{} move together, so no effect can be given to one of them.",
            keys.join(" and ")
        );
        Some(text.into())
    };
    moving_together(summary).into_iter().map(sentence).collect()
}

/// Keys that change nothing.
fn idle(summary: &Summary) -> Vec<Option<Sentence>> {
    let sentence = |key: String| {
        let text = format!(
            "`{key}` changes nothing here: settings that differ in it alone have equal numbers, seed by seed."
        );
        Some(text.into())
    };
    without_effect(summary).into_iter().map(sentence).collect()
}

/// Whether the seeds repeat the draw of the data.
fn draws(summary: &Summary) -> Option<Sentence> {
    let has_repetitions = summary.groups.iter().any(|group| group.members.len() > 1);
    let repeats_data = summary.has_seed(SEEDS[1]);
    has_repetitions.then(|| match repeats_data {
        true => "The seeds repeat the draw of the data as well.".into(),
        false => "All seeds share one draw of the data, so the scatter over seeds leaves out that of the data \
                  (`data.seed`)."
            .into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sweep::testing::{Made, summary, written};

    fn said(runs: &[Made], networks: usize) -> String {
        written(|page| section(page, &summary(runs), networks))
    }

    #[test]
    fn a_sentence_stands_only_where_it_is_true() {
        let (low, high) = ([("w1", 0.1)], [("w1", 0.2)]);
        let zip = |steps: &'static str, width: &'static str| {
            [("train.steps", steps), ("model.hidden_dim", width)]
        };
        let (a, b) = (zip("1", "8"), zip("2", "16"));
        let together = said(&[(&a, 0, &low), (&b, 0, &high)], 2);
        assert!(
            together.contains("`model.hidden_dim` and `train.steps` move together"),
            "{together}"
        );
        assert!(!together.contains("different networks") && !together.contains("share one draw"));
        let c = zip("2", "8");
        let apart = said(&[(&a, 0, &low), (&b, 0, &high), (&c, 0, &high)], 3);
        assert!(!apart.contains("move together"), "{apart}");

        let (one, two) = (
            [("train.max_grad_norm", "1")],
            [("train.max_grad_norm", "2")],
        );
        let idle = said(&[(&one, 0, &low), (&two, 0, &low)], 1);
        assert!(
            idle.contains("`train.max_grad_norm` changes nothing"),
            "{idle}"
        );
        assert!(idle.contains("They hold 1 different network:"), "{idle}");
        let busy = said(&[(&one, 0, &low), (&two, 0, &high)], 2);
        assert!(!busy.contains("changes nothing"), "{busy}");

        let seeds = said(&[(&one, 0, &low), (&one, 1, &high)], 2);
        assert!(
            seeds.contains("All seeds share one draw of the data"),
            "{seeds}"
        );
        let (first, second) = ([("data.seed", "1")], [("data.seed", "2")]);
        let draws = said(&[(&first, 0, &low), (&second, 0, &high)], 2);
        assert!(draws.contains("2 runs of 1 setting."), "{draws}");
        assert!(draws.contains("repeat the draw of the data"), "{draws}");
    }
}
