//! What holds for every chart, whatever it shows.

use super::{drawing::*, font::Font, mark::*, theme::*, *};
use std::fmt::Write;

const WINDOW: Window = Window {
    x: (-3.0, 3.0),
    y: (-3.0, 3.0),
};

fn line(points: Vec<(f64, f64)>) -> Layer<'static> {
    Layer::new(Line::new(points, TRUTH_LINE).marked(9, Marker::Circle, 4.0)).label("a line")
}

/// A panel of one line, as large as the line is.
fn panel(points: Vec<(f64, f64)>, log: bool) -> Panel<'static> {
    let scale = |k: fn(&(f64, f64)) -> f64| Scale::covering(points.iter().map(k), log, 0.0);
    Panel {
        x: Axis::new(scale(|p| p.0), "across"),
        y: Axis::new(scale(|p| p.1), "up"),
        layers: vec![line(points)],
        ..Panel::default()
    }
}

fn chart(panels: Vec<Panel<'_>>) -> Chart<'_> {
    Chart {
        title: "a title".into(),
        note: "a note".into(),
        panels,
        heights: vec![300.0],
        ..Chart::default()
    }
}

/// What surrounds a text on a drawing.
fn extent(text: &str, at: (f64, f64), align: Align, font: &Font) -> geometry::Rect {
    let (width, size) = (font.width(text), font.size);
    let left = match align {
        Align::Left => at.0,
        Align::Center => at.0 - 0.5 * width,
        Align::Right => at.0 - width,
        Align::Upwards => {
            let half = 0.5 * width;
            return geometry::Rect::new(at.0 - size, at.1 - half, at.0, at.1 + half);
        }
    };
    geometry::Rect::new(left, at.1 - 0.75 * size, left + width, at.1)
}

fn texts(drawing: &Drawing) -> Vec<(&str, geometry::Rect)> {
    let text = |shape: &'_ Shape| match shape {
        Shape::Text {
            text,
            at,
            align,
            font,
        } => Some((text.clone(), extent(text, *at, *align, font))),
        _ => None,
    };
    let found = drawing.shapes.iter().filter_map(text);
    found.map(|(text, rect)| (&*text.leak(), rect)).collect()
}

/// A second back end, as small as one can be: it writes vectors, and shows that charts know nothing of pixels.
fn svg(drawing: &Drawing) -> String {
    let css = |Color(r, g, b, a): Color| format!("rgba({r},{g},{b},{a})");
    let path = |points: &mut dyn Iterator<Item = (f64, f64)>| -> String {
        points.map(|(x, y)| format!("{x},{y} ")).collect()
    };
    let mut svg = format!(
        "<svg width=\"{}\" height=\"{}\">",
        drawing.width, drawing.height
    );
    for shape in &drawing.shapes {
        let written = match shape {
            Shape::Line { points, stroke } => write!(
                svg,
                "<polyline points=\"{}\" stroke=\"{}\" stroke-width=\"{}\"/>",
                path(&mut points.iter().copied()),
                css(stroke.color),
                stroke.width
            ),
            Shape::Rect { rect, color } => write!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
                rect.left,
                rect.top,
                rect.width(),
                rect.height(),
                css(*color)
            ),
            Shape::Area { edges, color } => {
                let upper = edges.iter().map(|(x, upper, _)| (*x, *upper));
                let lower = edges.iter().rev().map(|(x, _, lower)| (*x, *lower));
                let outline = path(&mut upper.chain(lower));
                write!(
                    svg,
                    "<polygon points=\"{outline}\" fill=\"{}\"/>",
                    css(*color)
                )
            }
            Shape::Marker { at, color, .. } => {
                write!(
                    svg,
                    "<circle cx=\"{}\" cy=\"{}\" fill=\"{}\"/>",
                    at.0,
                    at.1,
                    css(*color)
                )
            }
            Shape::Text { text, at, .. } => {
                write!(svg, "<text x=\"{}\" y=\"{}\">{text}</text>", at.0, at.1)
            }
            Shape::Image { frame, image } => {
                write!(
                    svg,
                    "<image x=\"{}\" width=\"{}\"/>",
                    frame.left, image.columns
                )
            }
        };
        written.expect("a string takes everything");
    }
    svg + "</svg>"
}

