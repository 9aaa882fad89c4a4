//! The data sets of the plane that papers and tutorials draw, each with its exact law.

use super::{Component, Curve, Gaussian, Path, UniformBox, coordinates::Coordinates};
use crate::settings::{Default, Domain, Key, Kind, Range, Section, SettingError};
use serde::Serialize;
use std::f64::consts::{PI, TAU};

/// Weights, and as many components.
pub(super) type Parts = (Vec<f64>, Vec<Component>);

/// Most cells along an axis.
const MAX_CELLS: usize = 100;

/// Lengths that a data set may have.
const SIZE: Range = Range::closed(1e-6, 1e6);

/// Where a data set may be moved.
const SHIFT: Range = Range::closed(-1e6, 1e6);

const UNIT: &str = "that of the data";

/// A length in the data's own unit.
const fn size(name: &'static str, default: f64, help: &'static str) -> Key {
    Key::number(name, default, SIZE, help).unit(UNIT)
}

/// `noise`, the standard deviation of Gaussian noise, which may be 0.
const fn noise(default: f64, help: &'static str) -> Key {
    Key::number("noise", default, SIZE.or_zero(), help).unit(UNIT)
}

/// `cells`, the number of equal cells along each axis.
pub(super) const CELLS: Key = Key::new(
    "cells",
    Domain::List(&Domain::Count(1, MAX_CELLS)),
    Default::Absent("one cell, the whole box"),
    "Number of equal cells along each axis. Each cell is a component and so a class.",
);

/// Two round Gaussians beside each other: N((±offset, 0), std_dev² I), half of the points each.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct TwoGaussians {
    /// Distance of each mean from the origin.
    pub offset: f64,
    /// Standard deviation along each axis.
    pub std_dev: f64,
}

impl TwoGaussians {
    pub(super) const KIND: Kind = Kind::new(
        "two_gaussians",
        "Two round Gaussians beside each other, half of the points in each.",
    )
    .keys(&[
        size("offset", 1.5, "Distance of each mean from the origin."),
        size(
            "std_dev",
            0.5,
            "Standard deviation of each Gaussian along each axis.",
        ),
    ]);

    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        Ok(Self {
            offset: section.float("offset")?,
            std_dev: section.float("std_dev")?,
        })
    }

    pub(super) fn parts(&self) -> Parts {
        let centres = [[-self.offset, 0.0], [self.offset, 0.0]];
        equal(centres.map(|centre| round(centre, self.std_dev)))
    }
}

/// Eight round Gaussians on a circle (Grathwohl et al. 2019 use radius 4 and standard deviation ½, all
/// divided by √2).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct EightGaussians {
    /// Radius of the circle.
    pub radius: f64,
    /// Standard deviation along each axis.
    pub std_dev: f64,
}

impl EightGaussians {
    pub(super) const KIND: Kind = Kind::new(
        "eight_gaussians",
        "Eight round Gaussians on a circle. The paper divides its points by √2 besides.",
    )
    .source("Grathwohl et al. 2019")
    .keys(&[
        size("radius", 4.0, "Radius of the circle of the means."),
        size(
            "std_dev",
            0.5,
            "Standard deviation of each Gaussian along each axis.",
        ),
    ]);

    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        Ok(Self {
            radius: section.float("radius")?,
            std_dev: section.float("std_dev")?,
        })
    }

    pub(super) fn parts(&self) -> Parts {
        let centre = |k: usize| {
            let (sin, cos) = (TAU * k as f64 / 8.0).sin_cos();
            [self.radius * cos, self.radius * sin]
        };
        equal((0..8).map(|k| round(centre(k), self.std_dev)))
    }
}

/// The eight dark squares of a 4 × 4 board over [−4, 4]², with Gaussian noise. Each square is a component.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Checkerboard {
    /// Standard deviation of the noise along each axis.
    pub noise: f64,
}

impl Checkerboard {
    pub(super) const KIND: Kind = Kind::new(
        "checkerboard",
        "The eight dark squares of a 4 × 4 board over [−4, 4]², with Gaussian noise.",
    )
    .keys(&[noise(
        0.05,
        "Standard deviation of the noise along each axis.",
    )]);

    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        Ok(Self {
            noise: section.float("noise")?,
        })
    }

    pub(super) fn parts(&self) -> Parts {
        // Squares of side 2; those whose column and row are both even or both odd are kept.
        let kept = (0..16)
            .map(|k| (k / 4, k % 4))
            .filter(|(i, j)| (i + j) % 2 == 0);
        let corner = |i: i32| f64::from(2 * i - 4);
        equal(kept.map(|(i, j)| {
            let low = vec![corner(i), corner(j)];
            let high = vec![corner(i + 1), corner(j + 1)];
            let square = UniformBox::new(low, high).expect("a square has a positive side");
            Component::Uniform(square.with_noise(self.noise))
        }))
    }
}

