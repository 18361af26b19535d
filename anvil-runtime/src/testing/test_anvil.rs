//! An `Anvil` for one test.

use crate::builder::Builder;
use crate::current::{Entered, TestUnderWay};
use crate::handle::Anvil;
use crate::model::LanguageModel;
use std::ops::Deref;
use tempfile::TempDir;

/// An [`Anvil`] with a model of the test's, most often a [`MockModel`](crate::testing::MockModel), and an empty store of its own, which is removed again. It is entered
/// on the thread that makes it; other threads and tasks need [`enter`](Anvil::enter) or
/// [`scope`](Anvil::scope). While one lives, a call that was given no `Anvil` is an error, in all of the
/// process: it never reaches a real model.
///
/// Its settings are the defaults and what the test says; neither the environment nor an `anvil.toml` has a say.
///
/// Built bodies are shared with everything else below the target directory, so that a body which was
/// tested once is not built again.
#[derive(Debug)]
#[must_use = "bind it to a name, such as `_anvil`: it ends when it is dropped"]
pub struct TestAnvil {
    anvil: Anvil,
    store: Option<TempDir>,
    _entered: Entered,
    _under_way: TestUnderWay,
}

impl TestAnvil {
    /// With the default settings.
    ///
    /// # Panics
    /// When there is no temporary folder to be had.
    pub fn new(model: impl LanguageModel) -> Self {
        Self::configure(model, |builder| builder)
    }

    /// With other settings: `TestAnvil::configure(model, |builder| builder.max_heal_attempts(1))`.
    ///
    /// # Panics
    /// When there is no temporary folder to be had, or the settings are refused.
    pub fn configure(model: impl LanguageModel, settings: impl FnOnce(Builder) -> Builder) -> Self {
        let store = tempfile::Builder::new()
            .prefix("anvil-test-")
            .tempdir()
            .expect("a temporary folder for the test's tools");
        Self::on(store, model, settings)
    }

    /// Another life on the same store, with the default settings, as if the process had ended and begun again.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn reopen(mut self, model: impl LanguageModel) -> Self {
        let store = self.store.take().expect("the store is there until the end");
        drop(self);
        Self::on(store, model, |builder| builder)
    }

    fn on(
        store: TempDir,
        model: impl LanguageModel,
        settings: impl FnOnce(Builder) -> Builder,
    ) -> Self {
        let builder = Anvil::builder()
            .isolated()
            .progress(false)
            .tools_dir(store.path())
            .recordings(store.path().join(".recordings"))
            .model(model);
        let anvil = settings(builder)
            .build()
            .expect("the settings of the test are accepted");
        Self {
            _entered: anvil.enter(),
            _under_way: TestUnderWay::begin(),
            anvil,
            store: Some(store),
        }
    }
}

impl Deref for TestAnvil {
    type Target = Anvil;

    fn deref(&self) -> &Anvil {
        &self.anvil
    }
}

impl Drop for TestAnvil {
    fn drop(&mut self) {
        // Whatever is still under way is stopped, before the folder goes.
        self.anvil.shut_down();
    }
}
