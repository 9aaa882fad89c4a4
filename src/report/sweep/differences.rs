//! The section of a sweep's page that says which differences between settings are real.

use crate::{
    error::Result,
    experiment::sweep::{
        effect::short,
        summary::Summary,
        tables::{encode, number},
    },
    metric::student::MOST_SEEDS,
    report::{
        page::{
            sentence::Sentence,
            tree::{Page, Table, numbers, words},
        },
        sweep::{
            comparison::{Compared, Comparisons, Obstacle, Standing, differing},
            figures::of_samples,
        },
    },
    text::{significant, with_digits},
};

/// Rows of the table at most; `comparisons.csv` has all.
const MOST_ROWS: usize = 30;

/// The section, under a heading of this level.
pub(crate) fn section(page: &mut Page, level: usize, summary: &Summary, compared: &Comparisons) {
    page.heading(level, "Which differences are real?");
    page.paragraph(rule(compared).map(|text| Some(text.into())));
    page.paragraph(seeds(compared));
    table(page, summary, compared);
}

/// The table of the differences, and what it leaves out.
pub(crate) fn table(page: &mut Page, summary: &Summary, compared: &Comparisons) {
    let shown = compared.pairs.iter().take(MOST_ROWS);
    let rows = shown.map(|pair| row(summary, pair));
    let columns = [
        words("settings"),
        words("differ in"),
        numbers("difference"),
        numbers("p"),
        words("judgement"),
        numbers("seeds for this difference"),
        numbers("seeds for one noise floor"),
    ];
    let floor = floor(summary, compared);
    page.table(Table::new(columns).rows(rows.map(|row| row(floor))));
    page.paragraph([rest(compared)].into_iter().chain(obstacles(compared)));
}

/// What is compared, and how it is judged.
fn rule(compared: &Comparisons) -> [String; 6] {
    let what = match compared.metric {
        "w1_law" => "W1 of the exact law, which has no sampling noise",
        "sliced_w1" => "W1 of the samples, averaged over projections in all directions",
        "w1" => "W1 of the samples to the truth",
        "excess_loss" => "what the loss is above that of a perfect network",
        "val_loss" => "the loss on the validation points",
        _ => "W1 of the samples to the test points",
    };
    let pairs = match compared.is_of_best {
        true => {
            "The best is held against all others, and settings that differ in one key against each other."
        }
        false => "All settings are held against each other.",
    };
    [
        format!("Settings are compared by `{}`: {what}.", compared.metric),
        pairs.into(),
        "The number of a setting is that of its row under Results, and the smaller mean stands first.".into(),
        "Runs of one seed are paired where they share their data.".into(),
        "The interval is Student's, 95 %, and p is corrected for the number of comparisons (Holm 1979).".into(),
        "Worse means p ≤ 0.05.".into(),
    ]
}

/// What the number of seeds allows.
fn seeds(compared: &Comparisons) -> Vec<Option<Sentence>> {
    let has = |standing| compared.pairs.iter().any(|pair| pair.standing == standing);
    let one = "One seed leaves a difference unjudged: the page shows the numbers alone.";
    let two = "Two seeds decide nothing: with one degree of freedom the interval is 12.7 standard errors.";
    let wanted = "The last columns give the seeds of each setting that would find the difference, or one noise \
                  floor, in four of five sweeps.";
    vec![
        has(Standing::OneSeed).then(|| one.into()),
        has(Standing::TwoSeeds).then(|| two.into()),
        (has(Standing::TwoSeeds) || has(Standing::Indistinguishable)).then(|| wanted.into()),
    ]
}

/// The noise floor of W1, for a size that matters.
fn floor(summary: &Summary, compared: &Comparisons) -> Option<f64> {
    let metric = match compared.metric {
        // A loss has none.
        "excess_loss" | "val_loss" => return None,
        distance => of_samples(distance),
    };
    let records = summary
        .rows
        .iter()
        .filter_map(|row| row.evaluation.as_ref());
    records
        .filter_map(|record| record.metrics.get(metric)?.noise_floor)
        .next()
}

