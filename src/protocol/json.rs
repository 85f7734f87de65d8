//! Reading one JSON object strictly. RFC 8259 §4 leaves duplicate names to the reader: here they are a fault, because two
//! readers that pick different ones disagree about what was registered.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::text::quoted;

/// How deep objects and arrays may be nested, the outermost counted.
pub const MAX_DEPTH: usize = 16;

/// Why a body is not one JSON object; its text is a sentence for the sender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// Not JSON, a repeated member, nested too deeply, or text after the end.
    #[error("The body is not acceptable JSON: {0}.")]
    Malformed(String),
    /// JSON, but not an object.
    #[error("The body must be one JSON object.")]
    NotAnObject,
}

/// Reads one JSON object: no duplicate members at any depth, at most [`MAX_DEPTH`] levels, nothing after it. RFC 8259 §4.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonFault> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { levels_left: MAX_DEPTH }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| JsonFault::Malformed(error.to_string()))?;
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(JsonFault::NotAnObject),
    }
}

/// Builds a [`Value`] as `serde_json` does, but refuses what it lets pass.
#[derive(Clone, Copy)]
struct Strict {
    levels_left: usize,
}

impl Strict {
    fn inner<E: Error>(self) -> Result<Self, E> {
        let levels_left = self
            .levels_left
            .checked_sub(1)
            .ok_or_else(|| E::custom(format_args!("nested deeper than {MAX_DEPTH} levels")))?;
        Ok(Self { levels_left })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("the member {} appears twice", quoted(&name))));
            }
            let value = members.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(text: &str) -> String {
        parse_object(text.as_bytes()).unwrap_err().to_string()
    }

    /// D02 and row 99 of the peers' faults: two members of one name are refused, however deep; another letter case is another name.
    #[test]
    fn duplicate_members_are_refused_at_any_depth() {
        assert!(fault(r#"{"client_name":"a","client_name":"b"}"#).contains("'client_name' appears twice"));
        assert!(fault(r#"{"jwks":{"keys":[{"kty":"EC","kty":"oct"}]}}"#).contains("'kty' appears twice"));
        assert!(fault("{\"\\u0061\":1,\"a\":2}").contains("'a' appears twice"));
        assert_eq!(parse_object(br#"{"a":1,"A":2}"#).unwrap().len(), 2);
    }

    /// D15: JSON depth is at most 16.
    #[test]
    fn depth_sixteen_is_read_and_seventeen_refused() {
        let nested = |arrays: usize| format!("{{\"a\":{}1{}}}", "[".repeat(arrays), "]".repeat(arrays));
        assert!(parse_object(nested(15).as_bytes()).is_ok());
        assert!(fault(&nested(16)).contains("nested deeper than 16"));
        assert!(fault(&nested(10_000)).contains("nested deeper than 16"));
    }

    /// RFC 8259 §2: one value and nothing else.
    #[test]
    fn only_one_object_is_read() {
        for text in [
            "",
            "{",
            "{} {}",
            "{}x",
            "{\"a\":1,}",
            "{'a':1}",
            "{\"a\":NaN}",
            "\u{feff}{}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":1e999}",
        ] {
            assert!(fault(text).starts_with("The body is not acceptable JSON: "), "{text:?}");
        }
        assert!(parse_object(b"{\"a\":\"\xff\"}").is_err());
        for text in ["[]", "null", "1", "\"{}\""] {
            assert_eq!(parse_object(text.as_bytes()), Err(JsonFault::NotAnObject), "{text:?}");
        }
        assert!(parse_object(b" {\n} \n").unwrap().is_empty());
    }

    proptest! {
        /// Whatever this reader accepts, `serde_json` reads alike.
        #[test]
        fn accepted_text_means_what_serde_json_says(bytes in "\\{(\"[ab]\":(1|-2|null|true|\"x\"|1\\.5|\\[\\]|\\{\\})(,\"[cd]\":(\\[1,\\{\\}\\]|0))?)?\\}") {
            let expected: Map<String, Value> = serde_json::from_str(&bytes).unwrap();
            prop_assert_eq!(parse_object(bytes.as_bytes()).unwrap(), expected);
        }

        /// No body makes the reader panic.
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_object(&bytes);
        }
    }
}
