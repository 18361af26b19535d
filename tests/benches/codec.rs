//! The boundary's codec beside CBOR: `cargo bench -p anvil-tests --bench codec`.
//!
//! Both hold NaN, tagged enums and keys that are not text; what differs is the time.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot go on is not worth measuring"
)]

use anvil_core::codec::{decode, encode};
use criterion::{Criterion, criterion_group, criterion_main};
use serde::{Deserialize, Serialize};
use std::hint::black_box;

#[derive(Serialize, Deserialize)]
struct Order {
    id: u64,
    customer: String,
    tags: Vec<String>,
    total: f64,
    paid: bool,
}

fn order() -> Order {
    Order {
        id: 77,
        customer: "hello world".to_owned(),
        tags: vec!["a".to_owned(), "bb".to_owned()],
        total: 1.5,
        paid: true,
    }
}

fn cbor<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn codecs(criterion: &mut Criterion) {
    let order = order();
    let mut encoding = criterion.benchmark_group("encode");
    encoding.bench_function("ours (MessagePack)", |bencher| {
        bencher.iter(|| encode(black_box(&order)));
    });
    encoding.bench_function("CBOR", |bencher| bencher.iter(|| cbor(black_box(&order))));
    encoding.finish();

    let (ours, theirs) = (encode(&order).unwrap(), cbor(&order));
    println!("bytes: ours {}, CBOR {}", ours.len(), theirs.len());
    let mut decoding = criterion.benchmark_group("decode");
    decoding.bench_function("ours (MessagePack)", |bencher| {
        bencher.iter(|| decode::<Order>(black_box(&ours)).unwrap());
    });
    decoding.bench_function("CBOR", |bencher| {
        bencher.iter(|| ciborium::from_reader::<Order, _>(black_box(theirs.as_slice())).unwrap());
    });
    decoding.finish();
}

criterion_group!(benches, codecs);
criterion_main!(benches);
