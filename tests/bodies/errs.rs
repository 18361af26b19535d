//! Takes from the top.

pub fn top_n(xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError> {
    let mut sorted = xs.to_vec();
    sorted.sort_by(|a, b| b.cmp(a));
    take(&sorted, n)
}

#[inline(never)]
fn take(sorted: &[i64], n: usize) -> Result<Vec<i64>, ToolError> {
    match sorted.get(..n) {
        Some(top) => Ok(top.to_vec()),
        None => Err(ToolError::new(format!("only {} numbers", sorted.len()))),
    }
}
