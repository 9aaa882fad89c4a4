//! Panels that show the plane, each a stack of layers: clouds of points, lines of equal density, paths, maps, arrows,
//! words. Every figure of two-dimensional data is one of these.

use super::FigureError;
use super::axes::{Axis, BLANK_TITLE};
use super::bins::{bulk, visible_range};
use super::canvas::Canvas;
use super::caption::{Caption, write_captions};
use super::field::{Field, Window};
use super::geometry::{Point, Rect};
use super::legend::Key;
use super::mark::{Marker, Stroke};
use super::page::{Page, Words};
use super::panel::Panel;
use super::raster::Coverage;
use super::scale::Scale;
use super::shades::Shades;
use super::statistics::union;
use super::theme::{GENERATED, REFERENCE, TRUTH, TRUTH_LINE, class_color, series_marker, tint};
use plotters::style::RGBAColor;

/// Parts of the mass inside the lines of equal density.
pub const CONTOUR_MASS: [f64; 2] = [0.5, 0.95];

/// What the lines of equal density look like, under clouds and over maps.
pub(super) const CONTOUR: (f64, RGBAColor) = (1.1, RGBAColor(TRUTH.0, TRUTH.1, TRUTH.2, 0.8));

/// Most points of a cloud with a radius of their own; more are smaller.
const FEW_POINTS: usize = 3000;

/// Width of the strip that explains a map's colours, with its labels.
const STRIP: f64 = 74.0;
/// Steps of that strip.
const STEPS: usize = 96;

/// Whose points a cloud or a path shows; it decides the colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// Data, or the forward process: orange.
    Data,
    /// Generated samples, or the reverse process: blue.
    Generated,
    /// The class of this number, or any other group.
    Class(usize),
}