/// The square [−1, 1]², cut into cells: each cell is a component and so a class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct UniformSquare {
    /// Cells along each axis: `[5, 1]` are five bands, `[3, 3]` nine squares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<Cells>,
}

impl UniformSquare {
    pub(super) const KIND: Kind = Kind::new(
        "uniform_square",
        "The square [−1, 1]², whole or cut into equal cells.",
    )
    .keys(&[CELLS.example("[5, 1]")]);

    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        Ok(Self {
            cells: Cells::read(section, 2)?,
        })
    }

    pub(super) fn parts(&self) -> Parts {
        let square = UniformBox::new(vec![-1.0; 2], vec![1.0; 2]);
        cut(
            square.expect("a square has a positive side"),
            self.cells.as_ref(),
        )
    }
}

/// A filled rectangle, U[−2, 2] × U[−4, 4]: the `line` of tiny-diffusion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Line {}

impl Line {
    pub(super) const KIND: Kind = Kind::new(
        "line",
        "A filled rectangle, uniform on [−2, 2] × [−4, 4], as tiny-diffusion draws it.",
    );

    pub(super) fn parts(&self) -> Parts {
        let rectangle = UniformBox::new(vec![-2.0, -4.0], vec![2.0, 4.0]);
        cut(rectangle.expect("a rectangle has positive sides"), None)
    }
}

/// Two interleaving half circles, (cos θ, sin θ) and (1 − cos θ, ½ − sin θ) with θ uniform on [0, π], with
/// Gaussian noise (the `make_moons` of scikit-learn), then scaled and shifted. Each is a component.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Moons {
    /// Standard deviation of the noise along each axis, before the scaling.
    pub noise: f64,
    /// What both axes, or each, are multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Coordinates>,
    /// What is then added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<Coordinates>,
}

impl Moons {
    pub(super) const KIND: Kind = Kind::new(
        "moons",
        "Two interleaving half circles with Gaussian noise, then scaled and shifted.",
    )
    .source("scikit-learn, make_moons")
    .keys(&[
        noise(
            0.05,
            "Standard deviation of the noise along each axis, before the scaling.",
        ),
        Key::new(
            "scale",
            Domain::Either(&[Domain::Number(SIZE), Domain::List(&Domain::Number(SIZE))]),
            Default::Absent("1: the moons are not scaled"),
            "Factor on both axes, or one for each.",
        )
        .example("[2.0, 3.0]"),
        Key::new(
            "shift",
            Domain::Either(&[Domain::Number(SHIFT), Domain::List(&Domain::Number(SHIFT))]),
            Default::Absent("0: the moons are not moved"),
            "What is added to both axes after the scaling, or a number for each.",
        )
        .unit(UNIT)
        .example("[-0.4, -0.1]"),
    ]);

    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        Ok(Self {
            noise: section.float("noise")?,
            scale: pair(section, "scale")?,
            shift: pair(section, "shift")?,
        })
    }

    pub(super) fn parts(&self) -> Parts {
        let [a, b] = both(self.scale.as_ref(), 1.0);
        let [u, v] = both(self.shift.as_ref(), 0.0);
        let arc = |scale, shift| Curve::new(Path::arc(0.0, PI), scale, shift, self.noise);
        let upper = arc([a, b], [u, v]);
        let lower = arc([-a, -b], [a + u, 0.5 * b + v]);
        equal([upper, lower].map(Component::Curve))
    }
}

/// A circle of radius 1 and one of radius `factor` inside it, half of the points on each, with Gaussian
/// noise (the `make_circles` of scikit-learn). Each is a component, the outer one first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Circles {
    /// Standard deviation of the noise along each axis.
    pub noise: f64,
    /// Radius of the inner circle.
    pub factor: f64,
}

impl Circles {
    pub(super) const KIND: Kind = Kind::new(
        "circles",
        "A circle of radius 1 and a smaller one inside it, half of the points on each, with Gaussian noise.",
    )
    .source("scikit-learn, make_circles")
    .keys(&[
        noise(0.05, "Standard deviation of the noise along each axis."),
        Key::number(
            "factor",
            0.5,
            Range::closed(1e-6, 1.0),
            "Radius of the inner circle; that of the outer one is 1.",
        ),
    ]);

    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        Ok(Self {
            noise: section.float("noise")?,
            factor: section.float("factor")?,
        })
    }

    pub(super) fn parts(&self) -> Parts {
        equal([1.0, self.factor].map(|radius| ring(radius, self.noise)))
    }
}

/// One circle with Gaussian noise. The `circle` of tiny-diffusion has radius 3; its points, meant to be
/// uniform, gather at seventeen places, which this ring does not imitate (the preset `tiny_circle` does).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Circle {
    /// Radius of the circle.
    pub radius: f64,
    /// Standard deviation of the noise along each axis.
    pub noise: f64,
}

