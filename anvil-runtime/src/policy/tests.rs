//! Bodies that are turned back, and bodies that are not: what an attacker would try, and what an honest author writes.

use super::*;
use expect_test::expect;

fn told(gate: &Gate, body: &str) -> Vec<Violation> {
    violations(gate, body, body.parse().ok())
}

/// The names of the rules that `body` breaks.
fn broken(body: &str) -> Vec<&'static str> {
    let told = told(&Policy::default().gate("add"), body);
    told.iter().map(|one| one.rule.name()).collect()
}

/// Asserts that each body breaks `rule` first.
fn refused(rule: &str, bodies: &[&str]) {
    for body in bodies {
        assert_eq!(broken(body).first(), Some(&rule), "{body}");
    }
}

fn passed(bodies: &[&str]) {
    for body in bodies {
        assert_eq!(broken(body), [""; 0], "{body}");
    }
}

#[test]
fn the_table_is_in_the_order_of_the_rules() {
    for (rule, name, _) in RULES {
        assert_eq!(rule.name(), name);
        assert_eq!(
            RULES.iter().filter(|(_, other, _)| *other == name).count(),
            1
        );
    }
}

#[test]
fn modules_that_lead_outside_are_refused_however_they_are_written() {
    refused(
        "std::fs",
        &[
            "fn f() { std::fs::read(p); }",
            "fn f() { ::std::fs::read(p); }",
            "fn f() { std :: fs :: read(p); }",
            "fn f() { std:: /* a */ fs // b\n::read(p); }",
            "fn f() { r#std::r#fs::read(p); }",
            "fn f() { <std::fs::File>::open(p); }",
            "fn f() { (0..std::fs::read(p)); }",
            "fn f() { vec![std::fs::read(p)]; }",
            "use std::fs;",
            "use std::fs as f;",
            "use std::{fs};",
            "use std::{fs, io};",
            "use std::{io, fs};",
            "use std::{io, fs::{self, File}};",
            "use std::{{{fs}}};",
            "use ::{std::fs};",
            "use {std::{io::{Read}, fs as f}};",
            "use ::std::{r#fs};",
            "pub(crate) use std::fs::*;",
            "mod a { pub use std::fs; }",
            "fn f() { std::path::Path::new(p).read_dir(); }",
            "fn f() { std::path::Path::read_link(p); }",
            "macro_rules! m { () => { std::fs::read(\"p\") } }",
            "macro_rules! m { ($($t:tt)*) => { $($t)* } } fn f() { m!(std::fs::read(p)) }",
            "#[derive(Deserialize)] struct S { #[serde(default = \"std::fs::read\")] a: u8 }",
            "#[cfg_attr(all(), serde(with = r#\"std::fs\"#))] struct S;",
        ],
    );
    refused("std::net", &["use std::net::TcpStream;"]);
    refused("std::process", &["fn f() { std::process::exit(0) }"]);
    refused(
        "std::env",
        &[
            "use std::env;",
            "use std::{env};",
            "fn f() { std::env::var(n) }",
        ],
    );
    refused("std::os", &["use std::os::fd::AsRawFd;"]);
}