/// One thing that a panel shows.
#[derive(Clone, Debug)]
pub enum Layer<'a> {
    /// Points (row-major, `[n, 2]`): where there are more of them it is darker.
    Cloud(&'a [f64], Role),
    /// Lines around half of the mass and 95 % of it, of a field that holds ln p.
    Contours(&'a Field),
    /// A line through points (row-major, `[n, 2]`), with a mark at its end.
    Path(&'a [f64], Role),
    /// A map of colours, cell by cell or smooth.
    Map {
        /// What it shows; cells that are not finite stay white.
        field: &'a Field,
        /// Its colours.
        shades: Shades,
        /// Whether it is interpolated between the centres of the cells.
        smooth: bool,
    },
    /// Arrows: their start and what they point along, in units of the longest (row-major, `[n, 4]`).
    Arrows(&'a [f64]),
    /// Marked places (x, y), each with a line of words.
    Words(&'a [([f64; 2], String)]),
}

/// One panel.
#[derive(Clone, Debug, Default)]
pub struct PlanePanel<'a> {
    /// Heading.
    pub heading: String,
    /// A remark beside the heading.
    pub note: String,
    /// What part of the plane it shows, if not that of all.
    pub window: Option<Window>,
    /// What it shows, from the back to the front.
    pub layers: Vec<Layer<'a>>,
}

/// Panels of the plane, all with the same window.
#[derive(Clone, Debug)]
pub struct PlaneFigure<'a> {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// The panels.
    pub panels: Vec<PlanePanel<'a>>,
    /// How many stand side by side.
    pub columns: usize,
    /// What the panels show; that of all points, where nothing is given.
    pub window: Option<Window>,
    /// Names of the axes, `[x1, x2]`.
    pub labels: [String; 2],
    /// What the colours stand for.
    pub roles: Vec<(Role, String)>,
    /// A remark written under the panels; may be empty.
    pub note: String,
}

/// What panels show: nearly all of `known`, where the truth lies, and of the clouds not far from it; the same
/// length on both axes.
pub fn square_window(known: &[&[f64]], clouds: &[&[f64]]) -> Option<Window> {
    let axis = |k: usize| {
        let of =
            |points: &&[f64]| -> Vec<f64> { points.iter().skip(k).step_by(2).copied().collect() };
        let truth = known
            .iter()
            .map(|points| bulk(&of(points)))
            .fold(None, union);
        let all: Vec<f64> = clouds.iter().flat_map(of).collect();
        visible_range(truth, &all)
    };
    let (x, y) = (axis(0)?, axis(1)?);
    let half = 0.53 * (x.1 - x.0).max(y.1 - y.0);
    let around = |(low, high): (f64, f64)| {
        let middle = 0.5 * (low + high);
        (middle - half, middle + half)
    };
    Some(Window {
        x: around(x),
        y: around(y),
    })
}

impl PlaneFigure<'_> {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let columns = self.columns.max(1);
        let rows = self.panels.len().div_ceil(columns).max(1);
        let has_map = self.panels.iter().any(PlanePanel::has_map);
        let gap = if columns > 3 { 8.0 } else { 18.0 };
        let margins = if has_map { STRIP } else { 0.0 };
        let width = (1344.0 - gap * (columns - 1) as f64) / columns as f64;
        // A frame as high as it is wide, under its caption and over its labels; two panels need no more than three.
        let side = (width - 86.0 - margins).min(if columns < 3 { 520.0 } else { f64::INFINITY });
        let mut page = Page::new(
            Words {
                title: &self.title,
                subtitle: &self.subtitle,
                keys: self.keys(),
                note: &self.note,
            },
            rows as f64 * (side + 8.0 + 28.0 + 24.0 + self.caption_height(width))
                + gap * (rows - 1) as f64,
        );
        let mut areas = page.body.grid(self.panels.len(), columns, gap);
        let captions: Vec<_> = self.panels.iter().map(PlanePanel::caption).collect();
        write_captions(&mut page.canvas, &mut areas, &captions);
        self.draw(&mut page.canvas, &areas);
        page.png()
    }

    /// Draws the panels into their areas.
    pub(super) fn draw(&self, canvas: &mut Canvas, areas: &[Rect]) {
        let Some(window) = self.window.or_else(|| self.found_window()) else {
            for area in areas {
                Panel::empty(canvas, *area);
            }
            return;
        };
        let columns = self.columns.max(1);
        let has_map = self.panels.iter().any(PlanePanel::has_map);
        let densest = self.densest(areas, window);
        for (index, (area, panel)) in areas.iter().zip(&self.panels).enumerate() {
            // The common axes are named once a row and once a column.
            let title = |show: bool, title: &str| -> String {
                if show { title } else { BLANK_TITLE }.into()
            };
            let last_row = index + columns >= self.panels.len();
            let labels = [
                title(last_row, &self.labels[0]),
                title(index % columns == 0, &self.labels[1]),
            ];
            let mut area = *area;
            if has_map {
                area.right -= STRIP;
            }
            let window = panel.window.unwrap_or(window);
            panel.draw(canvas, area, &axes(window, labels), densest);
        }
    }

    /// The height that the captions take.
    fn caption_height(&self, width: f64) -> f64 {
        let lines = self
            .panels
            .iter()
            .map(|panel| panel.caption().lines(width - 16.0))
            .max();
        match lines.unwrap_or(0) {
            0 => 0.0,
            lines => Caption::height(lines),
        }
    }

    fn found_window(&self) -> Option<Window> {
        let layers = || self.panels.iter().flat_map(|panel| &panel.layers);
        let fields = layers().filter_map(|layer| match layer {
            Layer::Contours(field) | Layer::Map { field, .. } => Some(field.window),
            _ => None,
        });
        let clouds: Vec<_> = layers()
            .filter_map(|layer| match layer {
                Layer::Cloud(points, _) | Layer::Path(points, _) => Some(*points),
                _ => None,
            })
            .collect();
        fields
            .reduce(Window::union)
            .or_else(|| square_window(&[], &clouds))
    }

    /// The number of points on one pixel that gets the full colour, the same in all panels.
    fn densest(&self, areas: &[Rect], window: Window) -> u16 {
        let of = |(area, panel): (&Rect, &PlanePanel)| -> u16 {
            let frame = Rect::new(0.0, 0.0, area.width() - 62.0, area.width() - 62.0);
            let scales = axes(window, [String::new(), String::new()]);
            let place = |p: &[f64]| -> Point {
                let (x, y) = (scales.0.scale.fraction(p[0]), scales.1.scale.fraction(p[1]));
                (x * frame.width(), (1.0 - y) * frame.height())
            };
            let clouds = panel.layers.iter().filter_map(|layer| match layer {
                Layer::Cloud(points, _) => Some(*points),
                _ => None,
            });
            let densest = |points: &[f64]| {
                let radius = radius(points.len() / 2, frame.width());
                Coverage::new(frame, points.chunks_exact(2).map(place), radius).densest()
            };
            clouds.map(densest).max().unwrap_or(1)
        };
        let mut found: Vec<_> = areas.iter().zip(&self.panels).map(of).collect();
        found.sort_unstable();
        // One panel that is a single dot must not pale all others.
        found
            .get(found.len().saturating_sub(1) * 3 / 4)
            .copied()
            .unwrap_or(1)
    }

    /// What the colours and lines stand for.
    pub(super) fn keys(&self) -> Vec<Key> {
        let layers = || self.panels.iter().flat_map(|panel| &panel.layers);
        let mut keys = vec![];
        if layers().any(|layer| matches!(layer, Layer::Contours(_))) {
            let label = "exact density: lines around 50 % and 95 % of the mass";
            let line = Stroke {
                width: 1.4,
                ..TRUTH_LINE
            };
            keys.push(Key::line(line, label));
        }
        let is_path = |role: &Role| layers().any(|l| matches!(l, Layer::Path(_, r) if r == role));
        for (role, label) in &self.roles {
            keys.push(match is_path(role) {
                true => Key::line(Stroke::solid(role.color(), 1.6), label.clone()),
                false => Key::marker(role.marker(), role.color(), label.clone()),
            });
        }
        keys
    }
}

