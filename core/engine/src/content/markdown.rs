//! Markdown → plain text, HTML with styles on each element, and the markup of chat programs. Raw HTML in the source is text, not markup.

use super::picture::{ShownPicture, is_brought};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use rundruf_consent::Channel;
use rundruf_consent::text::escape_html;

fn events(source: &str) -> Parser<'_> {
    Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH)
}

/// The subject of a message without one: its first heading or line.
pub(super) fn first_line(source: &str) -> String {
    let line = text(source, Channel::Email).lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("").to_owned();
    super::template::head(&line, 120)
}

/// The channel's own markup for strong, emphasis and strike-through.
const fn marks(channel: Channel) -> (&'static str, &'static str, &'static str) {
    match channel {
        Channel::Threema | Channel::Signal | Channel::Xmpp => ("*", "_", "~"),
        Channel::Matrix => ("**", "*", "~~"),
        _ => ("", "", ""),
    }
}

/// Plain text with the channel's own markup.
pub(super) fn text(source: &str, channel: Channel) -> String {
    let (strong, emphasis, strike) = marks(channel);
    let mut out = String::new();
    let mut lists: Vec<Option<u64>> = Vec::new();
    let mut links: Vec<(String, usize)> = Vec::new();
    for event in events(source) {
        match event {
            Event::Text(t) | Event::Code(t) | Event::Html(t) | Event::InlineHtml(t) => out.push_str(&t),
            Event::SoftBreak | Event::HardBreak => out.push('\n'),
            Event::Rule => out.push_str("\n---\n"),
            Event::Start(Tag::Heading { .. } | Tag::Strong) | Event::End(TagEnd::Strong) => out.push_str(strong),
            Event::End(TagEnd::Heading(_)) => {
                out.push_str(strong);
                out.push_str("\n\n");
            }
            Event::Start(Tag::Emphasis) | Event::End(TagEnd::Emphasis) => out.push_str(emphasis),
            Event::Start(Tag::Strikethrough) | Event::End(TagEnd::Strikethrough) => out.push_str(strike),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push((dest_url.into_string(), out.len()))
            }
            Event::End(end @ (TagEnd::Link | TagEnd::Image)) => {
                // A picture that comes along is said by what it shows.
                if let Some((url, from)) = links.pop()
                    && !(end == TagEnd::Image && is_brought(&url))
                    && out.get(from..) != Some(url.as_str())
                {
                    out.push_str(&format!(" ({url})"));
                }
            }
            Event::Start(Tag::List(first)) => {
                if !lists.is_empty() {
                    out.push('\n');
                }
                lists.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                lists.pop();
                if lists.is_empty() {
                    out.push('\n');
                }
            }
            Event::Start(Tag::Item) => {
                out.push_str(&"  ".repeat(lists.len().saturating_sub(1)));
                match lists.last_mut() {
                    Some(Some(n)) => {
                        out.push_str(&format!("{n}. "));
                        *n += 1;
                    }
                    _ => out.push_str("- "),
                }
            }
            Event::End(TagEnd::Item) if !out.ends_with('\n') => out.push('\n'),
            Event::End(TagEnd::Paragraph | TagEnd::BlockQuote(_) | TagEnd::CodeBlock | TagEnd::HtmlBlock) => {
                out.push_str("\n\n")
            }
            _ => {}
        }
    }
    tidy(&out)
}

/// One blank line between two paragraphs and none around them, so that blank lines cannot push the footer out of sight.
fn tidy(text: &str) -> String {
    let invisible = |c: char| {
        c.is_whitespace()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{2800}' | '\u{3164}' | '\u{feff}')
    };
    let mut out = String::with_capacity(text.len());
    let mut blank = true;
    for line in text.lines() {
        let is_blank = line.chars().all(invisible);
        if !is_blank {
            out.push_str(line);
            out.push('\n');
        } else if !blank {
            out.push('\n');
        }
        blank = is_blank;
    }
    out.trim().to_owned()
}

/// A link that is safe to be one.
fn href(url: &str) -> Option<String> {
    let scheme = url.split(':').next().unwrap_or("").to_ascii_lowercase();
    ["http", "https", "mailto", "tel"].contains(&scheme.as_str()).then(|| escape_html(url))
}

/// A whole HTML document: readable on a phone, in light and dark, nothing fetched from anywhere.
pub(super) fn document(language: &str, title: &str, source: &str, (footer, shown): (&str, &[ShownPicture])) -> String {
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{}</title></head>\
         <body style=\"margin:0;padding:16px\"><div style=\"max-width:600px;margin:0 auto;font-family:sans-serif;font-size:16px;line-height:1.5\">{}{footer}</div></body></html>",
        escape_html(title),
        body(source, shown),
        language = escape_html(language),
    )
}

