//! Advice as a section of the page: every change with what it would leave, and every sampler that was tried.

use super::{
    against::Against,
    plan::Advice,
    remedy::{Remedy, in_words},
    trials,
};
use crate::{
    experiment::run::record::{AlternativeRecord, EvalRecord},
    report::page::{
        sentence::Sentence,
        tree::{Page, Table, numbers, words},
    },
    text::significant,
};

/// What to change next; nothing where there is nothing to change.
pub(crate) fn section(page: &mut Page, advice: &Advice, record: &EvalRecord) {
    if advice.groups.is_empty() && record.alternatives.is_empty() {
        return;
    }
    page.heading(2, "What to change next");
    if let Some(found) = record
        .attribution
        .as_ref()
        .filter(|_| !advice.groups.is_empty())
    {
        let now = format!("W1 is {} now.", trials::told(trials::now(found)));
        page.paragraph([
            Some(now.into()),
            Some("*Tried* is W1 with this change and the same network, computed for this run.".into()),
            Some("*At best* is W1 without the whole cause; the change itself was not tried.".into()),
            Some("A change of `sampler` or `eval` needs no training: `truescore eval RUN --set KEY=VALUE`.".into()),
        ]);
    }
    page.table(changes(advice));
    page.paragraph(what_was_tried(record));
    page.table(tried(advice, record));
}

fn changes(advice: &Advice) -> Table {
    let row = |group: &Against, remedy: &Remedy| {
        let w1 = match (remedy.tried, group.left, advice.together) {
            (Some(w1), ..) => format!("{} (tried)", trials::told(w1)),
            (None, _, Some(both)) => format!("at best {} with the other", trials::told(both)),
            (None, Some(left), None) => format!("at best {}", trials::told(left)),
            (None, None, None) => "–".into(),
        };
        [
            group.cause.to_string().into(),
            remedy.words.clone().into(),
            in_words(&remedy.set, " ").into(),
            w1.into(),
        ]
    };
    let rows = advice.groups.iter().flat_map(|group| {
        let rows = group.remedies.iter();
        rows.map(move |remedy| row(group, remedy))
    });
    let columns = [
        words("against"),
        words("change"),
        words("set"),
        numbers("W1"),
    ];
    Table::new(columns).rows(rows.collect::<Vec<_>>())
}

fn what_was_tried(record: &EvalRecord) -> Option<Option<Sentence>> {
    let first = record.alternatives.first()?;
    let asked = significant(first.evaluations);
    let text = format!(
        "All that was tried with the network of this run, at {asked} network evaluations a sample as the run takes, the best first:"
    );
    Some(Some(text.into()))
}

/// What was tried, the best first.
fn tried(advice: &Advice, record: &EvalRecord) -> Table {
    let mut all: Vec<_> = record.alternatives.iter().zip(&advice.tried).collect();
    all.sort_by(|a, b| a.0.w1.total_cmp(&b.0.w1));
    let row = |(tried, set): &(&AlternativeRecord, &Vec<String>)| {
        [
            tried.sampler.clone().into(),
            in_words(set, " ").into(),
            trials::told(trials::w1(tried)).into(),
        ]
    };
    let columns = [words("sampler"), words("set"), numbers("W1")];
    Table::new(columns).rows(all.iter().map(row))
}
