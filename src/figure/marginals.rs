//! Forward and reverse samples at chosen timesteps, with the exact marginal density where it is known.

use super::FigureError;
use super::axes::{Axis, BLANK_TITLE};
use super::bins::{Bins, bin_count, bulk, heights, support, visible_range};
use super::caption::{Caption, write_captions};
use super::geometry::Rect;
use super::legend::Key;
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::Scale;
use super::statistics::union;
use super::theme::{GENERATED_FILL, GENERATED_LINE, REFERENCE_LINE, TRUTH_LINE};

/// One timestep of a [`MarginalsFigure`].
#[derive(Clone, Debug)]
pub struct MarginalPanel {
    /// The timestep.
    pub t: usize,
    /// Heading of the panel, such as `t = 50`; the timestep is written if it is empty.
    pub label: String,
    /// Samples of the forward process at this timestep.
    pub forward: Vec<f64>,
    /// Samples of the reverse process at this timestep.
    pub reverse: Vec<f64>,
    /// The exact marginal density as (x, density), x ascending.
    pub density: Option<Vec<(f64, f64)>>,
    /// A remark written beside the heading.
    pub note: String,
}

/// The marginals of the forward and the reverse process, one panel a timestep, on one common x axis.
#[derive(Clone, Debug)]
pub struct MarginalsFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// The panels, in the order in which they are shown.
    pub panels: Vec<MarginalPanel>,
}

impl MarginalsFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let columns = match self.panels.len() {
            n @ 0..=3 => n.max(1),
            4 => 2,
            5 | 6 => 3,
            _ => 4,
        };
        let rows = self.panels.len().div_ceil(columns).max(1);
        let range = self.common_range();
        let mut page = Page::new(
            Words {
                title: &self.title,
                subtitle: &self.subtitle,
                keys: self.keys(range),
                note: "",
            },
            rows as f64 * if columns == 4 { 310.0 } else { 350.0 },
        );
        if self.panels.is_empty() {
            Panel::empty(&mut page.canvas, page.body);
        }
        let mut areas = page.body.grid(self.panels.len(), columns, 16.0);
        let captions: Vec<_> = self.panels.iter().map(MarginalPanel::caption).collect();
        write_captions(&mut page.canvas, &mut areas, &captions);
        for (index, (area, panel)) in areas.iter().zip(&self.panels).enumerate() {
            // The common axes are named once a row and once a column.
            let title = |show: bool, title| if show { title } else { BLANK_TITLE };
            let x_title = title(index + columns >= self.panels.len(), "x");
            let y_title = title(index % columns == 0, "density");
            let drawn =
                range.and_then(|range| panel.draw(&mut page, *area, range, (x_title, y_title)));
            if drawn.is_none() {
                Panel::empty(&mut page.canvas, *area);
            }
        }
        page.png()
    }

    fn common_range(&self) -> Option<(f64, f64)> {
        self.panels
            .iter()
            .map(MarginalPanel::range)
            .fold(None, union)
    }

    fn keys(&self, range: Option<(f64, f64)>) -> Vec<Key> {
        let Some((low, high)) = range else {
            return Vec::new();
        };
        let outside: usize = self
            .panels
            .iter()
            .flat_map(|panel| &panel.reverse)
            .filter(|x| !(low..=high).contains(*x))
            .count();
        let reverse = match outside {
            0 => "reverse process".to_owned(),
            n => format!("reverse process (outside the axis, over all panels: {n})"),
        };
        let mut keys = vec![
            Key::line(REFERENCE_LINE, "forward process"),
            Key::area(GENERATED_FILL, GENERATED_LINE, reverse),
        ];
        if self.panels.iter().any(|panel| panel.density.is_some()) {
            keys.insert(0, Key::line(TRUTH_LINE, "exact marginal density"));
        }
        keys
    }
}

impl MarginalPanel {
    fn caption(&self) -> Caption {
        Caption {
            heading: match self.label.as_str() {
                "" => format!("t = {}", self.t),
                label => label.to_owned(),
            },
            note: self.note.clone(),
        }
    }

    /// What this panel alone would show.
    fn range(&self) -> Option<(f64, f64)> {
        let known = union(
            self.density.as_deref().and_then(support),
            bulk(&self.forward),
        );
        visible_range(known, &self.reverse).or_else(|| visible_range(None, &self.forward))
    }

    /// Draws the panel, or returns `None` if there is nothing to draw.
    fn draw(
        &self,
        page: &mut Page,
        area: Rect,
        range: (f64, f64),
        (x_title, y_title): (&str, &str),
    ) -> Option<()> {
        let own = self.range()?;
        let share = (own.1 - own.0) / (range.1 - range.0);
        let n = self.forward.len().max(self.reverse.len());
        let count = bin_count(n, share, area.width() - 80.0);
        let histogram = |samples: &[f64]| Bins::new(samples, range, count);
        let (forward, reverse) = (histogram(&self.forward), histogram(&self.reverse));
        let density = self.density.as_deref().unwrap_or_default();
        let heights = heights([&forward, &reverse], density);
        let y = Axis::new(Scale::from_zero(heights)?, y_title);
        let x = Axis::new(Scale::linear(range.0, range.1), x_title);
        let mut panel = Panel::new(&mut page.canvas, area, &(x, y));
        panel.histogram(&reverse, Some(GENERATED_FILL), &GENERATED_LINE);
        panel.histogram(&forward, None, &REFERENCE_LINE);
        panel.line(density, &TRUTH_LINE);
        Some(())
    }
}
