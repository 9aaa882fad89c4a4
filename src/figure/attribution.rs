//! Where an error comes from: a bar for each cause, beside what sampling noise alone would show.

use super::FigureError;
use super::axes::Axis;
use super::caption::{Caption, write_captions};
use super::format::{number, with_error};
use super::legend::Key;
use super::mark::Stroke;
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::Scale;
use super::theme::{AXIS, INK, NOISE_FLOOR, NOISE_FLOOR_LINE, QUIET_INK, series_color};
use plotters::style::RGBAColor;

/// What the bars of a group stand for, in their order.
const CAUSES: [&str; 3] = ["prior", "network", "discretisation"];

/// The fraction of the axis that is left empty.
const NEGLIGIBLE: f64 = 1e-4;

/// Width of a bar; groups are 1 apart.
const BAR: f64 = 0.24;

/// The bars of one setting.
#[derive(Clone, Debug)]
pub struct AttributionGroup {
    /// Its name under the bars.
    pub label: String,
    /// What the prior, the network and the discretisation add.
    pub shares: [f64; 3],
    /// Their sum.
    pub total: f64,
    /// The standard errors of the shares and of their sum, where they are estimates.
    pub errors: Option<[f64; 4]>,
}

/// Bars that have axes of their own.
#[derive(Clone, Debug)]
pub struct AttributionPanel {
    /// What its groups have in common; may be empty.
    pub heading: String,
    /// The groups, from left to right.
    pub groups: Vec<AttributionGroup>,
}

/// Shares of the causes in an error.
#[derive(Clone, Debug)]
pub struct AttributionFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// One or more panels side by side.
    pub panels: Vec<AttributionPanel>,
    /// Name of the groups' axis.
    pub x_label: String,
    /// Name of the error.
    pub y_label: String,
    /// What perfect samples show.
    pub noise_floor: f64,
    /// A remark written under the panels; may be empty.
    pub note: String,
}

