//! The log-densities of chosen points, as a table.

use crate::{
    evaluation::probability::Answer,
    terminal::table::{Cell, Table},
};

/// What the columns mean.
pub(crate) const EXPLANATION: &str = "\
All in nats, densities in the data's own units. `estimate` is −½ Σ (SNR before − SNR after) E‖x − x̂0‖² over the \
steps: no log-density, for it leaves out `prior_kl` and `reconstruction`. `bound` = estimate − prior_kl − \
reconstruction is a lower bound on the log-density; `flow` is the log-density of what the probability flow \
of the network draws; `exact` is that of the data.";

/// A row for each answer about points of dimension `dim`; `ln_scale` is ln|det| from standardised units to
/// the data's own.
pub(crate) fn table(answers: &[Answer], dim: usize, ln_scale: f64) -> Table {
    Table {
        columns: columns(dim),
        rows: answers
            .iter()
            .map(|answer| cells(answer, ln_scale))
            .collect(),
    }
}

fn columns(dim: usize) -> Vec<String> {
    let axes = (1..=dim).map(|k| match dim {
        1 => "x".to_string(),
        _ => format!("x{k}"),
    });
    let rest = [
        "class",
        "estimate",
        "estimate_se",
        "prior_kl",
        "reconstruction",
        "bound",
        "bound_se",
        "flow",
        "flow_error",
        "exact",
    ];
    axes.chain(rest.map(String::from)).collect()
}

fn cells(answer: &Answer, ln_scale: f64) -> Vec<Cell> {
    let (bound, flow) = (&answer.bound, answer.flow);
    let whole = bound.value();
    let exact = match answer.exact {
        Some(exact) if exact == f64::NEG_INFINITY => Cell::Text("-inf".into()),
        exact => Cell::from(exact),
    };
    let numbers = [
        Some(-bound.diffusion.value),
        Some(bound.diffusion.standard_error),
        Some(bound.prior.value),
        Some(bound.reconstruction + ln_scale),
        Some(whole.value - ln_scale),
        Some(whole.standard_error),
        flow.map(|flow| flow.value - ln_scale),
        flow.map(|flow| flow.error),
    ];
    let place = answer.x.iter().map(|x| Cell::Number(*x));
    place
        .chain([Cell::from(answer.class.as_str())])
        .chain(numbers.map(Cell::from))
        .chain([exact])
        .collect()
}
