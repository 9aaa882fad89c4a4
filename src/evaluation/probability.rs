//! What a run's denoiser says of the density at chosen points.

use crate::{
    diffusion::Classes,
    error::Result,
    evaluation::{class_choice, plane::chosen_points::FLOW_STEPS, trained::Trained},
    points::Points,
    target::Mixture,
    truth::{BoundAt, LogLikelihood, bound_at, log_likelihood},
};
use rayon::prelude::*;

/// What is known of one point and class; densities are those of standardised units.
pub(crate) struct Answer {
    /// The point, in the data's own units.
    pub(crate) x: Vec<f64>,
    /// The class, by name.
    pub(crate) class: String,
    pub(crate) bound: BoundAt,
    /// ln p of what the probability flow draws, where it reaches the point.
    pub(crate) flow: Option<LogLikelihood>,
    /// ln p of the data, in its own units.
    pub(crate) exact: Option<f64>,
}

/// What the model says of `points` (the data's own units) for each of the classes, with `pairs` pairs of draws
/// behind each bound. The classes of one point stand together.
///
/// # Errors
/// If the network cannot answer.
pub(crate) fn ask(
    trained: &Trained,
    told: &[Told],
    points: &Points,
    pairs: usize,
) -> Result<Vec<Answer>> {
    let (dataset, schedule) = (&trained.dataset, &trained.schedule);
    let seen = dataset.affine.apply(points);
    let (start, seed) = (trained.start(), trained.run.config.seed());
    let of_class = |class: &Told| -> Result<Vec<Answer>> {
        let number = class.number.unwrap_or(dataset.num_classes() as u32);
        let denoiser = trained.of(Classes::Same(number));
        let density = dataset.density.as_ref();
        let exact = density.and_then(|density| class.law(density));
        let start = start.of_class(number);
        let flows = log_likelihood(&denoiser, schedule, FLOW_STEPS, &start, seen.values())?;
        let rows = points.rows().zip(seen.rows()).zip(flows);
        rows.map(|((x, seen), flow)| {
            Ok(Answer {
                x: x.to_vec(),
                class: class.name.clone(),
                bound: bound_at(&denoiser, schedule, &start, seen, pairs, seed)?,
                flow,
                exact: exact.as_ref().map(|law| law.ln_pdf(x)),
            })
        })
        .collect()
    };
    let by_class: Vec<_> = told.par_iter().map(of_class).collect::<Result<_>>()?;
    let mut by_class: Vec<_> = by_class.into_iter().map(Vec::into_iter).collect();
    let one_point = |_| {
        by_class
            .iter_mut()
            .filter_map(Iterator::next)
            .collect::<Vec<_>>()
    };
    Ok((0..points.len()).flat_map(one_point).collect())
}

/// What the model knows of the class.
pub(crate) struct Told {
    /// `None`: nothing.
    number: Option<u32>,
    name: String,
}

impl Told {
    /// The law of the data that it is told of, in the data's own units.
    fn law(&self, density: &Mixture) -> Option<Mixture> {
        match self.number {
            Some(class) => density.of_class(class),
            None => Some(density.clone()),
        }
    }
}

/// The classes that the points are asked about: those that are named, or, for a network that is told
/// classes, all of them, and none where it knows that too.
pub(crate) fn told(trained: &Trained, named: &[String]) -> Result<Vec<Told>> {
    let (config, dataset) = (&trained.run.config, &trained.dataset);
    let name = |number: u32| Told {
        number: Some(number),
        name: class_choice::name(dataset, number),
    };
    if !named.is_empty() {
        return named
            .iter()
            .map(|text| class_choice::find(trained, text).map(name))
            .collect();
    }
    let nothing = Told {
        number: None,
        name: "–".into(),
    };
    if !config.model.class_conditional() {
        return Ok(vec![nothing]);
    }
    let knows_all = config.answers_without_class();
    let all = (0..dataset.num_classes() as u32).map(name);
    Ok(all.chain(knows_all.then_some(nothing)).collect())
}