impl AttributionFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        if let [AttributionPanel { groups, .. }] = &self.panels[..]
            && let [only] = &groups[..]
        {
            return self.render_one(only);
        }
        let causes = CAUSES.iter().enumerate().map(|(i, name)| {
            Key::area(series_color(i), Stroke::solid(series_color(i), 1.0), *name)
        });
        let words = Words {
            title: &self.title,
            subtitle: &self.subtitle,
            keys: causes.chain(self.other_keys()).collect(),
            note: &self.note,
        };
        let mut page = Page::new(words, 520.0);
        let columns = self.panels.len().clamp(1, 3);
        let mut areas = page.body.grid(self.panels.len().max(1), columns, 22.0);
        let caption = |panel: &AttributionPanel| Caption {
            heading: panel.heading.clone(),
            note: String::new(),
        };
        let captions: Vec<_> = self.panels.iter().map(caption).collect();
        write_captions(&mut page.canvas, &mut areas, &captions);
        for (area, panel) in areas.iter().zip(&self.panels) {
            match self.axes(panel) {
                Some(axes) => {
                    let mut canvas = Panel::new(&mut page.canvas, *area, &axes);
                    self.draw(panel, &mut canvas);
                }
                None => Panel::empty(&mut page.canvas, *area),
            }
        }
        page.png()
    }

    /// A single setting has a bar, a name and a number for each cause, their sum and the noise floor.
    fn render_one(&self, group: &AttributionGroup) -> Result<Vec<u8>, FigureError> {
        let words = Words {
            title: &self.title,
            subtitle: &self.subtitle,
            keys: vec![],
            note: &self.note,
        };
        let mut page = Page::new(words, 500.0);
        let causes = CAUSES.iter().zip(group.shares).enumerate();
        let mut bars: Vec<_> = causes
            .map(|(i, (name, share))| (format!("{name} (share)"), share, series_color(i)))
            .collect();
        bars.push(("W1 without noise (sum)".into(), group.total, QUIET_INK));
        bars.push((
            "noise floor of the samples".into(),
            self.noise_floor,
            NOISE_FLOOR,
        ));
        let errors = group.errors.unwrap_or_default();
        let error = |i: usize| errors.get(i).copied().unwrap_or(0.0);
        let ends = bars.iter().enumerate().flat_map(|(i, (_, value, _))| {
            // Whiskers towards 0 need no room.
            [*value, value + error(i).copysign(*value)]
        });
        let values = ends.chain([0.0]);
        let Some(y) = Scale::covering(values.clone(), false, 0.1) else {
            Panel::empty(&mut page.canvas, page.body);
            return page.png();
        };
        // Next to nothing below zero needs no room there.
        let low = values.fold(0.0, f64::min);
        let low = if low < -0.01 * y.high { y.low } else { 0.0 };
        let mut x = Axis::new(Scale::linear(-0.6, bars.len() as f64 - 0.4), &*self.x_label);
        let name = |(i, (name, _, _)): (usize, &(String, f64, RGBAColor))| (i as f64, name.clone());
        x.names = Some(bars.iter().enumerate().map(name).collect());
        let axes = (x, Axis::new(Scale::linear(low, y.high), &*self.y_label));
        let mut panel = Panel::new(&mut page.canvas, page.body, &axes);
        for (i, (_, value, color)) in bars.iter().enumerate() {
            let middle = i as f64;
            panel.rect((middle - 0.32, 0.0), (middle + 0.32, *value), *color);
            let error = error(i);
            if error > NEGLIGIBLE * y.high {
                let ends = (value - error, value + error);
                panel.error_bar(middle, ends, 0.0, &Stroke::solid(INK, 1.4));
            }
            let negligible = value.abs() < NEGLIGIBLE * y.high;
            let text = match negligible && error < NEGLIGIBLE * y.high {
                true => "≈ 0".into(),
                false => with_error(*value, error),
            };
            let end = value + error.copysign(*value);
            panel.label(&text, (middle, end.max(low)), *value >= 0.0 || negligible);
        }
        panel.horizontal(0.0, &Stroke::solid(AXIS, 1.0));
        page.png()
    }

    fn other_keys(&self) -> [Key; 2] {
        let floor = format!("noise floor {} (perfect samples)", number(self.noise_floor));
        let total = Stroke::solid(QUIET_INK, 2.2);
        [
            Key::line(total, "sum: W1 without sampling noise"),
            Key::line(NOISE_FLOOR_LINE, floor),
        ]
    }

    fn axes(&self, panel: &AttributionPanel) -> Option<(Axis, Axis)> {
        let groups = self.panels.iter().flat_map(|panel| &panel.groups);
        let values = groups.flat_map(|g| g.shares.iter().copied().chain([g.total]));
        let y = Scale::covering(values.chain([0.0, self.noise_floor]), false, 0.1)?;
        let y = match y.low < 0.0 && self.lowest() > -0.01 * y.high {
            true => Scale::linear(0.0, y.high),
            false => y,
        };
        let count = panel.groups.len() as f64;
        let mut x = Axis::new(Scale::linear(-0.6, count - 0.4), self.x_label.clone());
        let name = |(i, group): (usize, &AttributionGroup)| (i as f64, group.label.clone());
        x.names = Some(panel.groups.iter().enumerate().map(name).collect());
        Some((x, Axis::new(y, self.y_label.clone())))
    }

    fn lowest(&self) -> f64 {
        let groups = self.panels.iter().flat_map(|panel| &panel.groups);
        groups.flat_map(|g| g.shares).fold(0.0, f64::min)
    }

    fn draw(&self, bars: &AttributionPanel, panel: &mut Panel<'_>) {
        for (i, group) in bars.groups.iter().enumerate() {
            for (k, share) in group.shares.iter().enumerate() {
                let middle = i as f64 + (k as f64 - 1.0) * (BAR + 0.02);
                let (left, right) = (middle - 0.5 * BAR, middle + 0.5 * BAR);
                panel.rect((left, 0.0), (right, *share), series_color(k));
            }
            let reach = 1.5 * BAR + 0.06;
            let ends = [
                (i as f64 - reach, group.total),
                (i as f64 + reach, group.total),
            ];
            panel.line(&ends, &Stroke::solid(QUIET_INK, 2.2));
        }
        panel.horizontal(self.noise_floor, &NOISE_FLOOR_LINE);
        panel.horizontal(0.0, &Stroke::solid(AXIS, 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::is_png;

    #[test]
    fn causes_that_cancel_and_numbers_that_are_none_make_a_picture() {
        for shares in [[0.1, -0.05, 0.0], [f64::NAN; 3], [0.0; 3]] {
            let group = AttributionGroup {
                label: "run".into(),
                total: shares.iter().sum(),
                shares,
                errors: None,
            };
            for (count, errors) in [(1, None), (1, Some([0.02; 4])), (3, None)] {
                let figure = AttributionFigure {
                    title: "t".into(),
                    subtitle: String::new(),
                    panels: vec![AttributionPanel {
                        heading: String::new(),
                        groups: vec![
                            AttributionGroup {
                                errors,
                                ..group.clone()
                            };
                            count
                        ],
                    }],
                    x_label: String::new(),
                    y_label: "W1".into(),
                    noise_floor: 0.02,
                    note: String::new(),
                };
                let bytes = figure.render().expect("a picture");
                assert!(is_png(&bytes, crate::figure::theme::WIDTH, 500));
            }
        }
    }
}
