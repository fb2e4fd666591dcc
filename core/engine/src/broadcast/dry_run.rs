//! What a broadcast would do: who gets what, why the others do not, what is missing, what it costs. Nothing is stored or sent.

use super::audience::choose;
use super::form::{check_times, check_variables, content_of};
use super::same_text;
use crate::content::{self, BroadcastContent, Capabilities, CompiledContent};
use crate::context::EngineContext;
use crate::error::Result;
use crate::view::{BroadcastForm, DryRun, MessageFile, MessageSample, PriceEstimate};
use base64::Engine;
use rundruf_consent::text::escape_html;
use rundruf_consent::{Channel, ContactId, ListId};
use rundruf_host::{MessageAttachment, MessageTemplate};
use rundruf_store::{FanOutChooser, FanOutPreviewRow, FrequencyLimit, TransportId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Contacts that a dry run lists with their verdict.
const EXPLAINED: usize = 1_000;
/// Contacts that are read together.
const PAGE: u32 = 10_000;
/// Most messages that a dry run renders.
const SAMPLES: usize = 8;

/// What is counted over all recipients.
#[derive(Default)]
struct Survey {
    /// The first contacts.
    people: Vec<FanOutPreviewRow>,
    /// By name of a placeholder.
    empty: BTreeMap<String, u64>,
    incomplete: u64,
    /// Messages by transport, and language of the text if they are text messages.
    messages: BTreeMap<(TransportId, Option<String>), u64>,
}

/// Answers who would get what, and why the others would not; nothing is stored or sent. `preview` adds the HTML to the samples.
pub(crate) async fn dry_run(
    context: &EngineContext,
    list: ListId,
    form: BroadcastForm,
    preview: bool,
) -> Result<DryRun> {
    let (source, warnings) = content_of(context, list, &form)?;
    check_times(&form, context.clock.now())?;
    let config = context.open_list(list)?;
    let choose = choose(context, config);
    let limit = config.frequency_limit(list, context.clock.now());
    check_variables(context, list, &source, &choose).await?;
    let same_text = same_text::find(context, list, &source, form.at.unwrap_or(context.clock.now())).await?;
    let counts = context.store.fan_out_preview(list, Arc::clone(&choose), limit).await?;
    let survey = survey(context, list, &source, (choose, limit)).await?;
    let files: Vec<&MessageAttachment> = form.attachments.iter().chain(form.pictures.iter().map(|(_, f)| f)).collect();
    let mut samples: Vec<MessageSample> = Vec::new();
    for person in &survey.people {
        let Ok(transport) = person.verdict else { continue };
        let channel = person.address.channel();
        let language = person.language.clone().unwrap_or_else(|| context.config.default_language.clone());
        if samples.len() >= SAMPLES || samples.iter().any(|s| s.channel == channel.word() && s.language == language) {
            continue;
        }
        let to = (transport, channel, language.as_str());
        samples.push(sample(context, &source, (&files, preview), to, &person.vars)?);
    }
    // Of nobody nothing is known: the placeholders show their names.
    if samples.is_empty()
        && let Some(transport) = context.transports_of(config).next()
        && let Some(channel) = Channel::ALL.into_iter().find(|c| transport.serves(*c))
    {
        let language = context.config.default_language.as_str();
        let names = content::bare_names(&source, language)?;
        let vars = names.into_iter().map(|name| (name.clone(), format!("[{name}]"))).collect();
        samples.push(sample(context, &source, (&files, preview), (transport.id, channel, language), &vars)?);
    }
    let prices = prices(context, &survey, &samples);
    Ok(DryRun {
        preview: counts,
        people: survey.people,
        samples,
        warnings,
        empty: survey.empty.into_iter().collect(),
        incomplete: survey.incomplete,
        files: files_of(&source),
        prices,
        same_text,
    })
}

/// The files of a content, as an operator reads them.
pub(crate) fn files_of(source: &BroadcastContent) -> Vec<MessageFile> {
    let file = |a: &content::StoredAttachment| MessageFile {
        name: a.name.clone(),
        size: a.size,
        is_picture: a.picture.is_some(),
    };
    source.attachments.iter().map(file).collect()
}

/// Goes through the audience: all of it where something is to be counted, else only its first contacts.
async fn survey(
    context: &EngineContext,
    list: ListId,
    source: &BroadcastContent,
    (choose, limit): (FanOutChooser, Option<FrequencyLimit>),
) -> Result<Survey> {
    let mut survey = Survey::default();
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for language in source.text.keys() {
        names.insert(language.clone(), content::bare_names(source, language)?);
    }
    let counts = names.values().any(|n| !n.is_empty()) || context.transports.iter().any(|t| t.config.price.is_some());
    let mut after = ContactId(0);
    loop {
        let mut page = context.store.fan_out_explain(list, Arc::clone(&choose), limit, (after, PAGE)).await?;
        let Some(last) = page.last() else { break };
        after = last.contact;
        for person in &page {
            let Ok(transport) = person.verdict else { continue };
            let language = person.language.as_deref().unwrap_or(&context.config.default_language);
            let language = content::language_of(&source.text, language);
            let is_sms = person.address.channel() == Channel::Sms;
            *survey.messages.entry((transport, is_sms.then(|| language.to_owned()))).or_default() += 1;
            let mut lacks = false;
            for name in names.get(language).into_iter().flatten() {
                if person.vars.get(name).is_none_or(|value| value.trim().is_empty()) {
                    *survey.empty.entry(name.clone()).or_default() += 1;
                    lacks = true;
                }
            }
            survey.incomplete += u64::from(lacks);
        }
        page.truncate(EXPLAINED.saturating_sub(survey.people.len()));
        survey.people.append(&mut page);
        if !counts {
            break;
        }
    }
    Ok(survey)
}

/// Renders the message for one recipient.
fn sample(
    context: &EngineContext,
    source: &BroadcastContent,
    (files, preview): (&[&MessageAttachment], bool),
    (transport, channel, language): (TransportId, Channel, &str),
    vars: &BTreeMap<String, String>,
) -> Result<MessageSample> {
    let can =
        context.transport(transport).map_or(Capabilities { html: false, attachments: false, replies: false }, |t| {
            let manifest = t.instance.manifest();
            Capabilities {
                html: manifest.can("html"),
                attachments: manifest.can("attachments"),
                replies: manifest.can("inbound"),
            }
        });
    let url = format!("{}/f/…", context.config.public_url);
    let bytes = |n: usize| files.get(n).map_or_else(|| Arc::from([]), |f| Arc::clone(&f.bytes));
    let attachments: Vec<MessageAttachment> =
        source.attachments.iter().enumerate().map(|(n, a)| a.load(bytes(n), url.clone())).collect();
    let sender = &context.config.sender;
    let compiled = content::compile(source, sender, language, channel, &attachments, can, context.clock.now())?;
    let vars = serde_json::to_string(vars).unwrap_or_default();
    let values = compiled.vars(&vars, &format!("{}/u/…", context.config.public_url))?;
    let content = compiled.content();
    Ok(MessageSample {
        channel: channel.word().to_owned(),
        language: language.to_owned(),
        subject: filled(&content.subject, &values, str::to_owned),
        text: filled(&content.text, &values, str::to_owned),
        html: if preview {
            with_pictures(&compiled, filled(&content.html, &values, escape_html))
        } else {
            String::new()
        },
    })
}

/// A template with its values.
fn filled(template: &MessageTemplate, values: &[Box<str>], escape: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for (literal, var) in &template.segments {
        text.push_str(literal);
        text.push_str(&var.and_then(|v| values.get(v as usize)).map_or_else(String::new, |v| escape(v)));
    }
    text
}

/// HTML that shows its pictures without a mail program.
fn with_pictures(compiled: &CompiledContent, mut html: String) -> String {
    let content = compiled.content();
    for (n, file) in content.attachments.iter().enumerate() {
        let key = format!("content-id-{n}");
        if let Some((_, id)) = content.meta.iter().find(|(k, _)| *k == key) {
            let data = base64::engine::general_purpose::STANDARD.encode(&file.bytes);
            html = html.replace(&format!("\"cid:{id}\""), &format!("\"data:{};base64,{data}\"", file.media_type));
        }
    }
    html
}

/// What the messages of each transport with a price cost. The parts of a text message are those of its sample.
fn prices(context: &EngineContext, survey: &Survey, samples: &[MessageSample]) -> Vec<PriceEstimate> {
    let mut all: Vec<PriceEstimate> = Vec::new();
    for ((transport, sms), messages) in &survey.messages {
        let Some(handle) = context.transport(*transport) else { continue };
        let Some(each) = handle.config.price.clone() else { continue };
        let of_sms = samples.iter().filter(|s| s.channel == Channel::Sms.word());
        let parts = sms.as_ref().map_or(1, |language| {
            let exact = of_sms.clone().filter(|s| s.language.split('-').next() == Some(language.as_str()));
            let longest = |found: &mut dyn Iterator<Item = u64>| found.max();
            let exact = longest(&mut exact.map(|s| content::sms_parts(&s.text)));
            exact.or_else(|| longest(&mut of_sms.map(|s| content::sms_parts(&s.text)))).unwrap_or(1)
        });
        let total = each.times(messages.saturating_mul(parts));
        let same = all.iter_mut().find(|p| p.transport == handle.config.name && p.parts == parts);
        if let Some(same) = same {
            same.messages += messages;
            same.total = each.times(same.messages.saturating_mul(parts));
            continue;
        }
        all.push(PriceEstimate { transport: handle.config.name.clone(), messages: *messages, parts, each, total });
    }
    all
}