fn axes(window: Window, [x, y]: [String; 2]) -> (Axis, Axis) {
    (
        Axis::new(Scale::linear(window.x.0, window.x.1), x),
        Axis::new(Scale::linear(window.y.0, window.y.1), y),
    )
}

/// The radius of `n` points in a frame of this width, in pixels.
fn radius(n: usize, width: f64) -> f64 {
    let crowding = (FEW_POINTS as f64 / n.max(1) as f64)
        .powf(0.25)
        .clamp(0.7, 1.3);
    (width / 260.0).clamp(0.8, 1.6) * crowding
}

impl Role {
    fn color(self) -> RGBAColor {
        match self {
            Self::Data => REFERENCE,
            Self::Generated => GENERATED,
            Self::Class(index) => class_color(index),
        }
    }

    fn marker(self) -> Marker {
        match self {
            Self::Data | Self::Generated => Marker::Circle,
            Self::Class(index) => series_marker(index),
        }
    }
}

impl PlanePanel<'_> {
    fn has_map(&self) -> bool {
        self.layers
            .iter()
            .any(|layer| matches!(layer, Layer::Map { .. }))
    }

    /// The words above it.
    pub(super) fn caption(&self) -> Caption {
        Caption {
            heading: self.heading.clone(),
            note: self.note.clone(),
        }
    }

    /// Draws the panel into `area`; a map's strip goes beside its frame.
    pub(super) fn draw(&self, canvas: &mut Canvas, area: Rect, axes: &(Axis, Axis), densest: u16) {
        let mut panel = Panel::equal(canvas, area, axes);
        for layer in &self.layers {
            panel.layer(layer, densest);
        }
        let frame = panel.frame();
        for layer in &self.layers {
            if let Layer::Map { field, shades, .. } = layer {
                let area = Rect::new(
                    frame.right + 6.0,
                    frame.top - 8.0,
                    frame.right + 6.0 + STRIP,
                    frame.bottom + 28.0,
                );
                shades.strip(canvas, area, &field.values, STEPS);
            }
        }
    }
}

