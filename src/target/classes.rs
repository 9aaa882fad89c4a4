//! The classes of the data: groups of components of a mixture.
//!
//! What a conditional model is asked for is then known exactly: p(x | c) is the mixture of the components
//! of class c, and p(c | x) follows by Bayes' rule.

use super::Mixture;
use crate::settings::{Default, Domain, Key, Kind, Section, Setting, SettingError, Value};
use serde::{Serialize, Serializer};

/// Which components make up a class: `classes` of `[data]`.
#[derive(Debug, Clone, PartialEq)]
pub enum ClassesConfig {
    /// The data has no classes, and its points no labels.
    None,
    /// Each component is a class.
    Components,
    /// The class of every component, in their order.
    Groups(Vec<u32>),
}

impl ClassesConfig {
    /// `classes` in the table of `[data]`.
    pub(crate) const KEY: Key = Key::new(
        "classes",
        Domain::Either(&[
            Domain::Kinds(&[
                Kind::new("none", "The data has no classes, and its points carry no labels."),
                Kind::new("components", "Each component of the data is a class."),
            ]),
            Domain::List(&Domain::Count(0, usize::MAX)),
        ]),
        Default::Absent("\"components\": each component is a class"),
        "Which components of the data make up a class: a name, or the class of each component, from 0.",
    )
    .whole_example("[data]\nkind = \"eight_gaussians\"\nclasses = [0, 1, 0, 1, 0, 1, 0, 1]");

    /// Reads `classes` from `[data]`, for a law of so many components; `None` if it is not given, which
    /// is as if it were `"components"`.
    pub fn read(
        section: &mut Section,
        num_components: usize,
    ) -> Result<Option<Self>, SettingError> {
        let key = "classes";
        let groups = match section.get(key) {
            None => return Ok(None),
            Some(Setting {
                value: Value::Array(items),
                ..
            }) => items,
            Some(_) => {
                return Ok(Some(match section.name(key)? {
                    "none" => Self::None,
                    _ => Self::Components,
                }));
            }
        };
        if groups.len() != num_components {
            let message = format!(
                "has {} entries, but the data has {num_components} component{}: one class for each",
                groups.len(),
                if num_components == 1 { "" } else { "s" }
            );
            return Err(section.error(key, message));
        }
        let class = |item: &Setting| match item.value {
            Value::Integer(class) if (0..num_components as i64).contains(&class) => {
                Ok(class as u32)
            }
            _ => Err(section.error(
                key,
                format!("holds {}, expected whole numbers from 0", item.value),
            )),
        };
        let groups = groups.iter().map(class).collect::<Result<Vec<_>, _>>()?;
        let last = groups.iter().copied().max().unwrap_or(0);
        match (0..last).find(|class| !groups.contains(class)) {
            Some(class) => Err(section.error(
                key,
                format!("leaves class {class} without a component: they are numbered from 0"),
            )),
            None => Ok(Some(Self::Groups(groups))),
        }
    }
}

impl Serialize for ClassesConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Components => serializer.serialize_str("components"),
            Self::Groups(groups) => groups.serialize(serializer),
        }
    }
}

impl Mixture {
    /// The same law with other classes.
    ///
    /// # Panics
    /// If there are groups, and not one for every component.
    pub fn with_classes(self, classes: &ClassesConfig) -> Self {
        let classes = match classes {
            ClassesConfig::None => vec![],
            ClassesConfig::Components => (0..self.components().len() as u32).collect(),
            ClassesConfig::Groups(groups) => groups.clone(),
        };
        self.labelled(classes)
    }

    /// How many classes the data has; 0 if its points carry no labels.
    pub fn num_classes(&self) -> usize {
        self.classes()
            .iter()
            .max()
            .map_or(0, |last| *last as usize + 1)
    }

    /// p(c), the weight of every class; they sum to 1.
    pub fn class_weights(&self) -> Vec<f64> {
        self.by_class(self.weights())
    }

    /// p(x | c), the law of one class: its components with their weights normalised. Its draws keep
    /// their label `class`. `None` if the class has no components.
    pub fn of_class(&self, class: u32) -> Option<Self> {
        let members = |k: &usize| self.classes().get(*k) == Some(&class);
        let members: Vec<_> = (0..self.weights().len()).filter(members).collect();
        if members.is_empty() {
            return None;
        }
        let weights = members.iter().map(|k| self.weights()[*k]).collect();
        let components = members.iter().map(|k| self.components()[*k].clone());
        let law = Self::new(weights, components.collect());
        Some(law.labelled(vec![class; members.len()]))
    }

    /// p(c | x), the posterior probability of every class; `None` where x is outside the support.
    pub fn class_posterior(&self, x: &[f64]) -> Option<Vec<f64>> {
        Some(self.by_class(&self.responsibilities(x)?))
    }

    fn by_class(&self, of_components: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.num_classes()];
        for (class, value) in self.classes().iter().zip(of_components) {
            sums[*class as usize] += value;
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rng::{Purpose, Seed},
        target::{Component, Gaussian, UniformBox},
    };

    fn law() -> Mixture {
        let gaussian =
            |x, sd| Component::Gaussian(Gaussian::diagonal(vec![x, -x], &[sd, 2.0 * sd]).unwrap());
        let square = UniformBox::new(vec![0.0, -1.0], vec![1.0, 1.0]).unwrap();
        Mixture::new(
            vec![0.2, 0.5, 0.3],
            vec![
                gaussian(-1.0, 0.4),
                gaussian(0.5, 0.3),
                Component::Uniform(square),
            ],
        )
    }

    fn grouped() -> Mixture {
        law().with_classes(&ClassesConfig::Groups(vec![1, 0, 1]))
    }

    #[test]
    fn the_classes_make_up_the_law() {
        // p(x) = Σ p(c) p(x | c) and p(c | x) p(x) = p(c) p(x | c), at every noise level.
        for law in [law(), grouped(), grouped().diffused(0.8, 0.6)] {
            let weights = law.class_weights();
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
            for x in [[0.3, 0.1], [-0.8, 1.2], [0.6, -0.4]] {
                let posterior = law.class_posterior(&x).unwrap();
                let joint: Vec<_> = (0..law.num_classes() as u32)
                    .map(|c| weights[c as usize] * law.of_class(c).unwrap().pdf(&x))
                    .collect();
                let p = law.pdf(&x);
                assert!((joint.iter().sum::<f64>() - p).abs() < 1e-14 * p);
                for (joint, posterior) in joint.iter().zip(posterior) {
                    assert!((joint - p * posterior).abs() < 1e-14 * p);
                }
            }
        }
        assert_eq!(grouped().num_classes(), 2);
        assert!(law().of_class(3).is_none());
        let [first, second] = grouped().class_weights()[..] else {
            panic!()
        };
        assert!((first - 0.5).abs() < 1e-15 && (second - 0.5).abs() < 1e-15);
    }

    #[test]
    fn draws_are_labelled_by_class() {
        let mut rng = Seed(1).stream(Purpose::TestData, 0, 0);
        let draws = grouped().sample(4000, &mut rng);
        let ones = draws.labels().unwrap().iter().sum::<u32>();
        // Binomial with p = ½: five standard deviations.
        assert!((f64::from(ones) - 2000.0).abs() < 5.0 * 1000f64.sqrt());
        let of_class = grouped().of_class(1).unwrap().sample(50, &mut rng);
        assert!(of_class.labels().unwrap().iter().all(|label| *label == 1));
        let plain = law().with_classes(&ClassesConfig::None);
        assert!(plain.num_classes() == 0 && plain.sample(3, &mut rng).labels().is_none());
    }
}
