//! Histogram bins: over which range, how many, and what falls outside.

/// A density this much higher than all bins is a spike that no bin can show, and the axis ends at so many of them.
const SPIKE: f64 = 6.0;
const ABOVE: f64 = 1.6;

/// The heights that an axis for these bins and this density has to hold: where a density without bound has
/// spikes, not all of them.
pub(crate) fn heights<'a>(
    bins: impl IntoIterator<Item = &'a Bins>,
    density: &[(f64, f64)],
) -> Vec<f64> {
    let mut heights: Vec<f64> = bins
        .into_iter()
        .flat_map(|bins| bins.heights.iter().copied())
        .collect();
    let highest = heights.iter().copied().fold(0.0, f64::max);
    let peak = density.iter().map(|p| p.1).fold(0.0, f64::max);
    let shown = match peak > SPIKE * highest && highest > 0.0 {
        true => ABOVE * highest,
        false => peak,
    };
    heights.push(shown);
    heights
}

/// A density estimate by equal bins; what lies outside still counts in the normalisation.
#[derive(Clone, Debug)]
pub(crate) struct Bins {
    /// Lower end of the first bin.
    pub(crate) low: f64,
    /// Upper end of the last bin.
    pub(crate) high: f64,
    /// The share of all samples in each bin, divided by the bin's width.
    pub(crate) heights: Vec<f64>,
    /// Samples below, above or not finite.
    pub(crate) outside: usize,
    /// All samples.
    pub(crate) total: usize,
}

impl Bins {
    /// Counts samples in `count` equal bins over a range.
    pub(crate) fn new(samples: &[f64], (low, high): (f64, f64), count: usize) -> Self {
        let width = (high - low) / count as f64;
        let mut counts = vec![0_usize; count];
        for sample in samples {
            if (low..=high).contains(sample) {
                let bin = ((sample - low) / width) as usize;
                counts[bin.min(count - 1)] += 1;
            }
        }
        let total = samples.len();
        let scale = 1.0 / (total.max(1) as f64 * width);
        Self {
            low,
            high,
            outside: total - counts.iter().sum::<usize>(),
            heights: counts.iter().map(|c| *c as f64 * scale).collect(),
            total,
        }
    }

    /// Every bar as (left, right, height).
    pub(crate) fn bars(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let width = (self.high - self.low) / self.heights.len() as f64;
        let edge = move |i: usize| self.low + i as f64 * width;
        let bar = move |(i, height): (usize, &f64)| (edge(i), edge(i + 1), *height);
        self.heights.iter().enumerate().map(bar)
    }

    /// The corners of the outline around each run of filled bins; empty bins get no line along the axis.
    pub(crate) fn outlines(&self) -> Vec<Vec<(f64, f64)>> {
        let bars: Vec<_> = self.bars().collect();
        bars.split(|(_, _, height)| *height == 0.0)
            .filter_map(|run| {
                let (first, last) = (run.first()?, run.last()?);
                let tops = run
                    .iter()
                    .flat_map(|(left, right, h)| [(*left, *h), (*right, *h)]);
                let start = [(first.0, 0.0)].into_iter();
                Some(start.chain(tops).chain([(last.1, 0.0)]).collect())
            })
            .collect()
    }
}

/// How many bins suit `n` samples whose bulk fills `share` of a panel `width` pixels wide.
///
/// The Rice rule and a half, because the densities here have several narrow modes; but no bin too narrow to see.
pub(crate) fn bin_count(n: usize, share: f64, width: f64) -> usize {
    let per_bulk = (3.0 * (n as f64).cbrt()).max(10.0);
    let visible = (width / 5.0).max(10.0);
    (per_bulk / share.clamp(0.02, 1.0)).min(visible).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_holds_a_density_but_not_its_spikes() {
        let bins = Bins::new(&[0.1, 0.4, 0.6, 0.9], (0.0, 1.0), 2);
        let top =
            |density: &[(f64, f64)]| heights([&bins], density).into_iter().fold(0.0, f64::max);
        assert_eq!(top(&[]), 1.0);
        assert_eq!(top(&[(0.5, 0.7)]), 1.0);
        assert_eq!(top(&[(0.5, 2.5), (0.6, 1.0)]), 2.5);
        assert_eq!(top(&[(0.5, 300.0), (0.6, 1.0)]), 1.6);
    }

    #[test]
    fn every_sample_is_counted_once() {
        let samples = [0.0, 0.1, 0.5, 0.999, 1.0, -3.0, 7.0, f64::NAN];
        let bins = Bins::new(&samples, (0.0, 1.0), 4);
        let inside: f64 = bins.heights.iter().sum::<f64>() * 0.25 * 8.0;
        assert_eq!((inside.round(), bins.outside, bins.total), (5.0, 3, 8));
        assert_eq!(
            bins.outlines().len(),
            2,
            "the empty second bin splits the outline"
        );
    }
}
