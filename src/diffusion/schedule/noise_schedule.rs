//! The levels of a process.

use super::Frame;
use crate::diffusion::{Instant, NoiseLevel, Transition};
use std::f64::consts::FRAC_PI_2;

/// The levels t = 0..=T of a process; level 0 is the data, and each level is noisier than the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct NoiseSchedule {
    frame: Frame,
    levels: Vec<NoiseLevel>,
    betas: Vec<f64>,
}

impl NoiseSchedule {
    /// The variance-preserving levels of β_1..β_T, with ᾱ_t = ∏(1 − β_i) (Ho et al. 2020, eq. 4).
    ///
    /// 1 − ᾱ_t is computed without cancellation, so the first levels keep their digits.
    pub fn from_betas(betas: &[f64]) -> Self {
        let mut ln_alpha_bar = 0.0;
        let mut levels = vec![NoiseLevel::DATA];
        for beta in betas {
            ln_alpha_bar += (-beta).ln_1p();
            levels.push(NoiseLevel {
                signal: (0.5 * ln_alpha_bar).exp(),
                noise: (-f64::exp_m1(ln_alpha_bar)).sqrt(),
            });
        }
        let betas = std::iter::once(0.0).chain(betas.iter().copied()).collect();
        let frame = Frame::VariancePreserving;
        Self {
            frame,
            levels,
            betas,
        }
    }

    /// The levels σ_1 < .. < σ_T of the noise-to-signal ratio s/a in a frame; the last may be infinite.
    pub fn from_ratios(frame: Frame, ratios: &[f64]) -> Self {
        let levels = ratios.iter().map(|ratio| frame.level(*ratio));
        Self::from_levels(frame, levels.collect())
    }

    /// The levels 1..=T of a frame.
    fn from_levels(frame: Frame, levels: Vec<NoiseLevel>) -> Self {
        let levels: Vec<_> = std::iter::once(NoiseLevel::DATA).chain(levels).collect();
        let steps = levels.windows(2);
        let betas = steps.map(|pair| Transition::new(pair[1], pair[0]).variance);
        let betas = std::iter::once(0.0).chain(betas).collect();
        Self {
            frame,
            levels,
            betas,
        }
    }

    /// The same variance-preserving process with nothing left of the data at T (Lin et al. 2024,
    /// Algorithm 1): √ᾱ_t moved to 0 at T and stretched so that √ᾱ_1 stays. It takes T ≥ 2.
    ///
    /// With r = √ᾱ: r' = (r − r_T) r_1/(r_1 − r_T), and r_1 − r' = r_1 (r_1 − r)/(r_1 − r_T), from which
    /// the noise is computed without cancellation.
    pub(super) fn with_zero_terminal_snr(&self) -> Self {
        let (first, last) = (self.levels[1], self.terminal());
        // 1 − r from the noise, which has the digits.
        let missing = |level: NoiseLevel| level.noise.powi(2) / (1.0 + level.signal);
        let range = missing(last) - missing(first);
        let rescaled = |level: &NoiseLevel| {
            let lost = (missing(*level) - missing(first)) / range;
            let signal = first.signal * (1.0 - lost);
            let missing = missing(first) + first.signal * lost;
            NoiseLevel {
                signal,
                noise: (missing * (1.0 + signal)).sqrt(),
            }
        };
        let mut levels: Vec<_> = self.levels[1..].iter().map(rescaled).collect();
        if let Some(last) = levels.last_mut() {
            *last = NoiseLevel {
                signal: 0.0,
                noise: 1.0,
            };
        }
        Self::from_levels(self.frame, levels)
    }

    /// T.
    pub fn num_timesteps(&self) -> usize {
        self.levels.len() - 1
    }

    /// How signal and noise go together.
    pub fn frame(&self) -> Frame {
        self.frame
    }

    /// Level t, for t in 0..=T.
    pub fn level(&self, t: usize) -> NoiseLevel {
        self.levels[t]
    }

    /// The levels 0..=T.
    pub fn levels(&self) -> &[NoiseLevel] {
        &self.levels
    }

    /// The instant of timestep t, for t in 0..=T.
    pub fn instant(&self, t: usize) -> Instant {
        Instant {
            t: t as f64,
            level: self.levels[t],
        }
    }

    /// The instant of the time `t` in [1, T], and of the data at 0: at whole times the timestep itself,
    /// between them ln(s/a) is linear in t. In a straight process s is, and before a level without signal
    /// the arc tangent of s/a.
    pub fn at(&self, t: f64) -> Instant {
        let last = self.num_timesteps();
        let below = (t.max(0.0) as usize).min(last);
        let part = t - below as f64;
        if part <= 0.0 || below == last || below == 0 {
            return self.instant(below.max(usize::from(t > 0.0)));
        }
        let (from, to) = (self.levels[below], self.levels[below + 1]);
        let level = if self.frame == Frame::Straight {
            let noise = from.noise * (1.0 - part) + to.noise * part;
            NoiseLevel {
                signal: 1.0 - noise,
                noise,
            }
        } else if to.signal > 0.0 {
            let ln = from.noise_ratio().ln() * (1.0 - part) + to.noise_ratio().ln() * part;
            self.frame.level(ln.exp())
        } else {
            // tan(π/2 − gap).
            let gap = (FRAC_PI_2 - from.noise_ratio().atan()) * (1.0 - part);
            self.frame.level(gap.tan().recip())
        };
        Instant { t, level }
    }

