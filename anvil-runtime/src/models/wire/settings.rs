//! What the models have in common that are asked over a [`Line`](super::Line): their settings, and being a model.

/// What can be said of every model that is asked over the line in its field `line`, and that it is asked in this dialect.
macro_rules! settings {
    ($model:ident, $dialect:ty) => {
        impl $model {
            /// Asks this model.
            #[must_use]
            pub fn model(mut self, name: impl Into<String>) -> Self {
                self.line.model = name.into();
                self
            }

            /// Asks at this address, such as that of a gateway.
            ///
            /// # Errors
            /// When it is no http or https URL.
            pub fn base_url(mut self, url: &str) -> crate::Result<Self> {
                self.line.set_base(url)?;
                Ok(self)
            }

            /// How many tokens an answer may have, thinking included. A longer one is cut off, and turned back.
            #[must_use]
            pub fn max_output_tokens(mut self, tokens: u64) -> Self {
                self.line.max_output_tokens = Some(tokens);
                self
            }

            /// How long one request may take, with all its tries and the pauses between them.
            #[must_use]
            pub fn time_limit(mut self, limit: std::time::Duration) -> Self {
                self.line.time_limit = limit;
                self
            }

            /// For how long a request is tried again where the provider cannot be reached, is overloaded or is asked too
            /// often; zero tries once. The default is 2 minutes.
            #[must_use]
            pub fn retry_for(mut self, time: std::time::Duration) -> Self {
                self.line.retry_for = time;
                self
            }
        }

        impl crate::model::LanguageModel for $model {
            fn complete<'a>(
                &'a self,
                request: &'a crate::model::ModelRequest,
            ) -> crate::model::BoxFuture<
                'a,
                Result<crate::model::ModelReply, crate::model::ModelError>,
            > {
                Box::pin(self.line.ask::<$dialect>(request))
            }

            fn info(&self) -> crate::model::ModelInfo {
                self.line.info()
            }
        }

        impl std::fmt::Debug for $model {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.line.fmt(f)
            }
        }
    };
}

pub(in crate::models) use settings;
