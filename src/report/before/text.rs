//! The description for people.

use crate::{
    forecast::{
        advice::Severity,
        facts::{ComponentFacts, Description, MetricFacts},
    },
    report::before::sheet::{Sheet, affine, duration, list, plain, with_unit},
    target::Mode,
    terminal::table::Cell,
    text::{significant, with_digits, without_rounding},
};

/// Rows in the table of losses.
const ROWS: usize = 8;

/// Most components that get a row.
const MAX_COMPONENTS: usize = 12;

/// The whole description.
pub(crate) fn render(found: &Description) -> String {
    let mut sheet = Sheet::default();
    sheet.heading(&format!("{}, before training", found.name));
    data(found, &mut sheet);
    schedule(found, &mut sheet);
    loss(found, &mut sheet);
    network(found, &mut sheet);
    sampling(found, &mut sheet);
    advice(found, &mut sheet);
    sheet.0
}

fn data(found: &Description, sheet: &mut Sheet) {
    let data = &found.data;
    sheet.heading("Data");
    sheet.field("law", &format!("{}, {}D", data.kind, data.dim));
    let error = data.entropy_standard_error.filter(|error| *error > 1e-9);
    let error = error.map_or_else(String::new, |error| format!(" ± {}", with_digits(error, 2)));
    let on_a_curve = data.entropy.is_none() && !data.components.is_empty();
    sheet.field(
        "entropy H(p)",
        &match on_a_curve {
            true => "– (the data lies on a curve, so log p exists only at t ≥ 1)".into(),
            false => with_unit(data.entropy, &format!("{error} nats")),
        },
    );
    // Each component is a class, unless classes are named; that says nothing more than the table of components.
    let named = data.num_classes != data.components.len();
    if data.num_classes > 1 && (named || found.network.class_conditional) {
        sheet.field("classes", &data.num_classes.to_string());
    }
    if let Some(peaks) = &data.peaks {
        sheet.field("modes", &modes(peaks));
    }
    sheet.field(
        "points",
        &format!(
            "{} to train on, {} to validate on, {} to test with",
            data.num_train, data.num_val, data.num_test
        ),
    );
    sheet.field(
        "standardised",
        &match data.standardize {
            "none" => "not at all".to_string(),
            kind => format!("{kind}: {}", affine(&data.shift, &data.scale)),
        },
    );
    if data.components.is_empty() {
        return;
    }
    let row = |(k, component): (usize, &ComponentFacts)| {
        let (kind, text) = match component {
            ComponentFacts::Gaussian { mean, std_dev, .. } => (
                "gaussian",
                format!("mean {}, std_dev {}", list(mean), list(std_dev)),
            ),
            ComponentFacts::Uniform {
                low, high, noise, ..
            } => ("uniform", place(low, high, noise.as_deref())),
            ComponentFacts::Curve {
                low, high, noise, ..
            } => ("curve", place(low, high, noise.as_deref())),
        };
        vec![
            Cell::Number(k as f64),
            Cell::Text(plain(component.weight())),
            Cell::Text(format!("{kind}, {text}")),
        ]
    };
    let rows = data
        .components
        .iter()
        .enumerate()
        .take(MAX_COMPONENTS)
        .map(row);
    sheet.table(&["component", "weight", "law"], rows.collect());
    if data.components.len() > MAX_COMPONENTS {
        let more = data.components.len() - MAX_COMPONENTS;
        sheet.field("", &format!("and {more} more"));
    }
}

/// How many modes there are, and where.
fn modes(modes: &[Mode]) -> String {
    let place = |mode: &Mode| match *mode {
        Mode::Peak(x) => format!("at {}", plain(x)),
        Mode::Edge(x) => format!("at {}, the edge of a box", plain(x)),
        Mode::Plateau(low, high) => {
            format!("every point from {} to {}", plain(low), plain(high))
        }
    };
    let peaks = modes.iter().all(|mode| matches!(mode, Mode::Peak(_)));
    if peaks {
        let places: Vec<_> = modes.iter().map(|mode| mode.place()).collect();
        return format!("{}, at {}", modes.len(), list(&places));
    }
    let places: Vec<_> = modes.iter().map(place).collect();
    match places.as_slice() {
        [one] => one.clone(),
        places => format!("{}: {}", places.len(), places.join("; ")),
    }
}

