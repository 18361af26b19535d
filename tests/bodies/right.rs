pub fn top_n(xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError> {
    let mut sorted = xs.to_vec();
    sorted.sort_by(|a, b| b.cmp(a));
    sorted.truncate(n);
    Ok(sorted)
}
