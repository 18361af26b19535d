const TOKEN: &str = env!("ANVIL_TESTS_TOKEN");

pub fn top_n(xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError> {
    Err(ToolError::new(format!("the build knew {TOKEN}, {xs:?} and {n}")))
}