/// The box that a component lies in, and the noise on it.
fn place(low: &[f64], high: &[f64], noise: Option<&[f64]>) -> String {
    let noise = noise.map_or_else(String::new, |noise| format!(", noise {}", list(noise)));
    let corners = low.iter().chain(high);
    let size = corners.fold(0.0, |size: f64, x| size.max(x.abs()));
    let corner = |place: &[f64]| {
        let place: Vec<_> = place.iter().map(|x| without_rounding(*x, size)).collect();
        list(&place)
    };
    format!("from {} to {}{noise}", corner(low), corner(high))
}

fn schedule(found: &Description, sheet: &mut Sheet) {
    let schedule = &found.schedule;
    let total = schedule.num_timesteps;
    sheet.heading("Schedule");
    sheet.field("levels", &format!("{}, T = {total}", schedule.kind));
    sheet.field(
        "SNR a²/s²",
        &format!(
            "{} at t = 1, {} at t = {total}",
            significant(schedule.snr_first),
            significant(schedule.snr_last)
        ),
    );
    sheet.field(
        match schedule.terminal.starts_with('σ') {
            true => "terminal noise",
            false => "terminal signal",
        },
        &schedule.terminal,
    );
    sheet.field(
        "prior mismatch",
        &format!(
            "KL(q_T‖{}) = {}, W1 = {}",
            schedule.start,
            with_unit(schedule.prior_kl, " nats"),
            with_unit(schedule.prior_w1, "")
        ),
    );
    if found.loss.is_some() {
        let range = |range: Option<(usize, usize)>| match range {
            Some((first, last)) => format!("t = {first} to {last}"),
            None => "at no t".into(),
        };
        sheet.field(
            "x0 undecided",
            &format!(
                "{} (5 % to 95 % of the data's variance left open by x_t)",
                range(schedule.undecided)
            ),
        );
        sheet.field(
            "more than linear",
            &format!(
                "{} (best linear denoiser over 5 % above the floor)",
                range(schedule.nonlinear)
            ),
        );
    }
}

fn loss(found: &Description, sheet: &mut Sheet) {
    sheet.heading("Loss");
    let Some(loss) = &found.loss else {
        return sheet.field("floor", "– (the density of the data is not known)");
    };
    sheet.field("prediction", found.network.prediction);
    let error = match loss.floor_standard_error {
        0.0 => String::new(),
        error => format!(" ± {}", with_digits(error, 2)),
    };
    sheet.field(
        "perfect network",
        &format!("{}{error}: the floor of val_loss", significant(loss.floor)),
    );
    sheet.field(
        "linear denoiser",
        &format!("{}, the best", significant(loss.linear)),
    );
    sheet.field(
        "constant output",
        &format!("{}, the best", significant(loss.constant)),
    );
    if loss.train_floor != loss.floor {
        let value = significant(loss.train_floor);
        sheet.field(
            "train_loss",
            &format!("{value} of a perfect network: its timesteps are weighted"),
        );
    }
    let last = loss.by_timestep.len() - 1;
    let mut shown: Vec<_> = (0..ROWS).map(|i| i * last / (ROWS - 1)).collect();
    shown.dedup();
    let row = |i: &usize| {
        let at = &loss.by_timestep[*i];
        let numbers = [
            at.t as f64,
            at.signal,
            at.noise,
            at.floor,
            at.linear,
            at.constant,
        ];
        let mut row: Vec<_> = numbers.into_iter().map(Cell::Number).collect();
        row.push(Cell::Text(format!("{:.1} %", 100.0 * at.open)));
        row
    };
    sheet.table(
        &["t", "a", "s", "perfect", "linear", "constant", "x0 open"],
        shown.iter().map(row).collect(),
    );
}

