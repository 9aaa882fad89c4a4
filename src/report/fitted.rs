//! A fitted mixture in words, and as a configuration.

use crate::{
    experiment::data::fitted::Fitted,
    text::{self, significant, with_digits},
};
use std::{fmt::Write, path::Path};

/// What was fitted, how well, and what to be careful about.
pub(crate) fn lines(found: &Fitted) -> Vec<String> {
    let (fits, best, held_out) = (&found.fits, &found.best, &found.held_out);
    let mut lines = vec![];
    if fits.len() > 1 {
        lines.push("BIC by number of Gaussians (less is better):".to_string());
        lines.extend(fits.iter().map(|fit| {
            let mark = match fit == best {
                true => "  <- taken",
                false if fit.at_floor > 0 => "  collapses onto repeated points",
                false => "",
            };
            let bic = with_digits(fit.bic, 6);
            format!("{:>4}  {bic}{mark}", fit.components.len())
        }));
    }
    let gaussians = text::count(best.components.len(), "Gaussian");
    lines.push(format!(
        "{gaussians}: mean log-likelihood {} nats of the points, {} of {} held-out ones",
        significant(best.ln_likelihood),
        match held_out.is_empty() {
            true => "–".into(),
            false => significant(best.ln_likelihood_of(held_out)),
        },
        held_out.len()
    ));
    if best.at_floor > 0 {
        lines.push(format!(
            "{} of them as narrow as is allowed: are there repeated points or whole numbers? \
             A smaller --components avoids that",
            best.at_floor
        ));
    }
    lines
}

/// The configuration, complete as it is.
pub(crate) fn configuration(name: &str, file: &Path, found: &Fitted) -> String {
    let (fit, axes) = (&found.best, found.axes.labels());
    let d = axes.len();
    let mut text = String::new();
    let file = text::escaped(&file.display().to_string());
    let gaussians = text::count(fit.components.len(), "Gaussian");
    let _ = writeln!(
        text,
        "# {gaussians}, fitted to `{file}` by `truescore fit`."
    );
    let _ = writeln!(text, "# Coordinates: {}.", axes.join(", "));
    let _ = writeln!(
        text,
        "name = \"{name}\"\n\n[data]\nkind = \"gaussian_mixture\""
    );
    let weights: Vec<_> = fit
        .components
        .iter()
        .map(|(w, _)| format!("{w:?}"))
        .collect();
    let _ = writeln!(text, "weights = [{}]", weights.join(", "));
    let row = |values: &[f64]| {
        let values: Vec<_> = values.iter().map(|x| format!("{x:?}")).collect();
        values.join(", ")
    };
    let means = fit.components.iter().map(|(_, gaussian)| match d {
        1 => row(gaussian.mean()),
        _ => format!("[{}]", row(gaussian.mean())),
    });
    let _ = writeln!(text, "means = [{}]", means.collect::<Vec<_>>().join(", "));
    if d == 1 {
        let std_devs = fit.components.iter().map(|(_, g)| g.covariance()[0].sqrt());
        let _ = writeln!(text, "std_devs = [{}]", row(&std_devs.collect::<Vec<_>>()));
    } else {
        let _ = writeln!(text, "covariances = [");
        for (_, gaussian) in &fit.components {
            let rows = gaussian.covariance().chunks_exact(d);
            let rows: Vec<_> = rows.map(|values| format!("[{}]", row(values))).collect();
            let _ = writeln!(text, "    [{}],", rows.join(", "));
        }
        let _ = writeln!(text, "]");
    }
    let _ = writeln!(
        text,
        "standardize = \"{}\"",
        if d == 1 { "global" } else { "per_axis" }
    );
    text
}