#[test]
fn another_back_end_needs_nothing_but_the_drawing() {
    let points: Vec<f64> = (0..200).map(|i| (f64::from(i) * 0.37).sin()).collect();
    let cloud = Layer::new(Cloud::new(points, GENERATED, Marker::Circle)).label("a cloud");
    let plane = Panel::plane(Some(WINDOW), ["x1".into(), "x2".into()], vec![cloud]);
    let drawing = chart(vec![
        panel(vec![(0.0, 1.0), (1.0, 2.0)], false),
        plane.titled("a heading", "a remark"),
    ])
    .drawing();
    let written = svg(&drawing);
    for text in [
        "a title",
        "a note",
        "a line",
        "a cloud",
        "a heading",
        "across",
        "up",
        "x2",
    ] {
        assert!(written.contains(&format!(">{text}</text>")), "{text}");
    }
    assert_eq!(written.matches("<image").count(), 1);
    assert_eq!(
        written.matches("<circle").count(),
        2 * 2 + 2,
        "rims, points and two keys"
    );
    assert!(png(&drawing).is_ok_and(|bytes| bytes.starts_with(b"\x89PNG\r\n\x1a\n")));
}

#[test]
fn words_never_cover_data_or_each_other() {
    let walk: Vec<_> = (0..400)
        .map(|i| (f64::from(i), (f64::from(i) * 0.1).sin()))
        .collect();
    let mut chart = chart(vec![panel(walk.clone(), false), panel(walk, false)]);
    for (index, panel) in chart.panels.iter_mut().enumerate() {
        panel.heading = format!("heading {index}");
        panel.note = "a remark that is long enough to need more than one line of words".repeat(2);
    }
    for names in [1, 4, 12] {
        chart.remarks = (0..names)
            .map(|i| format!("remark {i} of a legend"))
            .collect();
        let drawing = chart.drawing();
        let all = texts(&drawing);
        for (i, (text, rect)) in all.iter().enumerate() {
            let sheet = geometry::Rect::new(
                0.0,
                0.0,
                f64::from(drawing.width),
                f64::from(drawing.height),
            );
            assert!(
                sheet.contains((rect.left, rect.top)) && sheet.contains((rect.right, rect.bottom)),
                "{text} leaves the sheet"
            );
            for (other, other_rect) in &all[i + 1..] {
                assert!(!rect.overlaps(other_rect), "{text} covers {other}");
            }
            for shape in &drawing.shapes {
                if let Shape::Line { points, .. } = shape {
                    // The short line of a key is no data.
                    let covered = points.len() > 2 && points.iter().any(|p| rect.contains(*p));
                    assert!(!covered, "{text} covers data");
                }
            }
        }
    }
}