fn network(found: &Description, sheet: &mut Sheet) {
    let network = &found.network;
    sheet.heading("Network");
    if network.num_parameters == 0 {
        sheet.field("kind", "the Bayes denoiser: no weights, no training");
        return;
    }
    sheet.field("parameters", &network.num_parameters.to_string());
    sheet.field(
        "steps",
        &format!(
            "{} of {} points: {} epochs, {} validations",
            network.num_steps,
            network.batch_size,
            significant(network.epochs),
            network.num_validations
        ),
    );
    sheet.field(
        "time",
        &format!(
            "about {} for the run, {} a step ({} real steps were just taken, on one core)",
            duration(network.seconds),
            duration(network.seconds_per_step),
            network.measured_steps,
        ),
    );
    sheet.field(
        "work",
        &format!(
            "{} million floating-point operations a step, {} billion a second",
            with_digits(network.flops_per_step / 1e6, 3),
            with_digits(network.flops_per_step / network.seconds_per_step / 1e9, 2)
        ),
    );
    sheet.field(
        "memory",
        &format!(
            "about {} MB",
            with_digits((network.memory_bytes / 1e6).max(0.1), 2)
        ),
    );
}

fn sampling(found: &Description, sheet: &mut Sheet) {
    let sampler = &found.sampler;
    sheet.heading("Samples");
    sheet.field(
        "sampler",
        &format!(
            "{}, {}",
            sampler.sampler,
            match (sampler.chooses_steps, sampler.num_steps) {
                (true, n) => format!("with steps of its own choice, looked at {n} times"),
                (false, 1) => "1 step".into(),
                (false, n) => format!("{n} steps"),
            }
        ),
    );
    sheet.field(
        "perfect network",
        &sampler.perfect_network.map_or_else(
            || format!("– ({})", sampler.unknown),
            |perfect| {
                format!(
                    "W1 = {} ({} noise floors), KL(p‖p̂) = {}, with infinitely many samples",
                    significant(perfect.w1),
                    with_digits(perfect.w1_floors, 2),
                    with_unit(perfect.kl_forward, " nats")
                )
            },
        ),
    );
    sheet.field(
        "noise floors",
        &format!(
            "what {} perfect samples show (w1_test: against {} test points)",
            sampler.num_samples, found.data.num_test
        ),
    );
    let rows = found
        .metrics
        .0
        .iter()
        .filter(|(_, fact)| fact.noise_floor.is_some());
    let row = |(name, fact): &(String, MetricFacts)| {
        vec![
            Cell::from(name.as_str()),
            Cell::from(fact.truth),
            Cell::from(fact.noise_floor),
            Cell::from(fact.samples_for_half_floor),
        ]
    };
    sheet.table(
        &["metric", "truth", "noise_floor", "samples for half of it"],
        rows.map(row).collect(),
    );
    let few = |(name, fact): &&(String, MetricFacts)| {
        let stays = fact.noise_floor.is_some_and(|floor| floor > 0.0);
        let is_of_test_points = !["transport", "missed_99"].contains(&name.as_str());
        stays && fact.samples_for_half_floor.is_none() && is_of_test_points
    };
    let few: Vec<_> = found
        .metrics
        .0
        .iter()
        .filter(few)
        .map(|(name, _)| name.as_str())
        .collect();
    if !few.is_empty() {
        let names = few.join(", ");
        sheet.field(
            "",
            &format!("no number of samples halves the floor of {names} with so few test points"),
        );
    }
}

fn advice(found: &Description, sheet: &mut Sheet) {
    sheet.heading("Advice");
    if found.advice.is_empty() {
        sheet.field("nothing to warn of", "");
    }
    for advice in &found.advice {
        let severity = match advice.severity {
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        sheet.0.push_str(&format!(
            "  {severity}: {} [{}]\n",
            advice.message, advice.code
        ));
        if let Some(set) = &advice.set {
            sheet.0.push_str(&format!("    try --set {set}\n"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corner_that_is_zero_but_for_rounding_is_zero() {
        let words = place(&[-1.0, -1.110e-16], &[1.0, 1e-5], None);
        assert!(
            !words.contains("e-16") && words.contains("1.000e-5"),
            "{words}"
        );
        let small = place(&[-1e-16], &[2e-16], None);
        assert!(small.contains("e-16"), "{small}");
    }
}