impl Circle {
    pub(super) const KIND: Kind = Kind::new("circle", "One circle with Gaussian noise.").keys(&[
        size("radius", 3.0, "Radius of the circle."),
        noise(0.05, "Standard deviation of the noise along each axis."),
    ]);

    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        Ok(Self {
            radius: section.float("radius")?,
            noise: section.float("noise")?,
        })
    }

    pub(super) fn parts(&self) -> Parts {
        equal([ring(self.radius, self.noise)])
    }
}

/// The spiral θ(cos θ, sin θ), θ = 1.5π(1 + 2u) with u uniform on [0, 1], with Gaussian noise (the first and
/// the third column of scikit-learn's `make_swiss_roll`), then scaled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SwissRoll {
    /// Standard deviation of the noise along each axis, before the scaling.
    pub noise: f64,
    /// What both axes are multiplied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
}

impl SwissRoll {
    pub(super) const KIND: Kind = Kind::new(
        "swiss_roll",
        "The spiral θ(cos θ, sin θ) with θ uniform on [1.5π, 4.5π] and Gaussian noise, then scaled.",
    )
    .source("scikit-learn, make_swiss_roll, first and third column")
    .keys(&[
        noise(0.5, "Standard deviation of the noise along each axis, before the scaling."),
        Key::new(
            "scale",
            Domain::Number(SIZE),
            Default::Absent("1: the spiral is not scaled"),
            "Factor on both axes.",
        )
        .example("0.1"),
    ]);

    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        Ok(Self {
            noise: section.float("noise")?,
            scale: section.optional_float("scale")?,
        })
    }

    pub(super) fn parts(&self) -> Parts {
        let (path, scale) = (Path::spiral(1.5 * PI, 4.5 * PI), self.scale.unwrap_or(1.0));
        let roll = Curve::new(path, [scale; 2], [0.0; 2], self.noise);
        equal([Component::Curve(roll)])
    }
}

/// Equal cells along each axis that a box is cut into.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Cells(Vec<usize>);

impl Cells {
    /// Reads `cells`, one number for each of `dim` axes.
    pub(super) fn read(section: &mut Section, dim: usize) -> Result<Option<Self>, SettingError> {
        let Some(counts) = section.floats("cells")? else {
            return Ok(None);
        };
        if counts.len() != dim || counts.iter().any(|count| count.fract() != 0.0) {
            let message = format!("is a list of {dim} whole numbers: cells along each axis");
            return Err(section.error("cells", message));
        }
        Ok(Some(Self(
            counts.iter().map(|count| *count as usize).collect(),
        )))
    }
}

/// A box in equal cells, each a component; the last axis runs fastest.
pub(super) fn cut(whole: UniformBox, cells: Option<&Cells>) -> Parts {
    let Some(Cells(counts)) = cells else {
        return equal([Component::Uniform(whole)]);
    };
    let total: usize = counts.iter().product();
    let edge = |axis: usize, i: usize| {
        let (low, high) = (whole.low()[axis], whole.high()[axis]);
        low + (high - low) * i as f64 / counts[axis] as f64
    };
    let cell = |mut index: usize| {
        let mut place = vec![0; counts.len()];
        for (i, count) in place.iter_mut().zip(counts).rev() {
            *i = index % count;
            index /= count;
        }
        let ends = |step: usize| {
            let end = |(axis, i): (usize, &usize)| edge(axis, i + step);
            place.iter().enumerate().map(end).collect()
        };
        let cell = UniformBox::new(ends(0), ends(1)).expect("cells of a box are boxes");
        Component::Uniform(cell)
    };
    equal((0..total).map(cell))
}

/// Reads a number for both axes, or one for each.
fn pair(section: &mut Section, key: &'static str) -> Result<Option<Coordinates>, SettingError> {
    let Some(setting) = section.get(key) else {
        return Ok(None);
    };
    let values = section.coordinates(key, setting)?;
    if values.len() > 2 {
        return Err(section.error(key, "is a number, or two: one for each axis"));
    }
    Ok(Some(Coordinates(values)))
}

fn both(pair: Option<&Coordinates>, default: f64) -> [f64; 2] {
    match pair.map(|pair| pair.0.as_slice()) {
        Some([one]) => [*one; 2],
        Some([first, second, ..]) => [*first, *second],
        _ => [default; 2],
    }
}

fn ring(radius: f64, noise: f64) -> Component {
    let path = Path::arc(0.0, TAU);
    // The noise of a curve is scaled with it.
    Component::Curve(Curve::new(path, [radius; 2], [0.0; 2], noise / radius))
}

fn equal(components: impl IntoIterator<Item = Component>) -> Parts {
    let components: Vec<_> = components.into_iter().collect();
    (vec![1.0; components.len()], components)
}

fn round(centre: [f64; 2], std_dev: f64) -> Component {
    let gaussian = Gaussian::diagonal(centre.to_vec(), &[std_dev; 2]);
    Component::Gaussian(gaussian.expect("checked when it was read"))
}

#[cfg(test)]
mod tests;
