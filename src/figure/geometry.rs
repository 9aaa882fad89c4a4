//! Points and rectangles in logical pixels (y grows downwards), and what clips and thins a polyline.

/// A position in logical pixels.
pub(crate) type Point = (f64, f64);

/// An axis-parallel rectangle in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    pub(crate) fn new(left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub(crate) fn contains(&self, (x, y): Point) -> bool {
        // Half a pixel of grace: a point on the frame is inside it.
        let grace = 0.5;
        x >= self.left - grace
            && x <= self.right + grace
            && y >= self.top - grace
            && y <= self.bottom + grace
    }

    /// The part that lies in both, if it has an area.
    pub(crate) fn common(&self, other: &Self) -> Option<Self> {
        let part = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (part.left < part.right && part.top < part.bottom).then_some(part)
    }

    /// Cuts `height` off the top and returns it.
    pub(crate) fn take_top(&mut self, height: f64) -> Rect {
        let taken = Rect {
            bottom: self.top + height,
            ..*self
        };
        self.top += height;
        taken
    }

    /// The part of a segment that lies inside (Liang and Barsky, 1984), or `None`.
    pub(crate) fn clip(&self, from: Point, to: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        for (direction, distance) in [
            (-dx, from.0 - self.left),
            (dx, self.right - from.0),
            (-dy, from.1 - self.top),
            (dy, self.bottom - from.1),
        ] {
            if direction == 0.0 {
                if distance < 0.0 {
                    return None;
                }
            } else if direction < 0.0 {
                enter = enter.max(distance / direction);
            } else {
                leave = leave.min(distance / direction);
            }
        }
        let at = |s: f64| (from.0 + s * dx, from.1 + s * dy);
        (enter <= leave).then(|| (at(enter), at(leave)))
    }
}

/// Clips a polyline to `frame`; it falls apart where it leaves the frame or has a non-finite point.
pub(crate) fn clip_polyline(points: &[Point], frame: &Rect) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        if !pair.iter().all(|p| p.0.is_finite() && p.1.is_finite()) {
            continue;
        }
        let Some((from, to)) = frame.clip(pair[0], pair[1]) else {
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// Cuts a polyline into dashes of length `ink`, `gap` apart.
pub(crate) fn dashes(points: &[Point], ink: f64, gap: f64) -> Vec<Vec<Point>> {
    let mut dashes: Vec<Vec<Point>> = Vec::new();
    let mut drawing = false;
    let mut left = 0.0;
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let at = |s: f64| (from.0 + (to.0 - from.0) * s, from.1 + (to.1 - from.1) * s);
        let mut done = 0.0;
        while done < length {
            if left <= 0.0 {
                drawing = !drawing;
                left = if drawing { ink } else { gap };
                if drawing {
                    dashes.push(vec![at(done / length)]);
                }
            }
            let step = left.min(length - done);
            done += step;
            left -= step;
            if let (true, Some(dash)) = (drawing, dashes.last_mut()) {
                dash.push(at(done / length));
            }
        }
    }
    dashes
}

/// Keeps at most two points a pixel column, its lowest and its highest, which draw the same picture.
pub(crate) fn thin_polyline(points: &[Point]) -> Vec<Point> {
    let column = |p: &Point| p.0.floor();
    points
        .chunk_by(|a, b| column(a) == column(b))
        .flat_map(|chunk| {
            let extreme = |pick: fn(&f64, &f64) -> bool| {
                (1..chunk.len()).fold(0, |best, i| {
                    if pick(&chunk[i].1, &chunk[best].1) {
                        i
                    } else {
                        best
                    }
                })
            };
            let (low, high) = (extreme(f64::lt), extreme(f64::gt));
            let mut kept = vec![chunk[low.min(high)]];
            if low != high {
                kept.push(chunk[low.max(high)]);
            }
            kept
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_keeps_what_is_inside_and_splits_what_leaves() {
        let frame = Rect::new(0.0, 0.0, 10.0, 10.0);
        let pieces = clip_polyline(
            &[
                (-5.0, 5.0),
                (5.0, 5.0),
                (5.0, 20.0),
                (8.0, 20.0),
                (8.0, 0.0),
            ],
            &frame,
        );
        assert_eq!(
            pieces,
            vec![
                vec![(0.0, 5.0), (5.0, 5.0), (5.0, 10.0)],
                vec![(8.0, 10.0), (8.0, 0.0)]
            ]
        );
        let broken = [(1.0, 1.0), (f64::NAN, 2.0), (3.0, 3.0), (4.0, 3.0)];
        assert_eq!(clip_polyline(&broken, &frame).len(), 1);
    }

    #[test]
    fn thinning_keeps_extremes_in_order() {
        let points = [(0.1, 1.0), (0.2, 5.0), (0.3, -2.0), (1.5, 0.0)];
        assert_eq!(
            thin_polyline(&points),
            vec![(0.2, 5.0), (0.3, -2.0), (1.5, 0.0)]
        );
    }
}
