//! Single points on their way, and samples from other noise or by fewer steps.

use crate::{
    evaluation::{
        plane::{Draw, Planar},
        recording::ln_density,
        run::Evaluation,
    },
    experiment::Split,
    figure::{Field, Layer, PlaneFigure, PlanePanel, Role, Window, square_window},
    report::run::figures::{
        all::subject,
        plane::{Picture, STANDARDIZED, class_of, cloud, contours, in_data_units, labels},
    },
    text::significant,
};

pub(crate) fn trajectories(evaluation: &Evaluation) -> Picture {
    let planar = evaluation.planar.as_ref()?;
    let journey = &evaluation.journey;
    let walks = [&journey.paths, &planar.forward_walks, &planar.reverse_walks];
    let places: Vec<f64> = walks.into_iter().flatten().flatten().copied().collect();
    let test = evaluation.dataset.standardized(Split::Test);
    let window = square_window(&[test.values()], &[])?
        .union(extent(&places))
        .squared();
    let law = evaluation.dataset.standardized_density();
    let density = law.as_ref().filter(|law| law.has_density());
    let density = density.map(|law| ln_density(law, window));
    // By the class of their end, where there are classes; else every walk has a colour of its own.
    let by_end = |(index, path): (usize, &'_ Vec<f64>)| match path.as_slice() {
        [.., x, y] => {
            let class = class_of(evaluation, law.as_ref(), [*x, *y]);
            Role::Class(class.unwrap_or(index))
        }
        _ => Role::Generated,
    };
    let followed: Vec<_> = journey
        .paths
        .iter()
        .enumerate()
        .map(|(index, path)| (path, by_end((index, path))))
        .collect();
    let (forward, reverse) = (
        numbered(&planar.forward_walks),
        numbered(&planar.reverse_walks),
    );
    let figure = PlaneFigure {
        title: "Single points on their way".into(),
        subtitle: subject(evaluation),
        panels: vec![
            paths("forward from one test point", "other noise each", &forward, density.as_ref()),
            paths("reverse from different noise", "the first samples", &followed, density.as_ref()),
            paths("reverse from the same noise", "other noise on the way", &reverse, density.as_ref()),
        ],
        columns: 3,
        window: Some(window),
        labels: labels(STANDARDIZED),
        roles: vec![],
        note: "a square marks where a path begins, a dot where it ends; a sampler without noise of its own takes the same path \
               from the same noise"
            .into(),
    };
    Some(figure.render())
}

/// All of some places, and a little room around them.
fn extent(places: &[f64]) -> Window {
    let axis = |k: usize| {
        let along = || places.iter().skip(k).step_by(2).copied();
        let (low, high) = (
            along().fold(f64::MAX, f64::min),
            along().fold(f64::MIN, f64::max),
        );
        let room = 0.03 * (high - low);
        (low - room, high + room)
    };
    Window {
        x: axis(0),
        y: axis(1),
    }
}

fn numbered(walks: &[Vec<f64>]) -> Vec<(&Vec<f64>, Role)> {
    walks.iter().zip((0..).map(Role::Class)).collect()
}

fn paths<'a>(
    heading: &str,
    note: &str,
    paths: &[(&'a Vec<f64>, Role)],
    density: Option<&'a Field>,
) -> PlanePanel<'a> {
    let lines = paths.iter().map(|(path, role)| Layer::Path(path, *role));
    PlanePanel {
        heading: heading.into(),
        note: note.into(),
        layers: contours(density).chain(lines).collect(),
        ..PlanePanel::default()
    }
}

fn draws<'a>(
    evaluation: &Evaluation,
    planar: &'a Planar,
    title: &str,
    draws: &'a [Draw],
    heading: impl Fn(usize, &Draw) -> String,
) -> PlaneFigure<'a> {
    let outside = |draw: &Draw| {
        let is_shown = |x: &[f64]| planar.window.cell_of([x[0], x[1]], 1, 1).is_some();
        let places = draw.points.chunks_exact(2);
        match places.filter(|x| !is_shown(x)).count() {
            // One in a hundred is a tail, and not worth a word.
            few if 200 * few <= draw.points.len() => None,
            many => Some(format!("{many} outside")),
        }
    };
    let panel = |(index, draw): (usize, &'a Draw)| PlanePanel {
        note: [
            draw.w1.map(|w1| format!("W1 {}", significant(w1))),
            outside(draw),
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", "),
        ..cloud(
            &heading(index, draw),
            &draw.points,
            Role::Generated,
            planar.density.as_ref(),
        )
    };
    let count = draws.first().map_or(0, |draw| draw.points.len() / 2);
    let floor = planar.drawn_floor.map(|floor| {
        format!(
            "W1 to the exact law along each axis, averaged: {count} perfect samples show {}",
            significant(floor)
        )
    });
    PlaneFigure {
        panels: draws.iter().enumerate().map(panel).collect(),
        roles: vec![(
            Role::Generated,
            format!("{count} generated samples in each panel"),
        )],
        note: floor.unwrap_or_default(),
        ..in_data_units(evaluation, planar, title.into())
    }
}

pub(crate) fn seeds(evaluation: &Evaluation) -> Picture {
    let planar = evaluation.planar.as_ref()?;
    let heading = |index: usize, _: &Draw| format!("noise {}", index + 1);
    let title = "The same model from different noise: disjoint sets of the samples";
    Some(draws(evaluation, planar, title, &planar.by_noise, heading).render())
}

pub(crate) fn steps(evaluation: &Evaluation) -> Picture {
    let planar = evaluation
        .planar
        .as_ref()
        .filter(|planar| planar.by_steps.len() > 1)?;
    let heading = |_: usize, draw: &Draw| match draw.num_steps {
        1 => "1 step".into(),
        n => format!("{n} steps"),
    };
    let title = "The same noise through fewer steps of the sampler";
    Some(draws(evaluation, planar, title, &planar.by_steps, heading).render())
}