fn row<'a>(summary: &'a Summary, pair: &'a Compared) -> impl Fn(Option<f64>) -> Vec<Sentence> + 'a {
    move |floor| {
        let [a, b] = pair.places.map(|place| &summary.groups[place]);
        let change =
            differing(summary, a, b).map(|(key, a, b)| format!("{} {a} → {b}", short(key)));
        let change: Vec<_> = change.collect();
        let cells = [
            format!("{} – {}", pair.places[0] + 1, pair.places[1] + 1),
            change.join(", "),
            difference(pair),
            pair.p_value.map_or("–".into(), |p| match p {
                p if p < 1e-4 => "< 0.0001".into(),
                p => with_digits(p, 2),
            }),
            judgement(pair),
            wanted(pair, Some(pair.difference.mean)),
            wanted(pair, floor),
        ];
        cells.into_iter().map(Sentence::verbatim).collect()
    }
}

fn difference(pair: &Compared) -> String {
    let mean = significant(pair.difference.mean);
    match pair.difference.half_width() {
        Some(width) => format!("{mean} ± {}", with_digits(width, 2)),
        None => mean,
    }
}

pub(crate) fn judgement(pair: &Compared) -> String {
    match pair.standing {
        Standing::Equal => "equal in every seed".into(),
        Standing::OneSeed => "one seed: not judged".into(),
        Standing::TwoSeeds => "two seeds: not decided".into(),
        Standing::Indistinguishable => "indistinguishable".into(),
        Standing::Worse => format!("{} is worse", pair.places[1] + 1),
    }
}

/// How many seeds of each setting find a difference of this size.
fn wanted(pair: &Compared, size: Option<f64>) -> String {
    let is_open = matches!(
        pair.standing,
        Standing::TwoSeeds | Standing::Indistinguishable
    );
    let Some(size) = size.filter(|_| is_open) else {
        return "–".into();
    };
    let seeds = pair.difference.seeds_to_resolve(size);
    seeds.map_or(format!("more than {MOST_SEEDS}"), |seeds| seeds.to_string())
}

/// What the table leaves out.
fn rest(compared: &Comparisons) -> Option<Sentence> {
    let all = compared.pairs.len();
    (all > MOST_ROWS).then(|| {
        let worse = compared
            .pairs
            .iter()
            .filter(|pair| pair.standing == Standing::Worse);
        format!(
            "`comparisons.csv` has all {all} comparisons, of which {} find a difference.",
            worse.count()
        )
        .into()
    })
}

/// Why some settings are not compared.
fn obstacles(compared: &Comparisons) -> Vec<Option<Sentence>> {
    let sentence = |obstacle: &Obstacle| {
        Some(Sentence::new(match obstacle {
            Obstacle::Data => {
                "Settings with other data are not compared: their distances are to other laws."
            }
            Obstacle::Noise => {
                "Settings with other numbers of points are not compared: their distances have other noise floors."
            }
            Obstacle::Unit => "Settings whose losses have other units or floors are not compared.",
        }))
    };
    compared.obstacles.iter().map(sentence).collect()
}

/// The columns of `comparisons.csv`.
pub(crate) const COLUMNS: [&str; 12] = [
    "metric",
    "first",
    "second",
    "first_mean",
    "second_mean",
    "difference",
    "half_width",
    "p_holm",
    "seeds",
    "judgement",
    "seeds_for_difference",
    "seeds_for_noise_floor",
];

/// `comparisons.csv`: every pair of settings that is compared.
pub(crate) fn csv(summary: &Summary, compared: Option<&Comparisons>) -> Result<Vec<u8>> {
    let mut table = vec![COLUMNS.map(String::from).to_vec()];
    if let Some(compared) = compared {
        table.extend(csv_rows(summary, compared));
    }
    encode(&table)
}

/// The rows of `comparisons.csv`.
pub(crate) fn csv_rows(summary: &Summary, compared: &Comparisons) -> Vec<Vec<String>> {
    let mut table = vec![];
    let floor = floor(summary, compared);
    for pair in &compared.pairs {
        let groups = pair.places.map(|place| &summary.groups[place]);
        let text = |settings: &[String]| {
            let words = summary.keys.iter().zip(settings);
            let words: Vec<_> = words.map(|(key, value)| format!("{key}={value}")).collect();
            words.join(" ")
        };
        let mean = |group| number(summary.over_seeds(group, compared.metric).mean());
        let mut cells = vec![compared.metric.to_string()];
        cells.extend(groups.map(|group| text(&group.settings)));
        cells.extend(groups.map(mean));
        cells.push(number(Some(pair.difference.mean)));
        cells.push(number(pair.difference.half_width()));
        cells.push(number(pair.p_value));
        cells.push(pair.seeds.to_string());
        cells.push(judgement(pair));
        cells.push(wanted(pair, Some(pair.difference.mean)));
        cells.push(wanted(pair, floor));
        table.push(cells);
    }
    table
}
