//! The parts of a SARIF log that are read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
pub(super) struct Log {
    pub(super) version: String,
    #[serde(default)]
    pub(super) runs: Vec<Run>,
}

#[derive(Deserialize)]
pub(super) struct Run {
    pub(super) tool: Tool,
    #[serde(default)]
    pub(super) invocations: Vec<Invocation>,
    pub(super) results: Option<Vec<Finding>>,
}

#[derive(Deserialize)]
pub(super) struct Tool {
    pub(super) driver: Component,
    #[serde(default)]
    pub(super) extensions: Vec<Component>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) semantic_version: Option<String>,
    pub(super) version: Option<String>,
    pub(super) information_uri: Option<String>,
    #[serde(default)]
    pub(super) rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) default_configuration: Option<Configuration>,
}

#[derive(Deserialize)]
pub(super) struct Configuration {
    pub(super) level: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation {
    #[serde(default = "yes")]
    pub(super) execution_successful: bool,
    #[serde(default)]
    pub(super) rule_configuration_overrides: Vec<IgnoredAny>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Finding {
    pub(super) rule_id: Option<String>,
    pub(super) rule_index: Option<i64>,
    pub(super) rule: Option<RuleReference>,
    pub(super) level: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) baseline_state: Option<String>,
    #[serde(default)]
    pub(super) suppressions: Option<Vec<Suppression>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleReference {
    pub(super) id: Option<String>,
    pub(super) index: Option<i64>,
    pub(super) tool_component: Option<ComponentReference>,
}

#[derive(Deserialize)]
pub(super) struct ComponentReference {
    pub(super) index: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Suppression {
    pub(super) status: Option<String>,
}

impl Finding {
    pub(super) fn id(&self) -> Option<&str> {
        let in_reference = || self.rule.as_ref()?.id.as_deref();
        self.rule_id.as_deref().or_else(in_reference)
    }

    /// An index that is not there is -1 (3.7.4).
    pub(super) fn index(&self) -> Option<usize> {
        let index = self.rule_index.or_else(|| self.rule.as_ref()?.index)?;
        usize::try_from(index).ok()
    }

    pub(super) fn extension(&self) -> Option<usize> {
        let index = self.rule.as_ref()?.tool_component.as_ref()?.index?;
        usize::try_from(index).ok()
    }
}

/// The rules of a tool: those of its driver, then those of each extension. Looked up, not searched, since results and
/// rules may both be many.
pub(super) struct Rules<'a>(Vec<(&'a [Rule], BTreeMap<&'a str, &'a Rule>)>);

impl<'a> Rules<'a> {
    pub(super) fn of(tool: &'a Tool) -> Self {
        let components = std::iter::once(&tool.driver).chain(&tool.extensions);
        let indexed = |component: &'a Component| {
            let by_id = component.rules.iter().map(|rule| (rule.id.as_str(), rule));
            (component.rules.as_slice(), by_id.collect())
        };
        Self(components.map(indexed).collect())
    }

    /// The rule that a result refers to, by index or by identifier (3.27.5 to 3.27.7, 3.52).
    pub(super) fn of_result(&self, finding: &Finding) -> Option<&'a Rule> {
        let component = finding
            .extension()
            .map_or(0, |extension| extension.saturating_add(1));
        let (rules, by_id) = self.0.get(component)?;
        match finding.index() {
            Some(index) => rules.get(index),
            None => by_id.get(finding.id()?).copied(),
        }
    }
}
