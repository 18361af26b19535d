pub fn top_n(xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError> {
    let sorted = xs.to_vec();
    sorted.sort_by(|a, b| b.cmp(a));
    Ok(sorted[..n].to_vec())
}
