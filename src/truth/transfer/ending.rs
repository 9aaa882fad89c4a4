//! The end of a law: the last density that noise has smoothed, and the steps without noise that follow it.

use super::{
    branches::{Branches, Carried, Fineness},
    curve::LawCurve,
    density::Density,
    divergence::Divergences,
    panels::equal_edges,
    precision::Coarseness,
};
use crate::{
    error::Result,
    target::{Mixture, special::LN_SQRT_2PI},
};
use std::sync::Arc;

/// Panels to begin with are this many times as wide as the scale on which the density varies.
const WIDTH: f64 = 6.0;

/// The same where all steps make one map, which may be far steeper than the law they begin with.
const START_WIDTH: f64 = 0.75;

/// Least and most panels to begin with.
const PANELS: (f64, f64) = (32.0, 2000.0);

/// Panels times steps that are worth their time, and panels that are halved however many steps there are.
const MAX_PANEL_STEPS: usize = 3_200;
const LEAST_PANELS: usize = 32;

/// Most panels of a curve.
const CURVE_PANELS: usize = 400;

/// The law is no better known than a curve resolves it.
const CURVE_TOLERANCE: f64 = 1e-5;

/// ln φ(Z) and Z from which on a curve is straight.
const CURVE_KNOWN: f64 = -25.0;

/// What steps without noise make of points.
pub(super) type Map<'a> = Box<dyn Fn(&mut [f64]) -> Result<()> + Send + Sync + 'a>;

/// A density and what steps without noise make of it.
pub(super) struct Ending<'a> {
    density: Density,
    edges: Vec<f64>,
    is_bounded: bool,
    /// Whether the density is the law that sampling starts from.
    is_start: bool,
    /// The least error of ln p that panels can resolve.
    tolerance: f64,
    /// Steps of the map.
    num_steps: usize,
    map: Map<'a>,
}

impl<'a> Ending<'a> {
    /// Of a density.
    pub(super) fn of_density(density: Density, num_steps: usize, map: Map<'a>) -> Self {
        let (low, high) = density.ends;
        let (least, most) = PANELS;
        let count = ((high - low) / (WIDTH * density.scale)).clamp(least, most);
        let mut edges = equal_edges(low, high, (high - low) / count);
        edges.extend(&density.breakpoints);
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        Self {
            is_start: false,
            is_bounded: !density.breakpoints.is_empty(),
            density,
            edges,
            tolerance: 0.0,
            num_steps,
            map,
        }
    }

    /// Of a curve.
    pub(super) fn of_curve(curve: LawCurve, num_steps: usize, map: Map<'a>) -> Self {
        let nodes = curve.nodes();
        let stride = nodes.len().div_ceil(CURVE_PANELS);
        let last = nodes[nodes.len() - 1];
        let mut edges: Vec<_> = nodes.iter().copied().step_by(stride).collect();
        if edges[edges.len() - 1] < last {
            edges.push(last);
        }
        let ends = (nodes[0], last);
        let curve = Arc::new(curve);
        let same = curve.clone();
        let density = Density {
            ends,
            scale: ends.1 - ends.0,
            breakpoints: vec![],
            value: Arc::new(move |x| curve.pdf(x)),
            ln_value: Arc::new(move |x| same.ln_pdf(x)),
            ln_known: CURVE_KNOWN - LN_SQRT_2PI - (ends.1 - ends.0).ln(),
        };
        Self {
            density,
            edges,
            is_bounded: false,
            is_start: false,
            tolerance: CURVE_TOLERANCE,
            num_steps,
            map,
        }
    }

    /// The same where the density is the law that sampling starts from.
    pub(super) fn since_the_start(self) -> Self {
        let (low, high) = self.density.ends;
        Self {
            is_start: true,
            edges: equal_edges(low, high, START_WIDTH * self.density.scale),
            ..self
        }
    }

    /// Whether the density is exact, and no computation of it finer than another.
    pub(super) fn is_exact(&self) -> bool {
        self.is_start
    }

    /// Whether the density is that of a curve.
    pub(super) fn is_curve(&self) -> bool {
        self.tolerance > 0.0
    }

    /// How far the law is from that of the data.
    pub(super) fn divergences(
        &self,
        data: &Mixture,
        coarseness: &Coarseness,
    ) -> Result<Divergences> {
        let carried = Carried {
            ln_density: &*self.density.ln_value,
            ln_known: self.density.ln_known,
            edges: self.edges.clone(),
            is_bounded: self.is_bounded,
            map: &*self.map,
        };
        let Fineness {
            tolerance,
            more_panels,
        } = coarseness.divergence;
        let affordable = (MAX_PANEL_STEPS / self.num_steps.max(1)).max(LEAST_PANELS);
        let fineness = Fineness {
            tolerance: tolerance.max(self.tolerance),
            more_panels: more_panels.min(affordable),
        };
        let (branches, coarse) = Branches::new(&carried, data, fineness)?;
        let found = Divergences::new(&branches, data);
        Ok(match coarse {
            Some(coarse) => found.beside(&Divergences::new(&coarse, data)),
            None => found,
        })
    }
}
