//! The loss that a perfect network would have.

use crate::{
    diffusion::{NoiseLevel, NoiseSchedule, Prediction},
    target::Mixture,
};

/// E‖ε − ε*‖²/d at one level, for data of the law `data` (standardised units): 1 − s² J/d with
/// J = E‖∇ ln q_t‖², since ε* = −s ∇ ln q_t and E‖ε*‖² = E[ε·ε*] (orthogonality).
pub fn irreducible_loss_at(data: &Mixture, level: NoiseLevel) -> f64 {
    let law = data.diffused(level.signal, level.noise);
    let fisher = law.expectation(|x| law.score(x).iter().map(|s| s * s).sum());
    1.0 - level.noise.powi(2) * fisher.value / data.dim() as f64
}

/// The mean over t = 1..=T of the irreducible loss in the units of what the network predicts:
/// what the unweighted validation loss of a perfect network would be.
pub fn irreducible_loss(data: &Mixture, schedule: &NoiseSchedule, prediction: Prediction) -> f64 {
    let levels = &schedule.levels()[1..];
    let loss = |level: &NoiseLevel| {
        irreducible_loss_at(data, *level) / prediction.noise_error_factor(*level)
    };
    levels.iter().map(loss).sum::<f64>() / levels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Component, Gaussian, UniformBox};

    #[test]
    fn for_gaussian_data_it_has_its_closed_form() {
        // mmse = σ²s²/(a²σ² + s²), L = (a²/s²)·mmse.
        let (variance, level) = (0.3, NoiseLevel { signal: 0.8, noise: 0.6 });
        let gaussian = Gaussian::new(vec![1.0], vec![variance]).unwrap();
        let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
        let exact = 0.64 * variance / (0.64 * variance + 0.36);
        assert!((irreducible_loss_at(&data, level) - exact).abs() < 1e-12);
    }

    #[test]
    fn information_and_estimation_agree() {
        // Entropy from the loss by I-MMSE (Guo, Shamai & Verdú 2005): with g = SNR,
        // H = ½ ln(2πe var) − ½ ∫ [var/(1 + var g) − mmse(g)] dg, mmse(g) = L(g)/g.
        let component = |mean, sd| {
            Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap())
        };
        let uniform = Component::Uniform(UniformBox::new(vec![1.5], vec![3.0]).unwrap());
        for components in [
            vec![component(-1.0, 0.5), component(1.2, 0.3)],
            vec![component(-1.0, 0.5), uniform],
        ] {
            let smooth = matches!(components[1], Component::Gaussian(_));
            let data = Mixture::new(vec![0.4, 0.6], components);
            let variance = data.variance(0);
            let integrand = |ln_g: f64| {
                let g = ln_g.exp();
                let signal = (g / (1.0 + g)).sqrt();
                let level = NoiseLevel { signal, noise: (1.0 / (1.0 + g)).sqrt() };
                variance * g / (1.0 + variance * g) - irreducible_loss_at(&data, level)
            };
            let panels: Vec<f64> = (-36..=44).map(|i| 0.5 * f64::from(i)).collect();
            let integral = crate::target::quadrature::integrate(&panels, integrand);
            let gaussian_entropy = 0.5 * (2.0 * std::f64::consts::PI * 1f64.exp() * variance).ln();
            let entropy = gaussian_entropy - 0.5 * integral;
            // The jumps of a box leave a tail of order 1/√g beyond the last panel, e^{−11} ≈ 2e-5.
            let bound = if smooth { 1e-7 } else { 5e-5 };
            assert!((entropy - data.entropy().value).abs() < bound, "{entropy}");
        }
    }
}
