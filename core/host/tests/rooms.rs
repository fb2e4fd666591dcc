//! The rooms of this crate and their arrows are those of the table in the README, and no circle passes more than two files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

use rundruf_tidy::imports::{Imports, Room};

const README: &str = include_str!("../README.md");

/// The rows below `## Rooms`: name, files, rooms that it may use.
fn rows() -> Vec<[Vec<&'static str>; 3]> {
    let (_, section) = README.split_once("## Rooms").unwrap();
    let rows = section.lines().skip_while(|l| !l.starts_with("| ---")).skip(1).take_while(|l| l.starts_with('|'));
    let cells = |row: &'static str| {
        let words = |cell: &'static str| cell.split(['`', ',', ' ']).filter(|w| !w.is_empty() && *w != "–").collect();
        let cells: Vec<Vec<_>> = row.trim_matches('|').split('|').map(words).collect();
        cells.try_into().unwrap()
    };
    rows.map(cells).collect()
}

#[test]
fn arrows_are_those_of_the_readme() {
    let rows = rows();
    let all: Vec<&str> = rows.iter().flat_map(|[name, ..]| name.iter().copied()).collect();
    let rooms: Vec<Room<'_>> = rows
        .iter()
        .map(|[name, files, uses]| Room { name: name[0], files, uses: if uses == &["all"] { &all } else { uses } })
        .collect();
    assert!(rooms.len() > 8, "the table was not found");
    let imports = Imports::of("core/host");
    println!("{}", imports.drawing(&rooms));
    assert_eq!(imports.wrong_arrows(&rooms), Vec::<String>::new());
}

#[test]
fn no_circle_passes_more_than_two_files() {
    assert_eq!(Imports::of("core/host").circles(2), Vec::<Vec<String>>::new());
}