    /// d ln(s/a)/dt at an instant with signal: the slope of the interval that ends there, or at timestep 1
    /// that begins there.
    pub fn log_ratio_rate(&self, at: Instant) -> f64 {
        let (from, to) = self.interval(at);
        let NoiseLevel { signal, noise } = at.level;
        if self.frame == Frame::Straight {
            // dσ/ds = 1/a².
            (to.noise - from.noise) / (signal * noise)
        } else if to.signal > 0.0 {
            (to.noise_ratio() / from.noise_ratio()).ln()
        } else {
            // dσ/dθ = 1 + σ².
            let angle = FRAC_PI_2 - from.noise_ratio().atan();
            angle * (signal / noise + noise / signal)
        }
    }

    /// (ȧ, ṡ), the change of the level in a unit of time, at an instant; its fields are rates. As with
    /// [`log_ratio_rate`](Self::log_ratio_rate), it is that of the interval which ends there.
    pub fn rate(&self, at: Instant) -> NoiseLevel {
        let (from, to) = self.interval(at);
        let NoiseLevel { signal, noise } = at.level;
        if self.frame == Frame::Straight {
            let rate = to.noise - from.noise;
            return NoiseLevel {
                signal: -rate,
                noise: rate,
            };
        }
        if signal == 0.0 {
            let angle = FRAC_PI_2 - from.noise_ratio().atan();
            return NoiseLevel {
                signal: -noise * angle,
                noise: 0.0,
            };
        }
        let rate = self.log_ratio_rate(at);
        match self.frame {
            // da/d ln σ = −a s², ds/d ln σ = a² s.
            Frame::VariancePreserving => NoiseLevel {
                signal: -signal * noise * noise * rate,
                noise: signal * signal * noise * rate,
            },
            _ => NoiseLevel {
                signal: 0.0,
                noise: noise * rate,
            },
        }
    }

    /// The levels between which an instant lies, the upper one where it is one of them.
    fn interval(&self, at: Instant) -> (NoiseLevel, NoiseLevel) {
        let last = self.num_timesteps();
        let above = (at.t.ceil() as usize).clamp(2.min(last), last);
        (self.levels[above - 1], self.levels[above])
    }

    /// The instant at which s/a is `ratio`: the inverse of [`at`](Self::at). A ratio below that of
    /// timestep 1 or above that of T gives that timestep.
    pub fn at_ratio(&self, ratio: f64) -> Instant {
        let levels = &self.levels[1..];
        let above = levels.partition_point(|level| level.noise_ratio() < ratio);
        if above == 0 {
            return self.instant(1);
        }
        if above == levels.len() {
            return self.instant(levels.len());
        }
        let (from, to) = (levels[above - 1], levels[above]);
        if to.noise_ratio() == ratio {
            return self.instant(above + 1);
        }
        let part = if self.frame == Frame::Straight {
            let noise = ratio / (1.0 + ratio);
            (noise - from.noise) / (to.noise - from.noise)
        } else if to.signal > 0.0 {
            let rise = |to: f64| (to / from.noise_ratio()).ln();
            rise(ratio) / rise(to.noise_ratio())
        } else {
            1.0 - ratio.recip().atan() / from.noise_ratio().recip().atan()
        };
        Instant {
            t: above as f64 + part,
            level: self.frame.level(ratio),
        }
    }

    /// V of the step to t, s_t² − (a_t/a_{t−1})² s_{t−1}²: β_t of a variance-preserving process, in the
    /// others what its place takes. 0 at t = 0.
    pub fn beta(&self, t: usize) -> f64 {
        self.betas[t]
    }

    /// ᾱ_t = a_t²; ᾱ_0 = 1. Also known as `alphas_cumprod`.
    pub fn alpha_bar(&self, t: usize) -> f64 {
        self.levels[t].signal.powi(2)
    }

    /// The last level, from which sampling starts.
    pub fn terminal(&self) -> NoiseLevel {
        self.levels[self.num_timesteps()]
    }