#[test]
fn keywords_macros_attributes_and_files_are_refused() {
    refused(
        "unsafe",
        &[
            "fn f() { unsafe { g() } }",
            "unsafe fn f() {}",
            "unsafe impl Send for A {}",
            "#[unsafe(no_mangle)] fn f() {}",
            "macro_rules! m { () => { unsafe {} } }",
        ],
    );
    refused(
        "extern",
        &[
            "extern \"C\" { fn f(); }",
            "pub extern \"C\" fn f() {}",
            "extern crate std as s;",
        ],
    );
    refused(
        "include!",
        &[
            "include!(\"a.rs\");",
            "const A: &str = include_str!(\"/etc/passwd\");",
            "const A: &[u8] = core::include_bytes ! [\"a\"];",
            "use std::include_str as text;",
            "use std::include as i;",
            "use core::{include as i};",
            "#[doc = include_str!(\"a\")] fn f() {}",
            "macro_rules! m { ($b:tt) => { include $b (\"a\") } }",
            "macro_rules! m { ($i:ident) => { g!($i) } } m!(include_bytes);",
        ],
    );
    refused(
        "env!",
        &[
            "const A: &str = env!(\"HOME\");",
            "const A: Option<&str> = option_env!(\"HOME\");",
            "use env as e;",
            "use core::env as e;",
            "use core::prelude::v1::env as e;",
        ],
    );
    refused(
        "asm!",
        &[
            "core::arch::global_asm!(\"\");",
            "fn f() { asm!(\"nop\") }",
            "use std::arch::asm as a;",
            "use core::arch::{asm as a};",
        ],
    );
    refused(
        "attributes",
        &[
            "#[path = \"/etc/a.rs\"] mod a {}",
            "#[cfg_attr(all(), path = \"a.rs\")] mod a {}",
            "#[cfg_attr(all(), cfg_attr(all(), no_mangle))] fn f() {}",
            "#[export_name = \"f\"] fn f() {}",
            "#[link(name = \"c\")] mod a {}",
            "#[used] static A: u8 = 0;",
            "#[r#macro_export] macro_rules! m { () => {} }",
            "#[global_allocator] static A: std::alloc::System = std::alloc::System;",
        ],
    );
    refused(
        "inner attributes",
        &[
            "#![allow(unused)]",
            "#![feature(asm)]",
            "#![doc = concat!(\"a\")]",
            "#![doc(html_root_url = \"a\")]",
            "fn f() { #![allow(unused)] }",
            "#!/*\nuse std::fs;\n// */\nfn f() {}",
            "\u{feff}#!/usr/bin/env run\nfn f() {}",
            "#!\"\nuse std::fs;\nfn f() {}", // which makes no tokens at all
        ],
    );
    refused(
        "mod",
        &[
            "mod other;",
            "pub(crate) mod r#other;",
            "mod a { mod b; }",
            "macro_rules! m { ($a:ident) => { mod $a; } }",
        ],
    );
}

#[test]
fn what_is_behind_the_scenes_is_refused() {
    refused(
        "internals",
        &[
            "fn f() { ::glue::call(); }",
            "use glue::call;",
            "use anvil::guest::table;",
            "use anvil::{ToolError, abi};",
            "use ::anvil::{codec as c};",
            "anvil::export!(a, b);",
            "fn f() { crate::tool::g() }",
            "use crate as c;",
            "use serde::__private as p;",
            "use serde::{__private::de};",
            "fn f() { serde_json::__private::vec![] }",
            "#[derive(Serialize)] struct S { #[serde(serialize_with = \"crate::f\")] a: u8 }",
        ],
    );
}

