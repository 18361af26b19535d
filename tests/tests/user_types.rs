//! Types of the user's own: what goes in comes back, typed and as JSON.

#![expect(clippy::too_many_arguments, reason = "more types in one build")]
#![expect(dead_code, reason = "what is skipped is not looked at")]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventFilter, EventKind, ToolType};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

/// Declares a tool that returns its arguments; calls it with `$value`s, and with the same as JSON; compares.
macro_rules! comes_back {
    ($test:ident: $($argument:ident: $ty:ty = $value:expr),+ $(,)?) => {
        #[test]
        fn $test() {
            #[anvil::tool(intent = "Return the arguments", name = "echo")]
            fn echo($($argument: $ty),+) -> anvil::Result<($($ty,)+)>;

            let body = format!(
                "{} {{ Ok(({})) }}",
                echo::spec().signature(),
                concat!($(stringify!($argument), ","),+),
            );
            let model = MockModel::new().reply("echo", body);
            let anvil = TestAnvil::configure(model, |builder| builder.tools([echo::tool()]));
            assert_eq!(echo($($value),+).unwrap(), ($($value,)+));

            let object = json!({ $(stringify!($argument): $value),+ });
            let answer = anvil.tool("echo").unwrap().run(object).unwrap();
            assert_eq!(answer, json!([$($value),+]));
        }
    };
}

/// Derives what a user's type has that is compared here.
macro_rules! user {
    ($($item:item)+) => {$(
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToolType)]
        $item
    )+};
}

fn text(text: &str) -> String {
    text.to_owned()
}

user! {
    struct Named { sku: String, quantity: u32, price: Option<f64> }
    struct Empty {}
    struct Unit;
    struct Newtype(u64);
    struct NewtypeOfOption(Option<char>);
    struct Pair(u8, String);
    struct NoTuple();
    /// A point in the plane.
    ///
    /// "Quoted", a `*/`, a \ and /* too.
    struct Documented {
        /// to the right; "not" left
        x: f64,
        /** upwards
         and */
        y: f64,
    }
    #[serde(transparent)]
    struct Transparent { inner: Vec<i16> }
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Renamed { first_name: String, #[serde(rename = "surname")] last_name: String, r#type: u8 }
    #[serde(rename_all(serialize = "UPPERCASE", deserialize = "lowercase"))]
    struct BothWays { one: u8, #[serde(rename(serialize = "deux", deserialize = "zwei"))] two: u8 }
    #[serde(tag = "kind")]
    struct Tagged { x: u8 }
}

comes_back!(structs_of_every_shape_come_back:
    a: Named = Named { sku: text("a"), quantity: 2, price: Some(1.5) },
    b: Empty = Empty {},
    c: Unit = Unit,
    d: Newtype = Newtype(7),
    e: Vec<NewtypeOfOption> = vec![NewtypeOfOption(None), NewtypeOfOption(Some('é'))],
    f: Pair = Pair(1, text("b")),
    g: NoTuple = NoTuple(),
    h: Documented = Documented { x: 0.5, y: -1.0 },
    i: Transparent = Transparent { inner: vec![-1, 2] },
    j: Renamed = Renamed { first_name: text("Ada"), last_name: text("Lovelace"), r#type: 3 },
    k: Tagged = Tagged { x: 1 },
);

#[test]
fn names_that_differ_by_direction_are_swapped_in_the_body() {
    #[anvil::tool(intent = "Add one to both")]
    fn both(x: BothWays) -> anvil::Result<BothWays>;

    let body = "pub fn both(x: BothWays) -> Result<BothWays, ToolError> { Ok(BothWays { one: x.one + 1, two: x.two + 1 }) }";
    let anvil = TestAnvil::configure(MockModel::new().reply("both", body), |builder| {
        builder.tools([both::tool()])
    });
    assert_eq!(both(BothWays { one: 1, two: 2 }).unwrap(), BothWays { one: 2, two: 3 });
    let answer = anvil.tool("both").unwrap().run(json!({ "x": { "one": 1, "zwei": 2 } }));
    assert_eq!(answer.unwrap(), json!({ "ONE": 2, "deux": 3 }));
}

user! {
    enum External { Unit, Newtype(u8), Tuple(u8, String), Struct { x: u8 }, NoFields {} }
    #[serde(tag = "t")]
    enum Internal { Unit, Newtype(Named), Struct { x: u8 }, NoFields {} }
    #[serde(tag = "t", content = "c")]
    enum Adjacent { Unit, Newtype(u8), Tuple(u8, String), Struct { x: u8 }, NoFields {} }
    #[serde(untagged)]
    enum Untagged { Newtype(u8), Tuple(u8, String), Struct { x: u8 }, Unit }
    #[serde(rename_all = "kebab-case", rename_all_fields = "SCREAMING_SNAKE_CASE")]
    enum RenamedVariants {
        FirstOne,
        #[serde(alias = "2nd", rename = "second!")] Second { some_field: u8 },
        #[serde(skip)] Never(Skipped),
    }
    #[serde(tag = "status", rename_all = "snake_case")]
    enum WithOther { Known, #[serde(other)] SomethingElse }
    enum HalfTagged { Tagged(u8), #[serde(untagged)] Plain { y: u8 } }
    enum Discriminants { A = 1, B = 5 }
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Skipped;

comes_back!(enums_of_every_representation_come_back_with_variants_of_every_shape:
    a: Vec<External> = vec![
        External::Unit, External::Newtype(1), External::Tuple(2, text("x")), External::Struct { x: 3 },
        External::NoFields {},
    ],
    b: Vec<Internal> = vec![
        Internal::Unit, Internal::Newtype(Named { sku: text("a"), quantity: 2, price: None }),
        Internal::Struct { x: 3 }, Internal::NoFields {},
    ],
    c: Vec<Adjacent> = vec![
        Adjacent::Unit, Adjacent::Newtype(1), Adjacent::Tuple(2, text("x")), Adjacent::Struct { x: 3 },
        Adjacent::NoFields {},
    ],
    d: Vec<Untagged> = vec![
        Untagged::Newtype(1), Untagged::Tuple(2, text("x")), Untagged::Struct { x: 3 }, Untagged::Unit,
    ],
    e: Vec<RenamedVariants> = vec![RenamedVariants::FirstOne, RenamedVariants::Second { some_field: 1 }],
    f: Vec<WithOther> = vec![WithOther::Known, WithOther::SomethingElse],
    g: Vec<HalfTagged> = vec![HalfTagged::Tagged(1), HalfTagged::Plain { y: 2 }],
    h: (Discriminants, Discriminants) = (Discriminants::A, Discriminants::B),
    i: External = External::Unit,
    j: Untagged = Untagged::Unit,
    k: Option<Internal> = Some(Internal::Unit),
    l: Box<Adjacent> = Box::new(Adjacent::Tuple(0, text(""))),
);