impl Panel<'_> {
    fn layer(&mut self, layer: &Layer<'_>, densest: u16) {
        match layer {
            Layer::Cloud(points, role) => self.cloud(points, role.color(), densest),
            Layer::Contours(field) => self.contours(field),
            Layer::Path(points, role) => self.path(points, *role),
            Layer::Map {
                field,
                shades,
                smooth,
                ..
            } => {
                let shade = shades.of(&field.values);
                self.heat(field, *smooth, shade);
            }
            Layer::Arrows(arrows) => self.arrows(arrows),
            Layer::Words(words) => {
                let mut taken = vec![];
                for (at, _) in words.iter() {
                    self.marker((at[0], at[1]), Marker::Circle, 4.0, TRUTH);
                    let (x, y) = self.point(at);
                    taken.push(Rect::new(x - 6.0, y - 6.0, x + 6.0, y + 6.0));
                }
                for (at, text) in words.iter() {
                    taken.extend(self.boxed_label(text, (at[0], at[1]), &taken));
                }
            }
        }
    }

    pub(super) fn cloud(&mut self, points: &[f64], color: RGBAColor, densest: u16) {
        let radius = radius(points.len() / 2, self.frame().width());
        let coverage = Coverage::new(
            self.frame(),
            points.chunks_exact(2).map(|p| self.point(p)),
            radius,
        );
        self.canvas().cloud(&coverage, densest, color);
    }

    fn contours(&mut self, field: &Field) {
        let levels = field.levels(&CONTOUR_MASS);
        let frame = self.frame_of(field.window);
        self.canvas().contours(frame, field, &levels, CONTOUR);
    }

    fn heat(&mut self, field: &Field, smooth: bool, shade: impl Fn(f64) -> RGBAColor) {
        let frame = self.frame_of(field.window);
        self.canvas().heat(frame, field, smooth, shade);
    }

    fn path(&mut self, points: &[f64], role: Role) {
        let path: Vec<_> = points.chunks_exact(2).map(|p| (p[0], p[1])).collect();
        let width = if path.len() > 60 { 1.1 } else { 1.5 };
        self.line(&path, &Stroke::solid(tint(role.color(), 0.75), width));
        if let (Some(first), Some(last)) = (path.first(), path.last()) {
            self.marker(*first, Marker::Square, 3.2, tint(role.color(), 0.6));
            self.marker(*last, Marker::Circle, 4.0, role.color());
        }
    }

    fn arrows(&mut self, arrows: &[f64]) {
        let longest = arrows
            .chunks_exact(4)
            .map(|a| a[2].hypot(a[3]))
            .filter(|length| length.is_finite())
            .fold(0.0, f64::max);
        let spacing = self.frame().width() / (arrows.len() as f64 / 4.0).sqrt().max(1.0);
        for arrow in arrows.chunks_exact(4) {
            let length = arrow[2].hypot(arrow[3]);
            if !length.is_finite() || length <= 0.0 {
                continue;
            }
            let from = self.point(arrow);
            let scale = 0.92 * spacing * (length / longest).sqrt() / length;
            let to = (from.0 + scale * arrow[2], from.1 - scale * arrow[3]);
            self.arrow(
                from,
                to,
                &Stroke::solid(RGBAColor(TRUTH.0, TRUTH.1, TRUTH.2, 0.75), 0.9),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{is_png, theme::WIDTH};

    fn figure(panels: Vec<PlanePanel<'_>>) -> PlaneFigure<'_> {
        PlaneFigure {
            title: "t".into(),
            subtitle: String::new(),
            panels,
            columns: 3,
            window: None,
            labels: ["x1".into(), "x2".into()],
            roles: vec![(Role::Data, "data".into())],
            note: String::new(),
        }
    }

    #[test]
    fn hopeless_points_still_make_a_picture() {
        let bad = [f64::NAN, 1.0, f64::INFINITY, 2.0];
        for points in [&[][..], &[1.0, 2.0][..], &[1.0; 40][..], &bad[..]] {
            let panel = PlanePanel {
                layers: vec![
                    Layer::Cloud(points, Role::Data),
                    Layer::Path(points, Role::Generated),
                ],
                ..PlanePanel::default()
            };
            let picture = figure(vec![panel; 2]).render().expect("a picture");
            assert!(is_png(&picture, WIDTH, 100));
        }
        assert!(is_png(
            &figure(vec![]).render().expect("a picture"),
            WIDTH,
            100
        ));
    }

    #[test]
    fn fields_without_a_number_still_make_a_picture() {
        let window = Window {
            x: (-1.0, 1.0),
            y: (-1.0, 1.0),
        };
        for value in [f64::NAN, f64::NEG_INFINITY, 0.0] {
            let field = Field::new(window, 4, 4, vec![value; 16]);
            let arrows = [0.0, 0.0, value, 1.0];
            let map = Layer::Map {
                field: &field,
                shades: Shades::Diverging,
                smooth: true,
            };
            let panel = PlanePanel {
                layers: vec![map, Layer::Contours(&field), Layer::Arrows(&arrows)],
                ..PlanePanel::default()
            };
            assert!(is_png(
                &figure(vec![panel]).render().expect("a picture"),
                WIDTH,
                200
            ));
        }
    }

    #[test]
    fn the_window_is_a_square_around_the_truth() {
        let known = [0.0, 0.0, 4.0, 1.0];
        let mut far = vec![2.0, 0.5];
        far.extend([1e6, 1e6]);
        let window = square_window(&[&known], &[&far]).expect("a window");
        let (width, height) = (window.x.1 - window.x.0, window.y.1 - window.y.0);
        assert!((width - height).abs() < 1e-9 && width > 4.0 && width < 9.0);
    }
}
