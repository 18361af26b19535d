//! Types of the user's own: what goes in comes back, typed and as JSON.

#![expect(clippy::too_many_arguments, reason = "more types in one build")]
#![expect(dead_code, reason = "what is skipped is not looked at")]
#![expect(non_camel_case_types, reason = "names may be anything")]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{ToolSpec, ToolType};
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
    assert_eq!(
        both(BothWays { one: 1, two: 2 }).unwrap(),
        BothWays { one: 2, two: 3 }
    );
    let answer = anvil
        .tool("both")
        .unwrap()
        .run(json!({ "x": { "one": 1, "zwei": 2 } }));
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

user! {
    struct Page<T> { items: Vec<T>, next: Option<Box<T>> }
    struct Both<A, B>(A, B);
    enum Either<L, R> { Left(L), Right { right: R } }
    struct Bounded<T: Ord + Clone> where T: std::fmt::Debug { all: BTreeSet<T> }
    struct Defaulted<T = u8> { one: T }
    #[serde(transparent)]
    struct Meters<T> { amount: f64, #[serde(skip)] unit: std::marker::PhantomData<T> }
    struct Marked<T> { mark: std::marker::PhantomData<T>, id: u32 }
    #[serde(bound(deserialize = "T: serde::de::DeserializeOwned"))]
    struct WithBound<T> { one: Option<T> }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToolType)]
struct Grid<const ROWS: usize>
where
    [u8; ROWS]: ToolType + for<'a> Deserialize<'a>,
{
    cells: [u8; ROWS],
}

comes_back!(generic_types_come_back_for_each_type_that_they_are_used_with:
    a: Page<Named> = Page {
        items: vec![Named { sku: text("a"), quantity: 1, price: None }],
        next: Some(Box::new(Named { sku: text("b"), quantity: 2, price: Some(0.5) })),
    },
    b: Page<u8> = Page { items: vec![1], next: None },
    c: Page<Page<(char, bool)>> = Page {
        items: vec![Page { items: vec![('a', true)], next: Some(Box::new(('b', false))) }],
        next: None,
    },
    d: Both<String, Option<Unit2>> = Both(text("a"), Some(Unit2 { x: 1 })),
    e: Vec<Either<u8, Vec<String>>> = vec![Either::Left(1), Either::Right { right: vec![text("x")] }],
    f: Bounded<String> = Bounded { all: BTreeSet::from([text("x")]) },
    g: Defaulted = Defaulted { one: 1 },
    h: Defaulted<[i64; 2]> = Defaulted { one: [-1, 1] },
    i: Meters<u8> = Meters { amount: 2.5, unit: std::marker::PhantomData::<u8> },
    j: Marked<Named> = Marked { mark: std::marker::PhantomData::<Named>, id: 9 },
    k: WithBound<u8> = WithBound { one: Some(1) },
    l: (Grid<2>, Grid<3>) = (Grid { cells: [1, 2] }, Grid { cells: [1, 2, 3] }),
);

user! {
    struct Unit2 { x: u8 }
    struct Tree { value: i64, children: Vec<Tree> }
    struct Chain(u8, Option<Box<Self>>);
    struct Many(Vec<Many>);
    enum Expression {
        Number(f64),
        Negated(Box<Expression>),
        Sum { left: Box<Expression>, right: Box<Expression> },
        Call(String, Vec<Expression>),
    }
    struct Folder { name: String, entries: BTreeMap<String, Entry> }
    #[serde(tag = "is")]
    enum Entry { File { size: u64 }, Folder(Folder), Link { to: Box<Entry> } }
    #[serde(untagged)]
    enum Json { Null, Bool(bool), Number(f64), Text(String), List(Vec<Json>), Object(BTreeMap<String, Json>) }
    struct Rose<T> { value: T, leaves: Vec<Rose<T>> }
}

