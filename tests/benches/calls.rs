//! What a call of a live tool in this process costs beside the same function called directly:
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
    let model = MockModel::new().reply("add", ADD).reply("reverse", REVERSE);
    let _anvil = TestAnvil::configure(model, |builder| builder.isolation(Isolation::InProcess));
    let text = "the quick brown fox ".repeat(50);

    let mut numbers = criterion.benchmark_group("two numbers");
    numbers.bench_function("tool", |bencher| {
        bencher.iter(|| add(black_box(1), black_box(2)).unwrap());
    });
    numbers.bench_function("function", |bencher| {
        bencher.iter(|| add_here(black_box(1), black_box(2)).unwrap());
    });
    numbers.finish();

    let mut texts = criterion.benchmark_group("a kilobyte of text");
    texts.bench_function("tool", |bencher| {
        bencher.iter(|| reverse(black_box(&text)).unwrap());
    });
    texts.bench_function("function", |bencher| {
        bencher.iter(|| reverse_here(black_box(&text)).unwrap());
    });
    texts.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