fn body(source: &str, shown: &[ShownPicture]) -> String {
    let mut out = String::new();
    let mut open_links: Vec<bool> = Vec::new();
    // A picture that the message carries, and what it shows; `None` outside of one.
    let mut picture: Option<(&str, String)> = None;
    for event in events(source) {
        if let Some((content_id, alt)) = &mut picture {
            match event {
                Event::Text(t) | Event::Code(t) | Event::InlineHtml(t) => alt.push_str(&t),
                Event::SoftBreak | Event::HardBreak => alt.push(' '),
                Event::End(TagEnd::Image) => {
                    out.push_str(&format!(
                        "<img src=\"cid:{content_id}\" alt=\"{}\" style=\"max-width:100%;height:auto;border:0\">",
                        escape_html(alt)
                    ));
                    picture = None;
                }
                _ => {}
            }
            continue;
        }
        if let Event::Start(Tag::Image { dest_url, .. }) = &event
            && let Some(found) = shown.iter().find(|s| *s.path == **dest_url)
        {
            picture = Some((&found.content_id, String::new()));
            continue;
        }
        match event {
            Event::Text(t) | Event::Html(t) | Event::InlineHtml(t) => out.push_str(&escape_html(&t)),
            Event::Code(t) => out.push_str(&format!("<code>{}</code>", escape_html(&t))),
            Event::SoftBreak => out.push('\n'),
            Event::HardBreak => out.push_str("<br>"),
            Event::Rule => out.push_str("<hr style=\"border:0;border-top:1px solid #999\">"),
            Event::Start(Tag::Paragraph) => out.push_str("<p style=\"margin:0 0 16px\">"),
            Event::End(TagEnd::Paragraph) => out.push_str("</p>"),
            Event::Start(Tag::Heading { level, .. }) => {
                let (tag, size) = heading(level);
                out.push_str(&format!("<{tag} style=\"margin:24px 0 12px;font-size:{size}px;line-height:1.3\">"));
            }
            Event::End(TagEnd::Heading(level)) => out.push_str(&format!("</{}>", heading(level).0)),
            Event::Start(Tag::Strong) => out.push_str("<strong>"),
            Event::End(TagEnd::Strong) => out.push_str("</strong>"),
            Event::Start(Tag::Emphasis) => out.push_str("<em>"),
            Event::End(TagEnd::Emphasis) => out.push_str("</em>"),
            Event::Start(Tag::Strikethrough) => out.push_str("<s>"),
            Event::End(TagEnd::Strikethrough) => out.push_str("</s>"),
            Event::Start(Tag::BlockQuote(_)) => {
                out.push_str("<blockquote style=\"margin:0 0 16px;padding-left:12px;border-left:3px solid #999\">")
            }
            Event::End(TagEnd::BlockQuote(_)) => out.push_str("</blockquote>"),
            Event::Start(Tag::CodeBlock(_)) => out.push_str("<pre style=\"white-space:pre-wrap\">"),
            Event::End(TagEnd::CodeBlock) => out.push_str("</pre>"),
            Event::Start(Tag::List(None)) => out.push_str("<ul style=\"margin:0 0 16px;padding-left:24px\">"),
            Event::Start(Tag::List(Some(n))) => {
                out.push_str(&format!("<ol start=\"{n}\" style=\"margin:0 0 16px;padding-left:24px\">"))
            }
            Event::End(TagEnd::List(ordered)) => out.push_str(if ordered { "</ol>" } else { "</ul>" }),
            Event::Start(Tag::Item) => out.push_str("<li>"),
            Event::End(TagEnd::Item) => out.push_str("</li>"),
            // Any other picture would be fetched from somewhere: it is a link.
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                let link = href(&dest_url);
                if let Some(link) = &link {
                    out.push_str(&format!("<a href=\"{link}\">"));
                }
                open_links.push(link.is_some());
            }
            Event::End(TagEnd::Link | TagEnd::Image) if open_links.pop() == Some(true) => out.push_str("</a>"),
            _ => {}
        }
    }
    out
}

const fn heading(level: HeadingLevel) -> (&'static str, u8) {
    match level {
        HeadingLevel::H1 => ("h1", 24),
        HeadingLevel::H2 => ("h2", 20),
        _ => ("h3", 18),
    }
}