#[test]
fn paths_under_another_name_are_refused() {
    refused(
        "hidden paths",
        &[
            "use std as s;",
            "use ::std as s;",
            "use {std as s};",
            "use ::{std as s};",
            "use {{core as c}};",
            "use std::*;",
            "use std::{*};",
            "use std::{io, *};",
            "use ::std::{self as s};",
            "use std::{{self as s}};",
            "use std::self as s;",
            "use alloc as a;",
            "use anvil as a;",
            "use anvil::*;",
            "use anvil::{self as a};",
            "mod a { pub use std; } use a::std as s;",
            "macro_rules! m { ($a:ident) => { std::$a::read(p) } }",
            "macro_rules! m { ($a:ident) => { use std::{$a}; } }",
            "macro_rules! m { ($a:ident) => { $a::fs::read(p) } }",
            "macro_rules! m { ($a:ident) => { use $a::{fs}; } }",
            "macro_rules! m { ($a:ident) => { use $a::*; } }",
            "macro_rules! m { ($a:ident $b:ident) => { $a::$b } }",
            "macro_rules! m { ($($a:ident)*) => { $($a)::* } }",
            "macro_rules! m { ($($a:ident)*) => { $($a::)* } } fn f() { m!(std) }",
            "macro_rules! m { () => { $crate::tool } }",
            "macro_rules! m { ($a:ident) => { $a!(\"p\") } }",
            "macro_rules! m { ($($t:tt)*) => {} } fn f() { vec![m!(std)] }",
            "macro_rules! m { ($($t:tt)*) => {} } use m as vec; fn f() { vec![std] }",
            "macro_rules! m { ($($t:tt)*) => {} } fn f() { m!(std ::, fs) }",
            "macro_rules! m { ($n:ident $d:tt) => { macro_rules! $n { ($d a:ident) => { $d a::fs } } } } m!(n $); n!(std);",
            "macro_rules! m { ($a:tt $b:tt $c:tt) => { use $a $b fs as f; } } m!(std::io);",
            "macro_rules! m { ($a:tt $b:tt $c:tt) => { $a $b fs::read(p) } }",
            "macro_rules! m { ($p:literal) => { struct S { #[serde(default = $p)] a: u8 } } }",
            "#[derive(Deserialize)] struct S { #[serde(default = \"st\\x64::fs::read\")] a: u8 }",
        ],
    );
}

#[test]
fn honest_bodies_pass() {
    passed(&[
        "//! Reads `std::fs`, or so it says.\n#![doc = \"more\"]\n/// unsafe\nfn f() {}",
        "// std::fs\n/* unsafe { std::env } */ const A: &str = \"std::fs::read, env!, #![no_std]\";",
        "#[doc = \"std::fs\"] #[must_use = \"extern\"] fn f() {}",
        "use std::collections::{BTreeMap, HashMap as Map}; use std::fmt::{self, Write as _};",
        "use std::{collections::BTreeSet, io::{self, prelude::*}, thread, time::Duration};",
        "use std::path::{Path, PathBuf}; fn f() { std::thread::spawn(|| std::time::Instant::now()); }",
        "use core::net::{IpAddr, Ipv4Addr}; use std::ffi::OsStr; use core::mem; use std::iter::*;",
        "use anvil::ToolError; use anvil::{Result, prelude::*}; fn f() -> anvil::Result<()> { Ok(()) }",
        "fn f(env: &str, fs: u8, path: &str, os: u8, include: bool, asm: u8, net: i64, process: u8) -> bool \
         { include && env != path && !env.is_empty() }",
        "fn f() { let env = 1; let t = self.env.fs.process(); x.path(); x.used(); x.link; x.include(1) }",
        "mod fs { pub fn read() {} } mod env { pub struct Env; } use env::Env; fn f() { fs::read(); }",
        "mod parse { use super::*; pub(crate) fn f() {} pub(super) fn g() {} } fn h() { self::parse::f() }",
        "mod asm { pub fn run() {} } use asm::run;",
        "fn f(mean: f64, std: f64) { let v = vec![mean, std as f64]; format!(\"{} {std}\", std); g(std); s.std }",
        "struct Stats { std: f64, core: u8 } fn f() { Stats { std: 1.0, core: 1 }; }",
        "fn glue(parts: &[&str]) -> String { parts.concat() } fn f() { glue(&[]) }",
        "fn f() -> impl Iterator<Item = u8> + use<'_> { std::iter::empty() }",
        "macro_rules! ints { ($($t:ty),+) => { $(impl Max for $t { fn max() -> $t { $t::MAX } })+ } } ints!(u8, i8);",
        "macro_rules! m { ($t:ident, $env:expr) => { pub(crate) fn $t() { $t::new().eval($env)?; <$t>::from(1) } } }",
        "macro_rules! m { ($k:expr => $v:expr) => { std::collections::BTreeMap::from([($k, $v)]) } } fn f() { m!(1 => 2) }",
        "macro_rules! bin { ($op:tt, $env:ident) => { eval(l, env)? $op eval(r, $env)? } } fn f() { bin!(+, env) }",
        "macro_rules! m { ($(#[$m:meta])* $v:vis struct $n:ident;) => { $(#[$m])* $v struct $n; } }",
        "macro_rules! m { ($n:literal) => { struct S { #[serde(rename = $n)] a: u8 } } }",
        "macro_rules! m { ($std:expr) => { $std + 1.0 } } macro_rules! each { ($t:ident) => { $t::process(1) } }",
        "#[derive(Serialize)] #[serde(rename_all = \"camelCase\", tag = \"extern\")] struct S \
         { #[serde(rename = \"unsafe\", alias = \"std::fs\", default = \"zero\", skip_serializing_if = \
         \"Option::is_none\")] a: u8, #[serde(rename(serialize = \"crate::a\"))] b: u8 }",
        "#[expect(dead_code, reason = \"std::fs is not for us\")] #[inline] #[cfg(test)] mod tests {}",
        "fn f(r#extern: u8) -> u8 { r#extern } fn __helper() {} fn g() { __helper() }",
        "fn f(x: &Value) { match x { Value::Env(path) => path, other => other, } }",
        "type Addr = ::std::string::String; fn f(a: ::std::option::Option<u8>) {}",
        "fn f() { assert!(!used && x.y != 0, \"include!\"); json!({ \"std\": std, \"path\": path }) }",
    ]);
}