    /// The standard deviation of the prior N(0, σ² I) of this kind of process: 1 where signal and noise
    /// together have unit variance, and s_T elsewhere.
    pub fn prior_std_dev(&self) -> f64 {
        match self.frame {
            Frame::VariancePreserving => 1.0,
            Frame::VarianceExploding | Frame::Straight => self.terminal().noise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::ScheduleConfig;

    fn each() -> Vec<NoiseSchedule> {
        let each = super::super::config::EVERY
            .iter()
            .filter_map(|kind| kind.build(40).ok());
        let cosine = ScheduleConfig::Cosine.build(40).unwrap();
        each.chain([cosine.with_zero_terminal_snr()]).collect()
    }

    #[test]
    fn between_timesteps_levels_are_ordered_stay_in_their_frame_and_are_found_again() {
        for schedule in each() {
            let mut before = 0.0;
            for i in 0..=39 * 8 {
                let t = 1.0 + f64::from(i) / 8.0;
                let at = schedule.at(t);
                assert_eq!(at.t, t);
                let ratio = at.level.noise_ratio();
                assert!(ratio > before, "{schedule:?} {t}");
                before = ratio;
                let NoiseLevel { signal, noise } = at.level;
                let together = match schedule.frame() {
                    Frame::VariancePreserving => signal.hypot(noise),
                    Frame::VarianceExploding => signal,
                    Frame::Straight => signal + noise,
                };
                assert!((together - 1.0).abs() < 1e-14);
                let found = schedule.at_ratio(ratio);
                assert!((found.t - t).abs() < 1e-7, "{t} {found:?}");
                assert!((found.level.noise - noise).abs() < 1e-12 * noise);
                if let Some(whole) = at.timestep() {
                    assert_eq!(at, schedule.instant(whole));
                    assert_eq!(found, schedule.instant(whole));
                }
            }
            assert_eq!(schedule.at(0.0), Instant::DATA);
            assert_eq!(schedule.at_ratio(0.0).t, 1.0);
            assert_eq!(schedule.at_ratio(f64::INFINITY).t, 40.0);
        }
    }

    #[test]
    fn the_step_from_a_level_without_signal_halves_its_angle() {
        let cosine = ScheduleConfig::Cosine.build(4).unwrap();
        let mended = cosine.with_zero_terminal_snr();
        let half = mended.at(3.5).level;
        let exact = (0.5 * (mended.level(3).noise_ratio().atan() + FRAC_PI_2)).tan();
        assert!((half.noise_ratio() / exact - 1.0).abs() < 1e-12);
        assert!((half.signal.hypot(half.noise) - 1.0).abs() < 1e-15);
        // A straight process stays straight.
        let flow = ScheduleConfig::Flow.build(4).unwrap();
        assert!((flow.at(3.3).level.noise - 0.825).abs() < 1e-15);
    }

    #[test]
    fn rates_are_the_slopes_of_the_levels() {
        for schedule in each() {
            for t in [1.5, 7.25, 20.5, 39.75] {
                let (h, at) = (1e-6, schedule.at(t));
                let (above, below) = (schedule.at(t + h).level, schedule.at(t - h).level);
                let rate = schedule.rate(at);
                let slope = |above: f64, below: f64| (above - below) / (2.0 * h);
                let scale = at.level.norm() * schedule.log_ratio_rate(at).max(1.0);
                let signal = (slope(above.signal, below.signal) - rate.signal).abs();
                let noise = (slope(above.noise, below.noise) - rate.noise).abs();
                assert!(
                    signal < 1e-7 * scale && noise < 1e-7 * scale,
                    "{schedule:?} {t}"
                );
                let ln = slope(above.noise_ratio().ln(), below.noise_ratio().ln());
                let exact = schedule.log_ratio_rate(at);
                assert!((ln / exact - 1.0).abs() < 1e-6, "{ln} {exact}");
            }
        }
    }

    #[test]
    fn zero_terminal_snr_keeps_the_first_level_and_loses_the_last() {
        // Lin et al. 2024, Algorithm 1, as it is written, where it has its digits.
        let plain = ScheduleConfig::Linear {
            beta_start: 1e-4,
            beta_end: 0.02,
        };
        let plain = plain.build(50).unwrap();
        let mended = plain.with_zero_terminal_snr();
        let r = |t: usize| plain.level(t).signal;
        for t in 1..=50 {
            let exact = (r(t) - r(50)) * r(1) / (r(1) - r(50));
            let level = mended.level(t);
            assert!((level.signal - exact).abs() < 1e-13, "{t}");
            assert!((level.signal.hypot(level.noise) - 1.0).abs() < 1e-14);
        }
        let first = mended.level(1).noise / plain.level(1).noise;
        assert!((first - 1.0).abs() < 1e-12);
        assert_eq!((mended.terminal().signal, mended.beta(50)), (0.0, 1.0));
    }

    #[test]
    fn the_first_noise_level_keeps_its_digits() {
        let schedule = NoiseSchedule::from_betas(&[1e-12]);
        assert!((schedule.level(1).noise / 1e-6 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_prior_is_as_wide_as_the_noise_at_the_end() {
        for schedule in each() {
            let terminal = schedule.terminal();
            let gap = (schedule.prior_std_dev() - terminal.signal.hypot(terminal.noise)).abs();
            // A variance-exploding process keeps the data's own spread on top.
            let exploding = schedule.frame() == Frame::VarianceExploding;
            assert!(exploding || gap < 1e-14);
            assert!(!exploding || schedule.prior_std_dev() == terminal.noise);
        }
    }
}