comes_back!(recursive_types_come_back:
    a: Tree = Tree { value: 1, children: vec![Tree { value: 2, children: vec![] }] },
    b: Chain = Chain(1, Some(Box::new(Chain(2, None)))),
    c: Many = Many(vec![Many(vec![]), Many(vec![Many(vec![])])]),
    d: Expression = Expression::Sum {
        left: Box::new(Expression::Negated(Box::new(Expression::Number(1.5)))),
        right: Box::new(Expression::Call(text("f"), vec![Expression::Number(0.0)])),
    },
    e: Folder = Folder {
        name: text("/"),
        entries: BTreeMap::from([
            (text("a"), Entry::File { size: 3 }),
            (text("b"), Entry::Folder(Folder { name: text("b"), entries: BTreeMap::new() })),
            (text("c"), Entry::Link { to: Box::new(Entry::File { size: 0 }) }),
        ]),
    },
    f: Json = Json::Object(BTreeMap::from([
        (text("a"), Json::List(vec![Json::Null, Json::Bool(true), Json::Number(0.5)])),
        (text("b"), Json::Text(text("x"))),
    ])),
    g: Rose<String> = Rose { value: text("a"), leaves: vec![Rose { value: text("b"), leaves: vec![] }] },
    h: Rose<u8> = Rose { value: 1, leaves: vec![] },
);