#[test]
fn a_violation_says_where_it_is_what_it_is_and_what_to_use_instead() {
    let body = "use std::{io, fs};\n\nfn f() {\n    std::fs::read(p);\n    include_str!(\"a\")\n}\n\
                struct S { #[serde(default = \"std::env::temp_dir\")] a: u8 }";
    let told = told(&Policy::default().gate("f"), body);
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    expect![[r#"
        line 1: `std::fs` is refused: a body opens no files; take what is to be read as an argument, and return what is to be written
        line 5: `include_str!` is refused (include!): a body is one file; write the data into it, or take it as an argument
        line 7: `std::env` is refused: a body does not look around; take the value as an argument"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn of_many_violations_ten_are_told() {
    let body: String = (0..1000).map(|n| format!("mod m{n};\n")).collect();
    assert_eq!(broken(&body).len(), 10);
}

#[test]
fn what_is_allowed_for_one_tool_is_refused_to_all_others() {
    let policy = Policy::default()
        .allow("asm!")
        .allow_for("reader", "std::fs");
    let body = "use std::{fs, net}; global_asm!(\"\");";
    let rules = |policy: &Policy, tool| -> Vec<&str> {
        let told = told(&policy.gate(tool), body);
        told.iter().map(|one| one.rule.name()).collect()
    };
    assert_eq!(rules(&policy, "reader"), ["std::net"]);
    assert_eq!(rules(&policy, "other"), ["std::fs", "std::net"]);
    assert_eq!(rules(&Policy::unchecked(), "other"), [""; 0]);
}

#[test]
fn every_rule_can_be_lifted_and_a_name_that_is_none_is_told_with_all_that_are() {
    for (_, name, _) in RULES {
        Policy::default().allow(name).check().unwrap();
    }
    let error = Policy::default()
        .allow_for("a", "std::file")
        .check()
        .unwrap_err();
    assert!(error.to_string().contains("`std::file`"), "{error}");
    for (_, name, _) in RULES {
        assert!(error.help().unwrap().contains(&format!("`{name}`")));
    }
}

#[test]
fn nesting_without_end_is_walked_through_to_its_end() {
    for (open, close) in [("(", ")"), ("{", "}"), ("std::{", "}"), ("vec![", "]")] {
        let body = format!(
            "fn f() {{ {} std::fs {} }}",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        assert_eq!(broken(&body), ["std::fs"], "{open}");
    }
}