#[test]
fn ticks_never_overlap() {
    for log in [false, true] {
        for (low, high) in [
            (1e-3, 1e4),
            (0.2, 0.21),
            (1e5, 3e7),
            (1.0, 12.0),
            (1e-9, 1.0),
        ] {
            for columns in 1..=6 {
                let points = vec![(low, low), (high, high)];
                let panels = (0..columns).map(|_| panel(points.clone(), log)).collect();
                let drawing = chart(panels).drawing();
                let all = texts(&drawing);
                for (i, (text, rect)) in all.iter().enumerate() {
                    for (other, other_rect) in &all[i + 1..] {
                        assert!(
                            !rect.overlaps(other_rect),
                            "{text} over {other}, {low} {columns}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn values_that_have_no_place_are_left_out_and_counted() {
    let points = vec![
        (1.0, 1.0),
        (2.0, f64::NAN),
        (3.0, 4.0),
        (4.0, -1.0),
        (5.0, 3.0),
    ];
    for (log, words) in [
        (true, "2 values not drawn (not finite or not positive)"),
        (false, "1 value not drawn (not finite)"),
    ] {
        let drawing = chart(vec![panel(points.clone(), log)]).drawing();
        let found = texts(&drawing);
        assert!(found.iter().any(|(text, _)| *text == words), "{words}");
        let drawn = drawing
            .shapes
            .iter()
            .filter(|s| matches!(s, Shape::Marker { .. }));
        assert_eq!(drawn.count(), 2 * if log { 3 } else { 4 } + 1);
    }
}

#[test]
fn points_beyond_the_axes_are_pinned_and_counted() {
    let dots = Dots::new(
        [(0.5, 0.5), (9.0, 0.5), (0.5, -7.0)],
        (Marker::Square, 4.0),
        GENERATED,
    );
    let mut panel = panel(vec![(0.0, 0.0), (1.0, 1.0)], false);
    panel.layers = vec![Layer::new(dots.pinned()).label("points")];
    let drawing = chart(vec![panel]).drawing();
    let words = "2 points beyond the axes (from −7 to 9), pinned to the edge";
    assert!(texts(&drawing).iter().any(|(text, _)| *text == words));
    for edge in [Marker::Beyond(1, 0), Marker::Beyond(0, 1)] {
        let is_pinned = |s: &&Shape| matches!(s, Shape::Marker { marker, .. } if *marker == edge);
        assert_eq!(
            drawing.shapes.iter().filter(is_pinned).count(),
            2,
            "{edge:?}"
        );
    }
}

#[test]
fn a_wide_window_has_a_low_panel() {
    let height = |low: f64, high: f64| {
        let window = Window {
            x: (-3.0, 3.0),
            y: (low, high),
        };
        let plane = || Panel::plane(Some(window), ["x1".into(), "x2".into()], vec![]);
        let chart = Chart {
            panels: vec![plane(), plane(), plane()],
            ..Chart::default()
        };
        chart.drawing().height
    };
    let (square, wide) = (height(-3.0, 3.0), height(-1.2, 1.2));
    // The panels are some 340 pixels wide, and three fifths of that height are not needed.
    assert!((190..220).contains(&(square - wide)), "{square} {wide}");
    assert!(height(-0.01, 0.01) > 150, "a panel is never a line");
}

#[test]
fn a_bar_of_nothing_shows_where_it_would_be() {
    let bars = |color: Color| {
        let bar = |i: u32, to: f64| Bar {
            x: (f64::from(i), f64::from(i) + 0.5),
            to,
            ..Bar::default()
        };
        let bars = vec![bar(0, 1.0), bar(1, 0.0), bar(2, 1e-9), bar(3, -1e-9)];
        let mut panel = panel(vec![(0.0, -1.0), (4.0, 1.0)], false);
        panel.layers = vec![Layer::new(Bars { bars, color })];
        let drawing = chart(vec![panel]).drawing();
        let rects = drawing.shapes.iter().filter_map(|shape| match shape {
            Shape::Rect { rect, color: found } if *found == color => Some(rect.height()),
            _ => None,
        });
        rects.collect::<Vec<_>>()
    };
    let heights = bars(GENERATED);
    assert_eq!(heights.len(), 4);
    assert!(heights.iter().all(|height| *height >= 2.0), "{heights:?}");
    assert!(
        bars(GENERATED.opacity(0.0)).len() == 1,
        "what has no colour has no stub"
    );
}

#[test]
fn a_name_that_layers_share_stands_once_in_the_legend() {
    let points = || vec![(0.0, 0.0), (1.0, 1.0)];
    let drawing = chart(vec![panel(points(), false), panel(points(), false)]).drawing();
    let named = texts(&drawing)
        .into_iter()
        .filter(|(text, _)| *text == "a line");
    assert_eq!(named.count(), 1);
}

#[test]
fn layers_are_drawn_by_depth_and_named_in_their_order() {
    let flat = |y: f64, color, label: &str| {
        let stroke = Stroke::solid(color, 2.0);
        Layer::new(Across::at_y(y, stroke)).label(label)
    };
    let mut panel = panel(vec![(0.0, 0.0), (1.0, 1.0)], false);
    panel.layers = vec![
        flat(0.2, TRUTH, "front").depth(1),
        flat(0.4, GENERATED, "back"),
    ];
    let drawing = chart(vec![panel]).drawing();
    let lines: Vec<_> = drawing
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Line { stroke, .. } => Some(stroke.color),
            _ => None,
        })
        .collect();
    // The data first, then the keys.
    assert_eq!(lines, [GENERATED, TRUTH, TRUTH, GENERATED]);
}

#[test]
fn hopeless_data_still_make_a_picture() {
    let bad = [f64::NAN, 1.0, f64::INFINITY, 2.0];
    for points in [&[][..], &[1.0, 2.0][..], &[1.0; 40][..], &bad[..]] {
        let field = |value: f64| Field::new(WINDOW, 4, 4, vec![value; 16]);
        let mut layers = vec![
            Layer::new(Cloud::new(points, GENERATED, Marker::Circle)),
            Layer::new(Path {
                places: points.into(),
                color: TRUTH,
            }),
            Layer::new(Words(vec![((f64::NAN, 0.0), "nowhere".into())])),
        ];
        for value in [f64::NAN, f64::NEG_INFINITY, 0.0] {
            layers.push(Layer::new(Contours::new(std::borrow::Cow::Owned(field(
                value,
            )))));
            layers.push(Layer::new(Map {
                field: std::borrow::Cow::Owned(field(value)),
                shades: Shades::diverging(&[value]),
                smooth: true,
            }));
            layers.push(Layer::new(Arrows(vec![0.0, 0.0, value, 1.0].into())));
        }
        let window = square_window(&[], &[points]);
        let plane = Panel::plane(window, ["x1".into(), "x2".into()], layers);
        let pairs: Vec<_> = points.iter().map(|x| (*x, *x)).collect();
        let line = panel(pairs, true);
        let picture = png(&chart(vec![plane, line]).drawing());
        assert!(picture.is_ok(), "{points:?}");
    }
    assert!(png(&chart(vec![]).drawing()).is_ok());
}

#[test]
fn every_frame_of_a_film_can_be_read_back() {
    let points: Vec<f64> = (0..400).map(|i| (f64::from(i) * 0.37).sin()).collect();
    let frame = |k: usize| {
        let cloud = Layer::new(Cloud::new(&points[..40 * k], GENERATED, Marker::Circle).densest(8));
        let plane = Panel::plane(Some(WINDOW), [const { String::new() }; 2], vec![cloud]);
        Chart {
            panels: vec![plane.titled(format!("step {k}"), "")],
            width: Some(400),
            ..Chart::default()
        }
    };
    let film = Pixels::of(5, |k| frame(k).drawing()).expect("frames");
    assert_eq!(film.height % 2, 0, "encoders of films want even sizes");
    for (k, pixels) in film.frames.iter().enumerate() {
        let alone = Pixels::of(1, |_| frame(k).drawing()).expect("a frame");
        assert_eq!(
            *pixels, alone.frames[0],
            "the shared background changes nothing"
        );
    }
    let bytes = film.gif().expect("a GIF");
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(&bytes[..]).expect("a GIF");
    let mut delays = vec![];
    while let Some(read) = decoder.read_next_frame().expect("a frame") {
        let drawn = &film.frames[delays.len()];
        let pairs = read.buffer.chunks_exact(4).zip(drawn.chunks_exact(3));
        let error = |(a, b): (&[u8], &[u8])| {
            let channels = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b)));
            channels.max().unwrap_or(0)
        };
        let sum: u64 = pairs.map(error).sum();
        assert!(
            3 * sum < 4 * drawn.len() as u64,
            "the palette has the colours"
        );
        delays.push(read.delay);
    }
    assert_eq!(delays, [8, 8, 8, 8, 200]);
}
