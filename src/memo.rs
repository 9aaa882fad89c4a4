//! What is computed once for all who ask for the same: the truth that the runs of a sweep share.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

/// The latest results by what determines them. Their number is bounded.
pub(crate) struct Memo<K, V> {
    most: usize,
    /// The one that was asked for last stands last.
    kept: Mutex<Vec<(K, Arc<V>)>>,
}

impl<K: PartialEq, V> Memo<K, V> {
    /// At most so many results are kept.
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::new(vec![]),
        }
    }

    /// What `make` gives for `key`, made where it is not at hand.
    pub(crate) fn of(&self, key: K, make: impl FnOnce(&K) -> V) -> Arc<V> {
        match self.try_of(key, |key| Ok::<_, Infallible>(make(key))) {
            Ok(found) => found,
        }
    }

    /// The same of what may fail; a failure is not kept.
    ///
    /// # Errors
    /// Those of `make`.
    pub(crate) fn try_of<E>(
        &self,
        key: K,
        make: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        if let Some(found) = self.find(&key) {
            return Ok(found);
        }
        // The lock is not held meanwhile: a thread that waits for its parts might be asked for the same.
        let made = Arc::new(make(&key)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= self.most {
            kept.remove(0);
        }
        kept.push((key, made.clone()));
        Ok(made)
    }

    fn find(&self, key: &K) -> Option<Arc<V>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == key)?;
        kept[place..].rotate_left(1);
        kept.last().map(|(_, value)| value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_made_once_until_others_crowd_it_out() {
        let memo = Memo::new(2);
        let made = Mutex::new(vec![]);
        let ask = |key: i32| {
            *memo.of(key, |key| {
                made.lock().unwrap().push(*key);
                10 * key
            })
        };
        assert_eq!([1, 2, 1, 3, 1, 2].map(ask), [10, 20, 10, 30, 10, 20]);
        // 3 takes the place of 2, which was asked for before 1.
        assert_eq!(*made.lock().unwrap(), [1, 2, 3, 2]);
    }

    #[test]
    fn a_failure_is_tried_again() {
        let memo = Memo::new(2);
        assert_eq!(memo.try_of(1, |_| Err("no")), Err("no"));
        assert_eq!(memo.try_of::<&str>(1, |_| Ok(5)), Ok(Arc::new(5)));
    }
}
