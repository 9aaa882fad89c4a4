//! Noise levels, and the Gaussian kernels between them.

/// A norm this close to 1 differs from it by rounding alone.
const UNIT_ROUNDING: f64 = 1e-12;

/// A noise level: x_t = a x0 + s ε.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoiseLevel {
    /// a: what is left of the data; √ᾱ in a variance-preserving process.
    pub signal: f64,
    /// s: standard deviation of the noise; √(1−ᾱ) in a variance-preserving process.
    pub noise: f64,
}

impl NoiseLevel {
    /// Level 0: the data itself.
    pub const DATA: Self = Self {
        signal: 1.0,
        noise: 0.0,
    };

    /// Signal-to-noise ratio a²/s²; infinite at the data.
    pub fn snr(self) -> f64 {
        (self.signal / self.noise).powi(2)
    }

    /// s/a, the standard deviation of the noise relative to what is left of the data: σ of a
    /// variance-exploding process; infinite where nothing is left.
    pub fn noise_ratio(self) -> f64 {
        self.noise / self.signal
    }

    /// λ = ln(a/s), half the logarithm of the SNR; infinite at the data and where nothing is left of it.
    pub fn log_snr(self) -> f64 {
        (self.signal / self.noise).ln()
    }

    /// √(a² + s²): exactly 1 for the levels of a variance-preserving process.
    pub fn norm(self) -> f64 {
        let norm = self.signal.hypot(self.noise);
        if (norm - 1.0).abs() < UNIT_ROUNDING {
            1.0
        } else {
            norm
        }
    }

    /// x_t = a x0 + s ε, element by element.
    pub fn diffuse(self, x0: &[f64], noise: &[f64], x_t: &mut [f64]) {
        for ((x_t, x0), noise) in x_t.iter_mut().zip(x0).zip(noise) {
            *x_t = self.signal * x0 + self.noise * noise;
        }
    }
}

/// The kernel from a level u to a noisier level t, and its reverse.
///
/// Forward: x_t | x_u ~ N(A x_u, V I) with A = a_t/a_u and V = s_t² − A² s_u².
/// Posterior: q(x_u | x_t, x0) = N(c_t x_t + c_0 x0, β̃ I) with c_t = A s_u²/s_t², c_0 = a_u V/s_t² and
/// β̃ = V s_u²/s_t² (Ho et al. 2020, eqs. 6–7, written for any two levels).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Transition {
    /// The less noisy level u.
    pub to: NoiseLevel,
    /// The noisier level t.
    pub from: NoiseLevel,
    /// A = a_t/a_u; √α_t between neighbours of a variance-preserving process.
    pub gain: f64,
    /// V = s_t² − A² s_u²; β_t between neighbours of a variance-preserving process.
    pub variance: f64,
}

impl Transition {
    /// The kernel between the noisier level `from` and the less noisy level `to`.
    pub(crate) fn new(from: NoiseLevel, to: NoiseLevel) -> Self {
        let gain = from.signal / to.signal;
        let variance = from.noise.powi(2) - (gain * to.noise).powi(2);
        Self {
            to,
            from,
            gain,
            variance,
        }
    }

    /// β̃ = V s_u²/s_t², the variance of q(x_u | x_t, x0).
    pub(crate) fn posterior_variance(&self) -> f64 {
        self.variance * (self.to.noise / self.from.noise).powi(2)
    }

    /// c_t = A s_u²/s_t², what the posterior's mean takes of x_t.
    pub(crate) fn posterior_x_t(&self) -> f64 {
        self.gain * (self.to.noise / self.from.noise).powi(2)
    }

    /// c_0 = a_u V/s_t², what the posterior's mean takes of x0.
    pub(crate) fn posterior_x0(&self) -> f64 {
        self.to.signal * self.variance / self.from.noise.powi(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vp(alpha_bar: f64) -> NoiseLevel {
        NoiseLevel {
            signal: alpha_bar.sqrt(),
            noise: (1.0 - alpha_bar).sqrt(),
        }
    }

    #[test]
    fn between_neighbours_of_a_vp_process_it_is_ddpm() {
        let (previous, beta) = (0.6, 0.15);
        let kernel = Transition::new(vp(previous * (1.0 - beta)), vp(previous));
        let alpha_bar = previous * (1.0 - beta);
        // Ho et al. 2020, eq. 7.
        assert!((kernel.variance - beta).abs() < 1e-15);
        let tilde = beta * (1.0 - previous) / (1.0 - alpha_bar);
        assert!((kernel.posterior_variance() - tilde).abs() < 1e-15);
        let c0 = previous.sqrt() * beta / (1.0 - alpha_bar);
        assert!((kernel.posterior_x0() - c0).abs() < 1e-15);
        let ct = (1.0 - beta).sqrt() * (1.0 - previous) / (1.0 - alpha_bar);
        assert!((kernel.posterior_x_t() - ct).abs() < 1e-15);
    }

    #[test]
    fn posterior_and_forward_kernel_make_the_same_joint_law() {
        // Marginalising the posterior over x_t | x0 must give x_u | x0 ~ N(a_u x0, s_u²), for any pair.
        let pairs = [
            (vp(0.3), vp(0.8)),
            (
                NoiseLevel {
                    signal: 1.0,
                    noise: 3.0,
                },
                NoiseLevel {
                    signal: 1.0,
                    noise: 0.5,
                },
            ),
            (
                NoiseLevel {
                    signal: 0.2,
                    noise: 0.8,
                },
                NoiseLevel {
                    signal: 0.7,
                    noise: 0.3,
                },
            ),
        ];
        for (from, to) in pairs {
            let k = Transition::new(from, to);
            let mean = k.posterior_x_t() * from.signal + k.posterior_x0();
            let variance = (k.posterior_x_t() * from.noise).powi(2) + k.posterior_variance();
            assert!((mean - to.signal).abs() < 1e-14);
            assert!((variance - to.noise.powi(2)).abs() < 1e-14);
        }
    }
}