user! {
    #[derive(Copy, Eq, Hash, PartialOrd, Ord)]
    enum Currency { Eur, #[serde(rename = "$")] Usd }
    #[derive(Eq, Hash, PartialOrd, Ord)]
    struct Name(String);
    #[derive(Eq, Hash, PartialOrd, Ord)]
    struct Place { row: u8, column: u8 }
    #[derive(Eq, Hash)]
    struct Group { members: BTreeSet<Name> }
}

comes_back!(maps_keyed_by_a_users_type_come_back:
    a: BTreeMap<Currency, f64> = BTreeMap::from([(Currency::Eur, 1.0), (Currency::Usd, 1.1)]),
    b: HashMap<Currency, Vec<Name>> = HashMap::from([(Currency::Usd, vec![Name(text("x"))])]),
    c: BTreeMap<Name, Currency> = BTreeMap::from([(Name(text("x")), Currency::Eur)]),
    d: BTreeSet<Place> = BTreeSet::from([Place { row: 1, column: 2 }]),
    e: HashSet<Group> = HashSet::from([Group { members: BTreeSet::from([Name(text("y"))]) }]),
    f: [Currency; 2] = [Currency::Usd, Currency::Eur],
    g: (Currency, (Place,)) = (Currency::Eur, (Place { row: 0, column: 0 },)),
    h: VecDeque<Option<Currency>> = VecDeque::from([None, Some(Currency::Usd)]),
);

#[test]
fn keys_that_json_has_no_form_for_come_back_from_a_typed_call() {
    #[anvil::tool(intent = "Return the map")]
    fn same(map: HashMap<Place, Tree>) -> anvil::Result<HashMap<Place, Tree>>;

    let body = format!("{} {{ Ok(map) }}", same::spec().signature());
    let _anvil = TestAnvil::new(MockModel::new().reply("same", body));
    let map = || {
        HashMap::from([(
            Place { row: 1, column: 2 },
            Tree {
                value: 3,
                children: vec![],
            },
        )])
    };
    assert_eq!(same(map()).unwrap(), map());
}

user! {
    struct Flattened {
        id: u8,
        #[serde(flatten)] who: Renamed2,
        #[serde(flatten)] rest: BTreeMap<String, Value>,
    }
    #[serde(rename_all = "camelCase")]
    struct Renamed2 { first_name: String }
    struct Deeper { y: u8, #[serde(flatten)] maybe: Option<Renamed2>, #[serde(flatten)] kind: Internal }
    struct Skips {
        kept: u8,
        #[serde(skip)] skipped: Skipped,
        #[serde(skip_serializing_if = "Option::is_none")] maybe: Option<u8>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")] list: Vec<Unit2>,
        #[serde(default, skip_serializing_if = "is_zero")] zero: u32,
        #[serde(skip_serializing_if = "BTreeMap::is_empty", default = "BTreeMap::new")] map: BTreeMap<u8, u8>,
    }
    #[serde(default)]
    struct Defaults { retries: u32, #[serde(default = "seven")] other: u8, #[serde(default)] list: Vec<String> }
    enum SkipsInside { A { #[serde(skip)] skipped: Skipped, x: u8 }, B {} }
    #[serde(tag = "kind")]
    struct TaggedGeneric<T> { x: T }
    struct DefaultsOf<T, const N: usize> where [u8; N]: ToolType + for<'a> Deserialize<'a> {
        #[serde(default = "Vec::new")] all: Vec<T>,
        #[serde(default = "Option::default")] bytes: Option<[u8; N]>,
    }
    #[serde(default)]
    struct DefaultOf<T> { one: T, #[serde(skip_serializing_if = "Option::is_none")] two: Option<T> }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToolType)]
#[serde(default = "DefaultBy::usual")]
struct DefaultBy {
    a: u8,
}

impl DefaultBy {
    fn usual() -> Self {
        Self { a: 8 }
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn seven() -> u8 {
    7
}

impl<T: Default> Default for DefaultOf<T> {
    fn default() -> Self {
        Self {
            one: T::default(),
            two: None,
        }
    }
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            retries: 3,
            other: 0,
            list: vec![text("x")],
        }
    }
}

comes_back!(what_serde_flattens_and_leaves_out_comes_back:
    a: Flattened = Flattened {
        id: 1,
        who: Renamed2 { first_name: text("Ada") },
        rest: BTreeMap::from([(text("more"), json!([1, null]))]),
    },
    b: Vec<Skips> = vec![
        Skips { kept: 1, skipped: Skipped, maybe: None, list: vec![], zero: 0, map: BTreeMap::new() },
        Skips {
            kept: 1, skipped: Skipped, maybe: Some(2), list: vec![Unit2 { x: 1 }], zero: 7,
            map: BTreeMap::from([(1, 2)]),
        },
    ],
    c: Defaults = Defaults { retries: 1, other: 2, list: vec![] },
    d: Vec<SkipsInside> = vec![SkipsInside::A { skipped: Skipped, x: 1 }, SkipsInside::B {}],
    e: DefaultBy = DefaultBy { a: 1 },
    f: TaggedGeneric<u8> = TaggedGeneric { x: 1 },
    h: DefaultsOf<u8, 2> = DefaultsOf { all: vec![1], bytes: Some([1, 2]) },
    i: Vec<DefaultOf<u8>> = vec![DefaultOf { one: 1, two: None }, DefaultOf { one: 1, two: Some(2) }],
    g: Vec<Deeper> = vec![
        Deeper { y: 1, maybe: Some(Renamed2 { first_name: text("Ada") }), kind: Internal::Unit },
        Deeper { y: 1, maybe: None, kind: Internal::Struct { x: 1 } },
    ],
);

#[test]
fn what_the_host_may_leave_out_of_json_it_may_leave_out_for_a_tool() {
    #[anvil::tool(intent = "Return the arguments")]
    fn same(a: Defaults, b: Skips, c: DefaultBy) -> anvil::Result<(Defaults, Skips, DefaultBy)>;

    let body = format!("{} {{ Ok((a, b, c)) }}", same::spec().signature());
    let anvil = TestAnvil::configure(MockModel::new().reply("same", body), |builder| {
        builder.tools([same::tool()])
    });
    let same = anvil.tool("same").unwrap();
    let answer = same
        .run(json!({ "a": {}, "b": { "kept": 1 }, "c": {} }))
        .unwrap();
    assert_eq!(
        answer,
        json!([{ "retries": 3, "other": 7, "list": [] }, { "kept": 1 }, { "a": 8 }])
    );
    let error = same
        .run(json!({ "a": {}, "b": { "zero": 1 }, "c": {} }))
        .unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
    assert!(error.to_string().contains("kept"), "{error}");
}

mod ours {
    use super::*;
    user! {
        pub(super) struct Line { pub(super) ours: u8 }
        pub(super) enum Either { Ours(Line) }
    }
}

mod theirs {
    use super::*;
    user! { pub(super) struct Line { pub(super) theirs: String } }
}

mod prelude {
    use anvil::ToolType;
    use serde::{Deserialize, Serialize};

    user! {
        pub(super) struct Option { pub(super) some: std::option::Option<u8> }
        pub(super) struct ToolError(pub(super) std::string::String);
        pub(super) struct String(pub(super) std::vec::Vec<Vec>);
        pub(super) struct Vec;
    }
}

user! {
    struct Option2(u8);
    struct Context { x: u8 }
    struct Call { outcome: Outcome, body: Body }
    struct Outcome(u8);
    struct Body;
    struct r#type { r#fn: u8, r#async: Vec<r#enum> }
    enum r#enum { r#struct, r#Self2 { r#let: bool } }
    struct Größe { höhe: u8 }
    enum Never {}
}

mod lower {
    use ::anvil::ToolType;
    use serde::{Deserialize, Serialize};

    user! {
        pub(super) struct answer(pub(super) u8);
        pub(super) struct body;
        pub(super) struct a0;
        pub(super) struct types { pub(super) std: std }
        pub(super) struct std { pub(super) anvil: anvil }
        pub(super) struct anvil(pub(super) serde_json::Value);
    }
}

user! {
    #[doc = "from \u{202e}right to left\u{202c}, and\r\nover \u{2028} lines; fn f() {}"]
    struct Quoting {
        #[serde(rename = "*/ \" \n } \u{202e} \\ )]")] x: u8,
        #[serde(rename = r##"a"#b"##, alias = "\")]\n")] y: u8,
        #[serde(rename = "")] z: u8,
    }
}

comes_back!(types_named_as_the_glue_names_things_and_text_of_any_kind_come_back:
    a: (lower::answer, lower::body, lower::a0) = (lower::answer(1), lower::body, lower::a0),
    b: lower::types = lower::types { std: lower::std { anvil: lower::anvil(json!([1])) } },
    c: Quoting = Quoting { x: 1, y: 2, z: 3 },
    d: BTreeMap<String, u8> = BTreeMap::from([(text("x"), 1)]),
);

mod without_some {
    use anvil::ToolType;
    use serde::{Deserialize, Serialize};

    user! {
        enum Padding { None, Some(u8) }
        pub(super) struct Padded { #[serde(default, skip_serializing_if = "Option::is_none")] pub(super) x: Option<u8> }
    }
    #[expect(unused_imports, reason = "it is in scope, and nothing more")]
    use Padding::*;
}

comes_back!(types_come_back_from_where_none_is_another_name:
    a: without_some::Padded = without_some::Padded { x: Some(1) },
);

comes_back!(types_of_any_name_come_back:
    a: ours::Line = ours::Line { ours: 1 },
    b: Vec<theirs::Line> = vec![theirs::Line { theirs: text("x") }],
    c: ours::Either = ours::Either::Ours(ours::Line { ours: 2 }),
    d: Option2 = Option2(1),
    e: Context = Context { x: 1 },
    f: Call = Call { outcome: Outcome(1), body: Body },
    g: r#type = r#type { r#fn: 1, r#async: vec![r#enum::r#struct, r#enum::r#Self2 { r#let: true }] },
    h: Größe = Größe { höhe: 1 },
    i: prelude::Option = prelude::Option { some: Some(1) },
    j: (prelude::ToolError, String) = (prelude::ToolError(text("x")), text("y")),
    k: prelude::String = prelude::String(vec![prelude::Vec]),
    l: Vec<Never> = Vec::<Never>::new(),
);

/// Made by a macro, with whatever it is given.
macro_rules! made {
    ($name:ident { $($field:ident: $ty:ty = $key:literal),* } $doc:expr) => {
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToolType)]
        struct $name { $(#[serde(rename = $key)] $field: $ty),* }
    };
}

made!(Made { one: Option<u8> = "eins", two: Vec<Made> = "zwei" } concat!("Made of ", 2, " fields"));

#[test]
fn types_made_by_macros_and_types_local_to_a_function_come_back() {
    user! {
        struct Line { local: Made, #[doc = "outer"] other: Inner }
        struct Inner { x: (u8,) }
    }
    type Outer = Inner;
    {
        user! { struct Inner { y: char } }
        #[anvil::tool(intent = "Return both", name = "same")]
        fn same(one: Inner, line: &Line) -> anvil::Result<(Inner, Line)>;

        let body = format!("{} {{ Ok((one, line.clone())) }}", same::spec().signature());
        let _anvil = TestAnvil::new(MockModel::new().reply("same", body));
        let line = Line {
            local: Made {
                one: Some(1),
                two: vec![Made {
                    one: None,
                    two: vec![],
                }],
            },
            other: Outer { x: (1,) },
        };
        let answer = same(Inner { y: 'a' }, &line).unwrap();
        assert_eq!(answer, (Inner { y: 'a' }, line));
    }
}

#[test]
fn users_types_reach_the_body_by_reference_and_with_borrowed_text_as_well() {
    type Prices<'a> = &'a [Page<&'a str>];

    #[anvil::tool(intent = "Show everything")]
    fn show(
        one: &Named,
        many: &[Tree],
        maybe: Option<Unit2>,
        borrowed: Prices<'_>,
        boxed: Box<Currency>,
        keyed: HashMap<&str, Both<&str, u8>>,
    ) -> String;

    let body = format!(
        r#"{} {{
            let many: &[Tree] = many;
            format!("{{}} {{}} {{:?}} {{}} {{boxed:?}} {{}}", one.sku, many.len(), maybe.unwrap().x, borrowed[0].items[1], keyed["k"].0)
        }}"#,
        show::spec().signature()
    );
    let _anvil = TestAnvil::new(MockModel::new().reply("show", body));
    let shown = show(
        &Named {
            sku: text("a"),
            quantity: 1,
            price: None,
        },
        &[Tree {
            value: 1,
            children: vec![],
        }],
        Some(Unit2 { x: 2 }),
        &[Page {
            items: vec!["x", "y"],
            next: None,
        }],
        Box::new(Currency::Usd),
        HashMap::from([("k", Both("v", 1))]),
    );
    assert_eq!(shown, "a 1 2 y Usd v");
}

#[test]
fn anvil_may_have_another_name_where_a_type_is_derived() {
    mod vendor {
        pub(super) use anvil as forge;
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, vendor::forge::ToolType)]
    #[anvil(crate = vendor::forge)]
    struct Line {
        x: u8,
    }

    #[vendor::forge::tool(intent = "Return x", crate = vendor::forge)]
    fn unchanged(x: Line) -> Line;

    let body = "pub fn unchanged(x: Line) -> Line { x }";
    let _anvil = TestAnvil::new(MockModel::new().reply("unchanged", body));
    assert_eq!(unchanged(Line { x: 1 }), Line { x: 1 });
}

#[test]
fn a_tool_that_is_declared_at_run_time_takes_users_types_as_well() {
    let spec = ToolSpec::builder("names")
        .intent("The names of all lines")
        .input::<Vec<ours::Line>>("ours")
        .input::<Option<theirs::Line>>("theirs")
        .build()
        .unwrap();
    let body = "pub fn names(ours: Vec<Line>, theirs: Option<Line2>) -> Result<serde_json::Value, ToolError> {
        let Some(Line2 { theirs }) = theirs else { return Err(ToolError::new(\"none\")) };
        Ok(serde_json::json!([ours[0].ours, theirs]))
    }";
    let anvil = TestAnvil::new(MockModel::new().reply("names", body));
    let names = anvil.use_tool(spec).unwrap();
    let answer = names.run(json!({ "ours": [{ "ours": 1 }], "theirs": { "theirs": "x" } }));
    assert_eq!(answer.unwrap(), json!([1, "x"]));
}

#[test]
fn a_type_that_changed_makes_for_the_next_major_version() {
    mod before {
        use super::*;
        user! { pub(super) struct Line { pub(super) x: u8 } }
        #[anvil::tool(intent = "The x", name = "get_x")]
        pub(super) fn get_x(line: &Line) -> anvil::Result<u8>;
    }
    mod after {
        use super::*;
        user! { pub(super) struct Line { pub(super) x: u8, pub(super) y: u8 } }
        #[anvil::tool(intent = "The x", name = "get_x")]
        pub(super) fn get_x(line: &Line) -> anvil::Result<u8>;
    }
    let body = "pub fn get_x(line: &Line) -> Result<u8, ToolError> { Ok(line.x) }";
    let anvil = TestAnvil::new(MockModel::new().reply("get_x", body));
    assert_eq!(before::get_x(&before::Line { x: 1 }).unwrap(), 1);
    assert_eq!(before::get_x(&before::Line { x: 2 }).unwrap(), 2);
    let model = MockModel::new().reply("get_x", body);
    let anvil = anvil.reopen(model.clone());
    assert_eq!(after::get_x(&after::Line { x: 3, y: 4 }).unwrap(), 3);
    assert_eq!(anvil.tool_info("get_x").unwrap().version.to_string(), "2.0");
    assert_eq!(model.requests().len(), 1);
}

#[test]
fn a_key_that_bodies_cannot_have_is_the_declarations_fault_and_no_models() {
    #[derive(Debug, Clone, Serialize, Deserialize, ToolType)]
    struct Key {
        x: f64,
    }

    impl PartialEq for Key {
        fn eq(&self, other: &Self) -> bool {
            self.x.to_bits() == other.x.to_bits()
        }
    }

    impl Eq for Key {}

    impl std::hash::Hash for Key {
        fn hash<H: std::hash::Hasher>(&self, hasher: &mut H) {
            self.x.to_bits().hash(hasher);
        }
    }

    #[anvil::tool(intent = "Count", name = "keyed")]
    fn keyed(map: &HashMap<Key, u8>) -> anvil::Result<usize>;

    let body = "pub fn keyed(map: &std::collections::HashMap<Key, u8>) -> Result<usize, ToolError> { Ok(map.len()) }";
    let model = MockModel::new().reply("keyed", body);
    let _anvil = TestAnvil::new(model.clone());
    let error = keyed(&HashMap::new()).unwrap_err();
    assert_eq!(error.kind(), anvil::ErrorKind::Configuration);
    assert!(error.to_string().contains("Eq"), "{error}");
    assert!(error.help().unwrap().contains("key of a map"), "{error:?}");
    assert_eq!(model.requests().len(), 1);
}

#[test]
fn a_whole_number_may_be_written_as_a_float_by_name_wherever_it_stands() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToolType)]
    struct Tree {
        n: i64,
        kids: Vec<Tree>,
    }

    #[anvil::tool(intent = "Sum up", name = "sum_up")]
    fn sum_up(tree: &Tree, more: &[u8]) -> anvil::Result<i64>;

    let body = "pub fn sum_up(tree: &Tree, more: &[u8]) -> Result<i64, ToolError> {
        let mut sum = tree.n + more.iter().map(|n| i64::from(*n)).sum::<i64>();
        for kid in &tree.kids { sum += sum_up(kid, &[])?; }
        Ok(sum)
    }";
    let model = MockModel::new().reply("sum_up", body);
    let anvil = TestAnvil::configure(model, |builder| builder.tools([sum_up::tool()]));
    let tree = json!({ "n": 1.0, "kids": [{ "n": 2.0, "kids": [] }] });
    let tool = anvil.tool("sum_up").unwrap();
    assert_eq!(
        tool.run(json!({ "tree": tree, "more": [3.0, 4] })).unwrap(),
        10
    );
}
