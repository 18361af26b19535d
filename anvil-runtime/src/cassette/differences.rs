//! How what is asked differs from what was recorded.

use super::exchange::Request;
use crate::text::shortened;
use std::collections::HashSet;

/// More of a line is not told, in bytes.
const LONGEST_LINE: usize = 160;
/// So much of a line is told before the place where it differs, in bytes.
const BEFORE: usize = 40;

/// Where each part of the request begins to differ from a recorded one, in words.
pub(super) fn differences(asked: &Request, recorded: &Request) -> Vec<String> {
    let mut differences = Vec::new();
    for ((name, is), (_, was)) in parts(asked).into_iter().zip(parts(recorded)) {
        let (mut is, mut was) = (is.split('\n'), was.split('\n'));
        for line in 1.. {
            let (is, was) = (is.next(), was.next());
            if is != was {
                let (is, was) = (line_told(is, was), line_told(was, is));
                differences.push(format!("line {line} of `{name}` is {is}, and was {was}"));
            }
            if is != was || is.is_none() {
                break;
            }
        }
    }
    if asked.last != recorded.last {
        let (is, was) = (asked.last, recorded.last);
        differences.push(format!("`last` is {is}, and was {was}"));
    }
    differences
}

/// In how many lines two requests differ.
pub(super) fn distance(asked: &Request, recorded: &Request) -> usize {
    let parts = parts(asked).into_iter().zip(parts(recorded));
    let lines = parts.map(|((_, one), (_, other))| {
        let [one, other]: [HashSet<&str>; 2] = [one, other].map(|text| text.split('\n').collect());
        one.symmetric_difference(&other).count()
    });
    lines.sum::<usize>() + usize::from(asked.last != recorded.last)
}

fn parts(request: &Request) -> [(&'static str, &str); 3] {
    [
        ("system", &request.system.0),
        ("declaration", &request.declaration.0),
        ("task", &request.task.0),
    ]
}

/// A line from shortly before the place on where it differs from the other.
fn line_told(line: Option<&str>, other: Option<&str>) -> String {
    let Some(line) = line else {
        return "missing".to_owned();
    };
    let same = line.bytes().zip(other.unwrap_or_default().bytes());
    let same = same.take_while(|(one, other)| one == other).count();
    let (cut, rest) = line.split_at(line.floor_char_boundary(same.saturating_sub(BEFORE)));
    let left_out = if cut.is_empty() { "" } else { "…" };
    format!("`{left_out}{}`", shortened(rest, LONGEST_LINE))
}

#[cfg(test)]
mod tests {
    use super::super::text::Text;
    use super::*;

    fn request(system: &str, declaration: &str, task: &str, last: bool) -> Request {
        let text = |text: &str| Text(text.to_owned());
        Request {
            system: text(system),
            declaration: text(declaration),
            task: text(task),
            last,
        }
    }

    #[test]
    fn the_first_line_that_differs_in_each_part_is_told_with_what_it_was() {
        let recorded = request("be good", "fn a();\nIt is a.", "a\nb\nc", false);
        assert_eq!(differences(&recorded, &recorded), [""; 0]);
        assert_eq!(distance(&recorded, &recorded), 0);
        let asked = request("be good", "fn a();\nIt is b.", "a\nx\nb\nc", true);
        assert_eq!(
            differences(&asked, &recorded),
            [
                "line 2 of `declaration` is `It is b.`, and was `It is a.`",
                "line 2 of `task` is `x`, and was `b`",
                "`last` is true, and was false",
            ]
        );
        assert_eq!(distance(&asked, &recorded), 4);
        let shorter = request("be good", "fn a();\nIt is a.", "a\nb", false);
        assert_eq!(
            differences(&shorter, &recorded),
            ["line 3 of `task` is missing, and was `c`"]
        );
    }

    #[test]
    fn of_a_long_line_the_place_is_told_where_it_differs() {
        let long = |end: &str| format!("{}{end}{}", "é".repeat(500), "z".repeat(500));
        let [is, was] = ["one", "two"].map(|end| request("", "", &long(end), false));
        let told = differences(&is, &was).remove(0);
        assert!(told.contains("`…éééé") && told.contains("éonezz"), "{told}");
        assert!(told.len() < 600, "{told}");
    }
}
