//! From JSON to what a body decodes.

use anvil_core::codec;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;

/// How a JSON value becomes one of a parameter's type, as it crosses to the body. Where it is not known, because
/// the type is known by its name only, it crosses as it is, and the body finds out.
#[derive(Clone, Copy, Default)]
pub(crate) struct Convert(Option<Conversion>);

type Conversion = fn(&Value) -> Result<Vec<u8>, String>;

impl Convert {
    pub(crate) fn to<T: Serialize + DeserializeOwned>() -> Self {
        Self(Some(|value| {
            let typed = T::deserialize(value).map_err(|error| error.to_string())?;
            encoded(&typed)
        }))
    }

    /// `value`, encoded.
    ///
    /// # Errors
    /// When it is not of the type.
    pub(crate) fn encode(self, value: &Value) -> Result<Vec<u8>, String> {
        match self.0 {
            Some(convert) => convert(value),
            None => encoded(value),
        }
    }
}

fn encoded<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    codec::encode(value).map_err(|error| error.to_string())
}

/// It follows from the type, which is compared by its name.
impl PartialEq for Convert {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Convert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Convert").field(&self.0.is_some()).finish()
    }
}
