//! What a call of a live tool in this process costs beside the same function called directly, and what a contract and
//! recordings add to it:
//! `cargo bench -p anvil-tests --bench calls`.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot go on is not worth measuring"
)]

use anvil::Isolation;
use anvil::testing::{MockModel, TestAnvil};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

#[anvil::tool(intent = "Add")]
fn add(a: u64, b: u64) -> anvil::Result<u64>;

#[anvil::tool(intent = "Add", ensures(|sum| *sum >= a))]
fn add_ensured(a: u64, b: u64) -> anvil::Result<u64>;

#[anvil::tool(intent = "Add", pure)]
fn add_recorded(a: u64, b: u64) -> anvil::Result<u64>;

#[anvil::tool(intent = "Add")]
fn add_declared(a: u64, b: u64) -> anvil::Result<u64> {
    Ok(a + b)
}

#[anvil::tool(intent = "Reverse the text", ensures(|reversed| reversed.len() == text.len()))]
fn reverse_ensured(text: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Reverse the text")]
fn reverse(text: &str) -> anvil::Result<String>;

const ADD: &str = "pub fn add(a: u64, b: u64) -> Result<u64, ToolError> { Ok(a + b) }";
const REVERSE: &str =
    "pub fn reverse(text: &str) -> Result<String, ToolError> { Ok(text.chars().rev().collect()) }";

#[inline(never)]
fn add_here(a: u64, b: u64) -> anvil::Result<u64> {
    Ok(a + b)
}

#[inline(never)]
fn reverse_here(text: &str) -> anvil::Result<String> {
    Ok(text.chars().rev().collect())
}

fn calls(criterion: &mut Criterion) {
    let model = MockModel::new()
        .reply("add", ADD)
        .reply("add_ensured", ADD.replace("add", "add_ensured"))
        .reply("add_recorded", ADD.replace("add", "add_recorded"))
        .reply("reverse", REVERSE)
        .reply(
            "reverse_ensured",
            REVERSE.replace("reverse", "reverse_ensured"),
        );
    let _anvil = TestAnvil::configure(model, |builder| builder.isolation(Isolation::InProcess));
    let text = "the quick brown fox ".repeat(50);

    let mut numbers = criterion.benchmark_group("two numbers");
    numbers.bench_function("tool", |bencher| {
        bencher.iter(|| add(black_box(1), black_box(2)).unwrap());
    });
    numbers.bench_function("tool with ensures", |bencher| {
        bencher.iter(|| add_ensured(black_box(1), black_box(2)).unwrap());
    });
    numbers.bench_function("pure tool, the call recorded", |bencher| {
        bencher.iter(|| add_recorded(black_box(1), black_box(2)).unwrap());
    });
    let mut next = 0;
    numbers.bench_function("pure tool, all recorded that can be", |bencher| {
        bencher.iter(|| {
            next += 1;
            add_recorded(black_box(next), black_box(2)).unwrap()
        });
    });
    numbers.bench_function("body in the declaration", |bencher| {
        bencher.iter(|| add_declared(black_box(1), black_box(2)).unwrap());
    });
    numbers.bench_function("function", |bencher| {
        bencher.iter(|| add_here(black_box(1), black_box(2)).unwrap());
    });
    numbers.finish();

    let mut texts = criterion.benchmark_group("a kilobyte of text");
    texts.bench_function("tool", |bencher| {
        bencher.iter(|| reverse(black_box(&text)).unwrap());
    });
    texts.bench_function("tool with ensures", |bencher| {
        bencher.iter(|| reverse_ensured(black_box(&text)).unwrap());
    });
    texts.bench_function("function", |bencher| {
        bencher.iter(|| reverse_here(black_box(&text)).unwrap());
    });
    texts.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
